using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// [X-InitTx]: what systemd has no word for (initx.unit(5)). systemd skips the section, so one file
/// serves both.
/// </summary>
internal static class InitTxSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        UnitDraft draft = s.Draft;
        UnitDefinition unit = draft.Unit;
        switch (s.Key)
        {
            case "Rollback":
                draft.Unit = unit with { Rollback = s.Boolean(unit.Rollback) };
                return true;
            case "UnhonouredSecurity":
                if (s.IsReset)
                    draft.Unit = unit with { RefuseUnhonouredSecurity = null };
                else if (s.Choice(["refuse", "warn"]) is var choice and >= 0)
                    draft.Unit = unit with { RefuseUnhonouredSecurity = choice == 0 };
                return true;
            case "ExecCheck" or "TimeoutVerbSec" or "Verb" when draft.Name.Kind != UnitKind.Service:
                s.WarnAtKey($"only services have {s.Key}=, ignored");
                return true;
            case "ExecCheck":
                draft.Service = draft.Service with
                {
                    ExecCheck = CommandList.Extend(s, draft.Service.ExecCheck),
                };
                return true;
            case "TimeoutVerbSec":
                if (s.TryTimeout(out long limit))
                    draft.Service = draft.Service with { TimeoutVerbUs = limit };
                return true;
            case "Verb":
                draft.Service = draft.Service with { Verbs = Verbs(s, draft.Service.Verbs) };
                return true;
            default:
                return false;
        }
    }

    // A name that stands twice gets one command more.
    private static IReadOnlyList<ServiceVerb> Verbs(
        in Setting s, IReadOnlyList<ServiceVerb> current)
    {
        if (s.IsReset)
            return [];
        int end = s.Value.AsSpan().IndexOfAny(' ', '\t');
        string name = end < 0 ? s.Value : s.Value[..end];
        if (!ServiceVerb.IsName(name))
        {
            s.Warn("a verb's name is a lower-case letter, then lower-case letters, digits and "
                + $"hyphens, at most {ServiceVerb.LongestName}; ignored");
            return current;
        }

        if (end < 0)
        {
            s.Warn($"the verb '{name}' has no command, ignored; write Verb={name} /path/program");
            return current;
        }

        List<ServiceVerb> verbs = Setting.Own(current);
        int at = verbs.FindIndex(verb => verb.Name == name);
        if (at < 0 && verbs.Count >= s.Draft.Limits.MaxVerbs)
        {
            s.Warn($"more than {s.Draft.Limits.MaxVerbs} verbs (limit MaxVerbs); ignored");
            return current;
        }

        List<ExecCommand> commands =
            CommandList.Extend(s, at < 0 ? [] : verbs[at].Commands, end + 1);
        if (at >= 0)
            verbs[at] = verbs[at] with { Commands = commands };
        else if (commands.Count > 0)
            verbs.Add(new ServiceVerb(name, commands));
        return verbs;
    }
}
