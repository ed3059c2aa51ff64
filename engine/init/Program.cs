using System.Text;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;

namespace InitTx.Init;

/// <summary>
/// initxd. The first statement installs the crash handlers; from there on everything that goes
/// wrong ends in another start of this program, which finds the state of the one before it.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        StartInfo start = Shim.Install();
        bool isPid1 = (start.Flags & StartFlags.Pid1) != 0;
        StartOptions options = StartOptions.Parse(arguments, isPid1);
        if (!isPid1 && AnswerAtOnce(options) is { } status)
        {
            Shim.AllowExit();
            return status;
        }

        Manager? manager = ManagerStart.Create(start, options, isPid1);
        int ended = manager?.Run() ?? 1;

        // PID 1 comes here only by a crash test, and is started again.
        if (!isPid1)
            Shim.AllowExit();
        return ended;
    }

    private static int? AnswerAtOnce(StartOptions options)
    {
        if (options.Help)
            return Say(1, StartOptions.HelpText, 0);
        if (options.Version)
            return Say(1, "initxd " + ProductVersion.Text, 0);
        if (options.Errors.Count > 0)
        {
            options.Errors.Add("try: initxd --help");
            return Say(2, "initxd: " + string.Join("\ninitxd: ", options.Errors), 2);
        }

        return options.TestConfig ? ConfigurationCheck.Run(options) : null;
    }

    internal static int Say(int descriptor, string text, int status)
    {
        Descriptors.Write(descriptor, Encoding.UTF8.GetBytes(text + "\n"));
        return status;
    }
}
