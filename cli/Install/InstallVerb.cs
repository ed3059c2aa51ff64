using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Units.Install;
using InitTx.Units.Model;

namespace InitTx.Cli.Install;

/// <summary>
/// `initx enable`, `disable`, `mask`, `unmask`, `preset` and `preset-all`: the links that decide
/// what is started, the same ones that systemd keeps. All steps of one call are done or none;
/// where a manager runs, it puts them on record and reads the files again.
/// </summary>
internal sealed class InstallVerb : Verb
{
    private readonly Argument<string[]>? _units;
    private readonly InstallOptions _where;
    private readonly Option<bool>? _now;
    private readonly Option<bool>? _force;
    private readonly Option<string>? _mode;

    private InstallVerb(string name, string summary)
        : base(name, summary)
    {
        if (name != "preset-all")
        {
            _units = new Argument<string[]>("UNIT")
            {
                Description = "Unit names, patterns, or paths of unit files to link",
                Arity = ArgumentArity.OneOrMore,
            };
            Command.Add(_units);
        }

        if (name is "enable" or "disable" or "mask")
            Command.Add(_now = new Option<bool>("--now") { Description = NowText(name) });
        if (name is "enable" or "mask" or "preset" or "preset-all")
            Command.Add(_force = new Option<bool>("--force", "-f")
            {
                Description = "Replace links that are in the way",
            });
        if (name is "preset" or "preset-all")
            Command.Add(_mode = new Option<string>("--preset-mode")
            {
                Description = "full, enable-only or disable-only (default full)",
                HelpName = "MODE",
            });
        _where = new InstallOptions(Command, writes: true);
    }

    public static Verb Enable() => new InstallVerb("enable", "Have units started at boot");

    public static Verb Disable() =>
        new InstallVerb("disable", "Have units no longer started at boot");

    public static Verb Mask() => new InstallVerb("mask", "Make units impossible to start");

    public static Verb Unmask() => new InstallVerb("unmask", "Undo a mask");

    public static Verb Preset() =>
        new InstallVerb("preset", "Enable or disable as the presets say");

    public static Verb PresetAll() =>
        new InstallVerb("preset-all", "Apply the presets to every unit");

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (_where.Root(result, session, out string root) is { } noRoot)
            return noRoot;
        bool now = _now is not null && result.GetValue(_now);
        if (now && root.Length > 0)
            return session.Misuse("--now and --root exclude each other: nothing runs there");
        if (ModeOf(_mode is null ? null : result.GetValue(_mode)) is not { } mode)
            return session.Misuse("--preset-mode is full, enable-only or disable-only");
        string[] typed = _units is null ? [] : result.GetValue(_units)!;
        var files = new InstallFiles(session, root);
        InstallPlanner planner = files.Read(
            _where.IsRuntime(result),
            _force is not null && result.GetValue(_force),
            [.. typed.Where(t => t.StartsWith('/'))]);
        if (NamesOf(session, planner, typed, out List<UnitName> names) is { } wrong)
            return wrong;
        InstallPlan plan = PlanOf(planner, names, files, mode);
        int code = Carry(session, plan, root, names);
        if (code != 0 || !now)
            return code;
        return Commands.Change.Follow(session, Calls.Of(
            Command.Name == "enable" ? ManagerMethod.Start : ManagerMethod.Stop,
            new CallParameters
            {
                Present = ParameterKeys.Units,
                Units = [.. names.Where(n => !n.IsTemplate).Select(n => n.Value)],
            },
            more: true));
    }

    private static string NowText(string verb) =>
        verb == "enable" ? "Start the units as well" : "Stop the units as well";

    private static PresetMode? ModeOf(string? word) => word switch
    {
        null or "full" => PresetMode.Full,
        "enable-only" => PresetMode.EnableOnly,
        "disable-only" => PresetMode.DisableOnly,
        _ => null,
    };

    private InstallPlan PlanOf(
        InstallPlanner planner, List<UnitName> names, InstallFiles files, PresetMode mode) =>
        Command.Name switch
        {
            "enable" => planner.Enable(names),
            "disable" => planner.Disable(names),
            "mask" => planner.Mask(names),
            "unmask" => planner.Unmask(names),
            "preset" => planner.Preset(names, files.Presets(), mode),
            "preset-all" => planner.PresetAll(files.Presets(), mode),
            _ => throw new InvalidOperationException(Command.Name),
        };

    private static int? NamesOf(
        Session session, InstallPlanner planner, string[] typed, out List<UnitName> names)
    {
        names = [];
        foreach (string text in typed)
        {
            string last = text[(text.LastIndexOf('/') + 1)..];
            if (GlobPattern.IsPattern(text))
            {
                string pattern = UnitArguments.CompletePattern(text);
                int before = names.Count;
                names.AddRange(planner.Names.Where(n => GlobPattern.Matches(pattern, n.Value)));
                if (names.Count == before)
                    return session.Fail(ExitCode.NoSuchUnit, $"no unit file matches {text}");
            }
            else if (text.StartsWith('/') && UnitName.TryParse(last, out UnitName linked))
            {
                names.Add(linked);
            }
            else if (UnitArguments.TryComplete(text, out string name))
            {
                names.Add(UnitName.Parse(name));
            }
            else
            {
                return session.Misuse($"'{text}' is no unit name");
            }
        }

        return null;
    }

    // As systemctl: what can be done is done, and what cannot is said and makes the status 1.
    private int Carry(Session session, InstallPlan plan, string root, List<UnitName> names)
    {
        if (LinkFiles.Apply(root, plan.Changes) is { } error)
        {
            return session.Fail(
                ExitCode.Failed, $"nothing was changed: {error}",
                "as root, and with the file system writable?");
        }

        foreach (LinkChange change in plan.Changes)
            Tell(session, change);
        foreach (string warning in plan.Warnings)
            session.Error.WriteLine(SafeText.Clean($"{session.Program}: {warning}"));
        foreach (string message in plan.Errors.Concat(plan.Missing))
            session.Error.WriteLine(
                SafeText.Clean($"{session.Program} {Command.Name}: {message}"));
        if (plan.Errors.Count + plan.Missing.Count == 0 && !plan.HasInstallRules)
            SayNothingToEnable(session);
        int told = root.Length == 0 && plan.Changes.Count > 0
            ? InstallReport.Send(
                session, Command.Name, [.. names.Select(n => n.Value)],
                [.. plan.Changes.Select(c => c.ToString())])
            : 0;
        bool failed = session.Program == "systemctl"
            ? plan.FailsInSystemctl
            : plan.Errors.Count > 0;
        return failed ? (int)ExitCode.Failed
            : plan.Missing.Count > 0 ? (int)ExitCode.NoSuchUnit
            : told;
    }

    private static void Tell(Session session, LinkChange change)
    {
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                bool create = change.Action == LinkAction.Create;
                json.WriteString("action"u8, create ? "create" : "remove");
                json.WriteString("path"u8, change.Path);
                if (create)
                    json.WriteString("target"u8, change.Target);
            });
        }
        else if (!session.Quiet)
        {
            session.Out.WriteLine(SafeText.Clean(change.ToString()));
        }
    }

    private static void SayNothingToEnable(Session session)
    {
        if (session.Quiet)
            return;
        session.Error.WriteLine(
            "nothing to do: no unit named has WantedBy=, RequiredBy=, UpheldBy=, Also= or Alias=");
        session.Error.WriteLine(
            "in an [Install] section, so others start it: a socket, a timer, a dependency.");
        session.Error.WriteLine("  what pulls a unit in: initx tree --reverse UNIT");
    }
}
