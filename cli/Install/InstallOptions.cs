using System.CommandLine;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;

namespace InitTx.Cli.Install;

/// <summary>--root and --runtime: where install verbs look and write.</summary>
internal sealed class InstallOptions
{
    private readonly Option<string> _root =
        new("--root") { Description = "The system below this directory", HelpName = "DIR" };

    private readonly Option<bool>? _runtime;

    /// <param name="writes">The verb changes something.</param>
    public InstallOptions(Command command, bool writes)
    {
        command.Add(_root);
        if (!writes)
            return;
        _runtime = new Option<bool>("--runtime") { Description = "Until the next boot only" };
        command.Add(_runtime);
    }

    public bool IsRuntime(ParseResult result) => _runtime is not null && result.GetValue(_runtime);

    /// <summary>
    /// --root without a slash at the end, empty for this system; an exit status when it is none.
    /// </summary>
    public int? Root(ParseResult result, Session session, out string root)
    {
        root = result.GetValue(_root)?.TrimEnd('/') ?? "";
        if (root.Length > 0 && !Directory.Exists(root))
        {
            return session.Fail(
                ExitCode.Usage, $"--root={root} is no directory", "name the root of a system");
        }

        if (root.Length > 0)
            root = Path.GetFullPath(root);
        return null;
    }
}
