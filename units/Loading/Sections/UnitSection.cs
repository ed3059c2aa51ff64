using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Unit]: texts, switches, limits and actions (systemd.unit(5)).</summary>
internal static class UnitSection
{
    internal static readonly string[] Actions =
    [
        "none", "reboot", "reboot-force", "reboot-immediate", "poweroff", "poweroff-force",
        "poweroff-immediate", "exit", "exit-force",
    ];

    private static readonly string[] JobModes =
    [
        "fail", "replace", "replace-irreversibly", "isolate", "flush", "ignore-dependencies",
        "ignore-requirements", "triggering",
    ];

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) =>
        Texts(s) || Switches(s) || Limits(s) || ApplyActions(s) || Conditions(s)
        || DependencySection.Apply(s);

    /// <summary>
    /// The keys that were [Service]'s before they moved to [Unit]; both are read.
    /// </summary>
    public static bool ApplyFromService(in Setting s) =>
        (s.Key is "StartLimitInterval" or "StartLimitBurst" && Limits(s))
        || (s.Key is "StartLimitAction" or "FailureAction" or "RebootArgument" && ApplyActions(s));

    private static bool Texts(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "Description":
                if (s.TryExpand(out string description))
                    d.Unit = d.Unit with { Description = description };
                return true;
            case "Documentation":
                Documentation(s);
                return true;
            case "SourcePath":
                if (s.IsReset)
                    d.Unit = d.Unit with { SourcePath = null };
                else if (s.TryPath(s.Value, 0, absolute: true, out string path))
                    d.Unit = d.Unit with { SourcePath = path };
                return true;
            default:
                return false;
        }
    }

    private static void Documentation(in Setting s)
    {
        List<string> list = s.IsReset ? [] : Setting.Own(s.Draft.Unit.Documentation);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            if (!s.TryExpand(word, offset, out string uri))
                continue;
            int colon = uri.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && uri[..colon] is "http" or "https" or "file" or "info" or "man"
                && uri.Length > colon + 1)
                list.Add(uri);
            else
                s.Warn($"'{uri}' is no http, https, file, info or man URI, ignored", offset);
        }

        s.Draft.Unit = s.Draft.Unit with { Documentation = list };
    }

    private static bool Switches(in Setting s)
    {
        UnitDefinition u = s.Draft.Unit;
        switch (s.Key)
        {
            case "StopWhenUnneeded":
                u = u with { StopWhenUnneeded = s.Boolean(u.StopWhenUnneeded) };
                break;
            case "RefuseManualStart":
                u = u with { RefuseManualStart = s.Boolean(u.RefuseManualStart) };
                break;
            case "RefuseManualStop":
                u = u with { RefuseManualStop = s.Boolean(u.RefuseManualStop) };
                break;
            case "AllowIsolate":
                u = u with { AllowIsolate = s.Boolean(u.AllowIsolate) };
                break;
            case "DefaultDependencies":
                u = u with { DefaultDependencies = s.Boolean(u.DefaultDependencies) };
                break;
            case "CollectMode":
                int mode = s.Choice(["inactive", "inactive-or-failed"]);
                u = mode < 0 ? u : u with { CollectsFailed = mode == 1 };
                break;
            case "IgnoreOnIsolate":
                u = u with { IgnoreOnIsolate = s.Boolean(u.IgnoreOnIsolate) };
                break;
            default:
                return false;
        }

        s.Draft.Unit = u;
        return true;
    }

    private static bool Limits(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "StartLimitIntervalSec" or "StartLimitInterval":
                d.Unit = d.Unit with
                {
                    StartLimitIntervalUs =
                    s.Duration(d.Unit.StartLimitIntervalUs)
                };
                return true;
            case "StartLimitBurst":
                d.Unit = d.Unit with
                {
                    StartLimitBurst =
                    s.Integer(d.Unit.StartLimitBurst, 0, int.MaxValue)
                };
                return true;
            case "JobTimeoutSec":
                if (s.TryTimeout(out long us))
                {
                    d.Unit = d.Unit with { JobTimeoutUs = us };
                    if (!d.JobRunningTimeoutWritten)
                        d.Unit = d.Unit with { JobRunningTimeoutUs = us };
                }

                return true;
            case "JobRunningTimeoutSec":
                if (s.TryTimeout(out long running))
                {
                    d.Unit = d.Unit with { JobRunningTimeoutUs = running };
                    d.JobRunningTimeoutWritten = true;
                }

                return true;
            default:
                return false;
        }
    }

    private static bool ApplyActions(in Setting s)
    {
        UnitDefinition u = s.Draft.Unit;
        switch (s.Key)
        {
            case "StartLimitAction":
                u = u with { StartLimitAction = Pick(s, Actions, u.StartLimitAction) };
                break;
            case "FailureAction":
                u = u with { FailureAction = Pick(s, Actions, u.FailureAction) };
                break;
            case "SuccessAction":
                u = u with { SuccessAction = Pick(s, Actions, u.SuccessAction) };
                break;
            case "FailureActionExitStatus":
                u = u with { FailureActionExitStatus = Status(s, u.FailureActionExitStatus) };
                break;
            case "SuccessActionExitStatus":
                u = u with { SuccessActionExitStatus = Status(s, u.SuccessActionExitStatus) };
                break;
            case "JobTimeoutAction":
                u = u with { JobTimeoutAction = Pick(s, Actions, u.JobTimeoutAction) };
                break;
            case "OnFailureJobMode":
                u = u with { OnFailureJobMode = Pick(s, JobModes, u.OnFailureJobMode) };
                break;
            case "OnSuccessJobMode":
                u = u with { OnSuccessJobMode = Pick(s, JobModes, u.OnSuccessJobMode) };
                break;
            case "OnFailureIsolate":
                if (s.TryBoolean(out bool isolate))
                    u = u with { OnFailureJobMode = isolate ? "isolate" : "replace" };
                break;
            case "RebootArgument":
                if (s.TryExpand(out string argument))
                    u = u with { RebootArgument = argument.Length == 0 ? null : argument };
                break;
            default:
                return false;
        }

        s.Draft.Unit = u;
        return true;
    }

    private static bool Conditions(in Setting s)
    {
        if (ConditionParser.TypeOf(s.Key, out bool isAssert) is null)
            return false;
        UnitDraft d = s.Draft;
        if (s.IsReset)
            d.Conditions.RemoveAll(c => c.IsAssert == isAssert);
        else if (ConditionParser.Parse(s.Key, s.Value, d.Specifiers, s.Source,
            out ValueFault fault) is { } condition)
            d.Conditions.Add(condition);
        else
            s.Warn(fault.Message, fault.Offset);
        return true;
    }

    private static int? Status(in Setting s, int? current)
    {
        if (s.Value.Length == 0)
            return null;
        int status = s.Integer(-1, 0, 255);
        return status < 0 ? current : status;
    }

    private static string Pick(in Setting s, string[] words, string current)
    {
        int index = s.Choice(words);
        return index < 0 ? current : words[index];
    }
}
