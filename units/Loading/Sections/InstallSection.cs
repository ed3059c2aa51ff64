using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Install]: kept for enable and disable, without effect on a start.</summary>
internal static class InstallSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        InstallSettings i = s.Draft.Install;
        switch (s.Key)
        {
            case "Alias":
                i = i with { Alias = Extend(s, i.Alias) };
                break;
            case "WantedBy":
                i = i with { WantedBy = Extend(s, i.WantedBy) };
                break;
            case "RequiredBy":
                i = i with { RequiredBy = Extend(s, i.RequiredBy) };
                break;
            case "UpheldBy":
                i = i with { UpheldBy = Extend(s, i.UpheldBy) };
                break;
            case "Also":
                i = i with { Also = Extend(s, i.Also) };
                break;
            case "DefaultInstance":
                i = i with { DefaultInstance = s.IsReset ? null : s.Value };
                break;
            default:
                return false;
        }

        s.Draft.Install = i;
        return true;
    }

    private static List<string> Extend(in Setting s, IReadOnlyList<string> current)
    {
        List<string> names = Setting.Own(current);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote | WordRules.KeepBackslash))
        {
            string name = word;
            if (!s.Draft.Name.IsTemplate
                && !s.Draft.Specifiers.TryExpand(word, SpecifierSet.Install, out name,
                    out string error))
                s.Warn($"{error}; ignored", offset);
            else
                names.Add(name);
        }

        return names;
    }
}
