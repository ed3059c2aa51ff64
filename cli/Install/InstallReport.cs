using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Install;

/// <summary>
/// Puts on record what was done to unit files, where a manager runs, and has it read them again.
/// Without a manager (in an image, before the first boot) there is nobody to tell, and no error.
/// </summary>
internal static class InstallReport
{
    /// <summary>The exit status; 0 also when no manager listens.</summary>
    public static int Send(
        Session session, string verb, IReadOnlyList<string> units, IReadOnlyList<string> changes)
    {
        using (ControlClient? there = ControlClient.Connect(session.SocketPath, out _))
        {
            if (there is null)
                return 0;
        }

        // More than one request takes are told in turns; only names that fit are repeated.
        foreach (string[] part in changes.Chunk(ProtocolLimits.Changes))
        {
            string[] fitting = [.. part.Select(Fit)];
            var parameters = new CallParameters
            {
                Present = ParameterKeys.Verb | ParameterKeys.Changes | ParameterKeys.Units,
                Verb = verb,
                Units = [.. units.Take(ProtocolLimits.Units)],
                Changes = fitting,
            };
            int code = Follow(session, parameters);
            if (code != 0)
                return code;
        }

        return 0;
    }

    private static int Follow(Session session, CallParameters parameters)
    {
        Call call = Calls.Of(ManagerMethod.RecordUnitFiles, parameters, more: true);
        using var follower = new ChangeFollower(session, call, new SilentProgress());
        int code = follower.Run();
        foreach (string message in follower.Last?.Messages ?? [])
            session.Error.WriteLine(SafeText.Clean($"{session.Program}: {message}"));
        return code;
    }

    private static string Fit(string change)
    {
        string clean = SafeText.Clean(change);
        return clean.Length <= ProtocolLimits.ChangeChars
            ? clean
            : clean[..(ProtocolLimits.ChangeChars - 3)] + "...";
    }
}
