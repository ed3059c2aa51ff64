using System.CommandLine;
using System.Text;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx completion bash`: made from the verbs themselves, so it never lags behind.
/// </summary>
internal sealed class CompletionVerb : Verb
{
    private readonly Argument<string> _shell = new("SHELL") { Description = "bash" };

    public CompletionVerb()
        : base("completion", "Print shell completion: source <(initx completion bash)") =>
        Command.Add(_shell);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string shell = result.GetValue(_shell)!;
        if (shell != "bash")
        {
            return session.Fail(
                ExitCode.Usage,
                $"completion for {shell} is not built yet in this version",
                "there is bash");
        }

        session.Out.Write(Bash());
        return 0;
    }

    /// <summary>The whole script.</summary>
    public static string Bash()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # bash completion for initx(1); made by: initx completion bash
            _initx_units() {
                initx --json list --all 2>/dev/null | sed -n 's/^{"unit":"\([^"]*\)".*/\1/p'
            }

            _initx() {
                local cur prev verb word options= want= i
                cur=${COMP_WORDS[COMP_CWORD]}
                prev=${COMP_WORDS[COMP_CWORD-1]}
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    case $word in
                        --socket|--color) ((i++)) ;;
                        -*) ;;
                        *) verb=$word; break ;;
                    esac
                done
                COMPREPLY=()
                case $prev in
                    --socket|--root|--unit-path)
                        COMPREPLY=($(compgen -f -- "$cur")); return ;;
                    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
                    --job-mode) COMPREPLY=($(compgen -W 'fail replace queue' -- "$cur")); return ;;
                    --kill-whom) COMPREPLY=($(compgen -W 'main control all' -- "$cur")); return ;;
                esac
                local everyone='--socket --user --json --quiet --color --no-pager --version --help'
                if [[ -z $verb ]]; then

            """);
        text.Append("        COMPREPLY=($(compgen -W \"$everyone ");
        text.AppendJoin(' ', VerbTable.All.Where(v => v.IsBuilt).Select(v => v.Name));
        text.Append("\" -- \"$cur\"))\n        return\n    fi\n    case $verb in\n");
        foreach (VerbEntry entry in VerbTable.All)
        {
            if (entry.Create is { } create)
                AppendVerb(text, entry.Name, create());
        }

        text.Append(
            """
                esac
                if [[ $cur == -* ]]; then
                    COMPREPLY=($(compgen -W "$options $everyone" -- "$cur"))
                elif [[ $want == units ]]; then
                    COMPREPLY=($(compgen -W "$(_initx_units)" -- "$cur"))
                elif [[ -n $want ]]; then
                    COMPREPLY=($(compgen -W "$want" -- "$cur"))
                fi
            }
            complete -F _initx initx

            """);
        return text.ToString();
    }

    private static void AppendVerb(StringBuilder text, string name, Verb verb)
    {
        string options = string.Join(
            ' ',
            verb.Command.Options
                .Select(o => o.Name)
                .Where(o => o.StartsWith("--", StringComparison.Ordinal)));
        string want = name switch
        {
            "completion" => "bash",
            "help" => string.Join(' ', VerbTable.All.Where(v => v.IsBuilt).Select(v => v.Name)),
            "plan" => "start stop restart try-restart reload reload-or-restart isolate",
            "tx" => "wait cancel",
            _ => verb.Command.Arguments.Any(a => a.Name.StartsWith("UNIT", StringComparison.Ordinal)
                || a.Name == "PATTERN") ? "units" : "",
        };
        text.Append(
            System.Globalization.CultureInfo.InvariantCulture,
            $"        {name}) options='{options}' want='{want}' ;;\n");
    }
}
