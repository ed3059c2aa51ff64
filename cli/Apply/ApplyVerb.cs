using System.CommandLine;
using System.Text;
using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using InitTx.Units.Model;

namespace InitTx.Cli.Apply;

/// <summary>
/// `initx apply -f FILE`: makes units as a document says, states and enablement. The difference is
/// shown, then done as one: the plan is asked for before a link is touched, the links are made, the
/// states follow in one transaction, and when that does not commit the links are taken back.
/// </summary>
internal sealed class ApplyVerb : Verb
{
    private readonly Option<string> _file = new("--file", "-f")
    {
        Description = "The document, - for standard input",
        HelpName = "FILE",
    };

    private readonly ChangeOptions _options;

    public ApplyVerb()
        : base("apply", "Make units as a document says: shows the difference, does it as one")
    {
        Command.Add(_file);
        _options = new ChangeOptions(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var parameters = new CallParameters();
        if (_options.Fill(result, session, ref parameters) is { } wrong)
            return wrong;
        if (result.GetValue(_file) is not { } file)
            return session.Misuse("-f FILE is missing: the document with the units");
        if (ReadDocument(session, file, out DesiredState desired) is { } unreadable)
            return unreadable;
        if (DifferenceFinder.Find(session, desired, out List<Difference> differences)
            is { } failed)
        {
            return failed;
        }

        parameters = With(parameters, desired, differences);
        bool dry = _options.IsDryRun(result);
        string? wantedHash = parameters.PlanHash;
        if (wantedHash is null && !dry)
        {
            ApplyView.Show(session, differences);
            return differences.Count == 0 ? 0 : Carry(session, parameters, differences);
        }

        return WithHash(session, parameters, differences, file, dry, wantedHash);
    }

    // With a hash, or for one: the plan of the states and the links together are what it covers.
    private static int WithHash(
        Session session, CallParameters parameters, List<Difference> differences, string file,
        bool dry, string? wantedHash)
    {
        PlanDocument? plan = null;
        bool unmasks = differences.Exists(d => d.From == "masked");
        if (!unmasks && parameters.Units.Count + parameters.Stops.Count > 0)
        {
            plan = LivePlan.Ask(session, "apply", parameters, out int failure);
            if (plan is null)
                return failure;
        }

        string hash = HashOf(differences, plan?.Head.Hash ?? "");
        if (dry)
            return ApplyView.Plan(session, differences, plan, file, hash);
        ApplyView.Show(session, differences);
        if (wantedHash != hash)
        {
            return session.Fail(
                ExitCode.Refused, "the plan is not the one with this hash any more: plan again",
                $"initx apply -f {file} --dry-run", "nothing was changed");
        }

        if (differences.Count == 0)
            return 0;
        parameters = parameters with
        {
            PlanHash = plan?.Head.Hash,
            Present = plan is null
                ? parameters.Present & ~ParameterKeys.PlanHash
                : parameters.Present | ParameterKeys.PlanHash,
        };
        return Carry(session, parameters, differences);
    }

    private static int Carry(
        Session session, CallParameters parameters, List<Difference> differences)
    {
        bool hasStates = parameters.Units.Count + parameters.Stops.Count > 0;
        Difference[] enabled = [.. differences.Where(d => d.Setting == "enabled")];
        bool unmasks = enabled.Any(d => d.From == "masked");
        if (hasStates && enabled.Length > 0 && !unmasks
            && Refusal(session, parameters) is { } refused)
        {
            return refused;
        }

        var links = new EnablementChange(session);
        if (links.Make(enabled) is { } problem)
            return session.Fail(ExitCode.Failed, $"nothing was changed: {problem}");
        if (links.Done.Count > 0 && Record(session, enabled, links.Done) is not 0 and int told)
            return told;
        if (!hasStates)
            return 0;
        int code = Change.Follow(
            session, Calls.Of(ManagerMethod.Apply, parameters, more: !parameters.NoBlock),
            out ChangeAnswer? last, out bool wasRefused);
        bool undone = wasRefused
            || (last is { Event: "finished" } && code != 0 && !parameters.NoRollback);
        if (undone && links.Done.Count > 0)
            TakeBack(session, enabled, links);
        return code;
    }

    // Asked before a link is touched: what is refused changes nothing.
    private static int? Refusal(Session session, CallParameters parameters)
    {
        PlanDocument? plan = LivePlan.Ask(session, "apply", parameters, out int failure);
        if (plan is null)
            return failure;
        IReadOnlyList<string> refused = plan.Head.Refused ?? [];
        return refused.Count == 0
            ? null
            : session.Fail(
                (ExitCode)plan.Head.Code, refused[0], [.. refused.Skip(1), "nothing was changed"]);
    }

    private static void TakeBack(
        Session session, Difference[] enabled, EnablementChange links)
    {
        string[] done = [.. links.Done.Select(d => $"taken back: {d}")];
        if (links.TakeBack() is { } problem)
        {
            session.Error.WriteLine(SafeText.Clean(
                $"{session.Program}: what is enabled could not be put back: {problem}"));
        }

        Record(session, enabled, done);
        if (!session.Quiet)
            session.Error.WriteLine("  what is enabled at boot is as before, too");
    }

    private static int Record(
        Session session, Difference[] enabled, IReadOnlyList<string> changes) =>
        InstallReport.Send(
            session, "apply", [.. enabled.Select(d => d.Unit).Distinct()], changes);

    private static CallParameters With(
        CallParameters parameters, DesiredState desired, List<Difference> differences)
    {
        string[] up = Of(differences, "active");
        string[] down = Of(differences, "inactive");
        ParameterKeys present = parameters.Present;
        if (up.Length > 0)
            present |= ParameterKeys.Units;
        if (down.Length > 0)
            present |= ParameterKeys.Stops;
        if (parameters.Reason is null && desired.Reason is not null)
            present |= ParameterKeys.Reason;
        return parameters with
        {
            Units = up,
            Stops = down,
            Reason = parameters.Reason ?? desired.Reason,
            Present = present,
        };
    }

    private static string[] Of(List<Difference> differences, string to) =>
        [.. differences.Where(d => d.Setting == "state" && d.To == to).Select(d => d.Unit)];

    private static string HashOf(List<Difference> differences, string plan)
    {
        var form = new StringBuilder("inittx-apply-1\n").Append(plan).Append('\n');
        foreach (Difference difference in differences)
            form.Append(difference).Append('\n');
        // Not the runtime's SHA-256: that loads OpenSSL into a program that is linked statically.
        return Convert.ToHexStringLower(
            Sha256Digest.Of(Encoding.UTF8.GetBytes(form.ToString())));
    }

    private static int? ReadDocument(Session session, string file, out DesiredState desired)
    {
        desired = new DesiredState([], null);
        byte[] text;
        try
        {
            using Stream stream = file == "-" ? session.Host.Input() : File.OpenRead(file);
            text = new byte[DesiredReader.MostBytes + 1];
            text = text[..stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return session.Fail(ExitCode.Usage, e.Message);
        }

        if (text.Length > DesiredReader.MostBytes)
            return session.Fail(
                ExitCode.Usage, $"{file} has more than {DesiredReader.MostBytes} bytes");
        string name = file == "-" ? "stdin" : file;
        DesiredState? read = DesiredReader.Read(name, text, out IReadOnlyList<string> problems);
        if (read is null)
            return session.Fail(
                ExitCode.Usage, problems[0], [.. problems.Skip(1), "nothing was changed"]);
        desired = read;
        return null;
    }
}
