using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>Which specifiers a setting takes.</summary>
internal enum SpecifierSet : byte
{
    /// <summary>All of systemd.unit(5).</summary>
    Full,

    /// <summary>Those whose values may stand in a unit name.</summary>
    UnitName,

    /// <summary>Those that [Install] takes: names, host and manager, no paths.</summary>
    Install,
}

/// <summary>Replaces <c>%x</c> in the values of one unit. Pure.</summary>
/// <param name="context">Facts of the host.</param>
/// <param name="unit">The unit's own name.</param>
/// <param name="fragmentPath">
/// Its main file, for <c>%y</c> and <c>%Y</c>; empty when there is none.
/// </param>
/// <param name="maxLength">Characters that a result may have.</param>
public sealed class SpecifierExpander(
    SpecifierContext context, UnitName unit, string fragmentPath, int maxLength = 1024 * 1024)
{
    /// <summary>Expands every specifier.</summary>
    /// <param name="text">The text.</param>
    /// <param name="expanded">The result; the text itself when it has no <c>%</c>.</param>
    /// <param name="error">Why it failed.</param>
    public bool TryExpand(string text, out string expanded, out string error) =>
        TryExpand(text, SpecifierSet.Full, out expanded, out error);

    internal bool TryExpand(
        string text, SpecifierSet set, out string expanded, out string error)
    {
        expanded = text;
        error = "";
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent < 0)
            return true;
        var result = new StringBuilder(text, 0, percent, text.Length + 32);
        for (int i = percent; i < text.Length; i++)
        {
            // A percent sign that names nothing is kept: "100%" and "5% of".
            bool names = text[i] == '%' && i + 1 < text.Length;
            char c = text[names ? ++i : i];
            if (!names || c == '%')
                result.Append(c);
            else if (!char.IsAsciiLetterOrDigit(c))
                result.Append('%').Append(c);
            else if (!IsIn(set, c) || !TryValue(c, out string? value, out error))
                return Fail(c, text, ref error);
            else
                result.Append(value);
            if (result.Length > maxLength)
            {
                error = $"longer than {maxLength} characters after specifiers are replaced";
                return false;
            }
        }

        expanded = result.ToString();
        return true;
    }

    private static bool Fail(char specifier, string text, ref string error)
    {
        if (error.Length == 0)
            error = $"unknown specifier %{specifier} in '{Shorten(text)}'; write %% for a "
                + "percent sign";
        return false;
    }

    private static string Shorten(string text) => text.Length > 80 ? $"{text[..80]}..." : text;

    private static bool IsIn(SpecifierSet set, char c) => set switch
    {
        SpecifierSet.Full => true,
        SpecifierSet.UnitName => "ijnNpabBdHlqmMAovwW".Contains(c, StringComparison.Ordinal),
        SpecifierSet.Install => "ijnNpabBHlqmMAovwWguUGTV".Contains(c, StringComparison.Ordinal),
        _ => false,
    };

    private bool TryValue(char specifier, out string value, out string error)
    {
        error = "";
        string? found = Names(specifier) ?? Host(specifier) ?? Manager(specifier);
        value = found ?? "";
        if (found is not null)
            return true;
        if (Missing(specifier) is { } fact)
            error = $"specifier %{specifier} cannot be replaced: {fact}";
        return false;
    }

    private string? Names(char specifier) => specifier switch
    {
        'n' => unit.Value,
        'N' => unit.WithoutSuffix,
        'p' => unit.Prefix,
        'P' => UnitNameEscaper.Unescape(unit.Prefix),
        'i' => unit.Instance ?? "",
        'I' => UnitNameEscaper.Unescape(unit.Instance ?? ""),
        'j' => LastComponent,
        'J' => UnitNameEscaper.Unescape(LastComponent),
        'f' => UnitNameEscaper.UnescapePath(unit.IsInstance ? unit.Instance! : unit.Prefix),
        'y' => fragmentPath,
        'Y' => fragmentPath.LastIndexOf('/') is var slash and >= 0
            ? fragmentPath[..Math.Max(slash, 1)] : "",
        _ => null,
    };

    private string? Host(char specifier) => specifier switch
    {
        'H' => context.HostName,
        'l' => context.HostName?.Split('.')[0],
        'q' => context.PrettyHostName ?? context.HostName?.Split('.')[0],
        'm' => context.MachineId,
        'b' => context.BootId,
        'v' => context.KernelRelease,
        'a' => context.Architecture,
        'o' => OsField("ID"),
        'w' => OsField("VERSION_ID"),
        'B' => OsField("BUILD_ID"),
        'W' => OsField("VARIANT_ID"),
        'M' => OsField("IMAGE_ID"),
        'A' => OsField("IMAGE_VERSION"),
        _ => null,
    };

    private string? Manager(char specifier) => specifier switch
    {
        't' => context.RuntimeDirectory,
        'S' => context.StateDirectory,
        'C' => context.CacheDirectory,
        'L' => context.LogsDirectory,
        'E' => context.ConfigurationDirectory,
        'd' => $"{context.RuntimeDirectory}/credentials/{unit.Value}",
        'T' => context.TemporaryDirectory,
        'V' => context.PersistentTemporaryDirectory,
        'h' => context.HomeDirectory,
        's' => context.Shell,
        'u' => context.UserName,
        'U' => context.UserId.ToString(),
        'g' => context.GroupName,
        'G' => context.GroupId.ToString(),
        _ => null,
    };

    private static string? Missing(char specifier) => specifier switch
    {
        'H' or 'l' or 'q' => "the host name is not known",
        'm' => "the machine id is not known (/etc/machine-id)",
        'b' => "the boot id is not known (/proc/sys/kernel/random/boot_id)",
        'v' => "the kernel release is not known",
        'o' or 'w' or 'B' or 'W' or 'M' or 'A' => "os-release is not known (/etc/os-release)",
        'P' or 'I' or 'J' => "the name cannot be unescaped",
        'f' => "the name is no escaped path",
        'c' or 'r' or 'R' => "the control group specifiers are deprecated and not supported",
        _ => null,
    };

    private string LastComponent => unit.Prefix[(unit.Prefix.LastIndexOf('-') + 1)..];

    private string? OsField(string name) =>
        context.OsRelease is null ? null : context.OsRelease.GetValueOrDefault(name, "");
}
