using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// systemctl's verbs over unit files: ours with the same names, and systemctl's exit status. A
/// unit that does not exist is no failure of a disable, as there.
/// </summary>
internal static class SystemctlInstall
{
    public static int Run(Session session, SystemctlArguments given)
    {
        int code = VerbTable.Find(given.Verb)!.Create!().Invoke(Options(given), session);
        return code switch
        {
            0 => 0,
            (int)ExitCode.NoSuchUnit when given.Verb == "disable" => 0,
            _ => 1,
        };
    }

    private static List<string> Options(SystemctlArguments given)
    {
        var options = new List<string>();
        void Add(bool when, string option)
        {
            if (when)
                options.Add(option);
        }

        bool changes = given.Verb is not ("is-enabled" or "list-unit-files" or "edit");
        Add(given.Root is not null, "--root=" + given.Root);
        Add(given.Runtime && changes, "--runtime");
        Add(given.Now && given.Verb is ("enable" or "disable" or "mask"), "--now");
        Add(given.Force && given.Verb is not ("disable" or "unmask") && changes, "--force");
        Add(given.PresetMode is not null, "--preset-mode=" + given.PresetMode);
        if (given.Verb == "list-unit-files")
        {
            Add(given.Types is not null, "--type=" + given.Types);
            Add(given.States is not null, "--state=" + given.States);
            Add(given.NoLegend, "--no-legend");
        }

        options.Add("--");
        options.AddRange(given.Units);
        return options;
    }
}
