using System.Diagnostics.CodeAnalysis;

namespace InitTx.Units.Model;

/// <summary>
/// A valid unit name: <c>prefix[@[instance]].type</c>, at most 255 bytes of
/// <c>A-Z a-z 0-9 : - _ . \</c> (systemd.unit(5), "Description"). Immutable; equality is ordinal.
/// A default value is not a name: <see cref="IsNone"/>.
/// </summary>
public readonly record struct UnitName : IComparable<UnitName>
{
    /// <summary>The longest name, suffix included (UNIT_NAME_MAX - 1 of systemd 252).</summary>
    public const int MaxLength = 255;

    private static readonly string[] Suffixes =
    [
        "service", "socket", "target", "device", "mount", "automount", "swap", "path", "timer",
        "slice", "scope",
    ];

    private readonly string? _value;

    private UnitName(string value, UnitKind kind)
    {
        _value = value;
        Kind = kind;
    }

    /// <summary>The whole name, for example <c>getty@tty1.service</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>The type that the suffix names.</summary>
    public UnitKind Kind { get; }

    /// <summary>True for the default value, which names nothing.</summary>
    public bool IsNone => _value is null;

    /// <summary>The name without its suffix: <c>getty@tty1</c>.</summary>
    public string WithoutSuffix => Value[..Value.LastIndexOf('.')];

    /// <summary>What stands before <c>@</c>, or the whole name without suffix.</summary>
    public string Prefix => At is >= 0 and var at ? Value[..at] : WithoutSuffix;

    /// <summary>What stands after <c>@</c>; empty for a template, null for a plain unit.</summary>
    public string? Instance =>
        At is >= 0 and var at ? Value[(at + 1)..Value.LastIndexOf('.')] : null;

    /// <summary>True for <c>name@.type</c>.</summary>
    public bool IsTemplate => At is >= 0 and var at && Value.LastIndexOf('.') == at + 1;

    /// <summary>True for <c>name@instance.type</c>.</summary>
    public bool IsInstance => At is >= 0 and var at && Value.LastIndexOf('.') > at + 1;

    // No type has an '@', so what is found stands in the stem.
    private int At => Value.IndexOf('@', StringComparison.Ordinal);

    /// <summary>The template of an instance; the name itself otherwise.</summary>
    public UnitName Template =>
        IsInstance ? new UnitName($"{Prefix}@.{SuffixOf(Kind)}", Kind) : this;

    /// <summary>The suffix of a type without its dot.</summary>
    public static string SuffixOf(UnitKind kind) => Suffixes[(int)kind];

    /// <summary>Reads a name strictly; no suffix is added.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UnitName name)
    {
        name = default;
        if (text is null || text.Length is 0 or > MaxLength)
            return false;
        int dot = text.LastIndexOf('.');
        if (dot <= 0)
            return false;
        int kind = KindOf(text.AsSpan(dot + 1));
        if (kind < 0)
            return false;
        int at = -1;
        for (int i = 0; i < dot; i++)
        {
            char c = text[i];
            if (c == '@')
            {
                if (i == 0)
                    return false;
                if (at < 0)
                    at = i;
            }
            else if (!IsNameCharacter(c))
            {
                return false;
            }
        }

        name = new UnitName(text, (UnitKind)kind);
        return true;
    }

    /// <summary>Reads a name that our own code wrote; throws when it is not one.</summary>
    public static UnitName Parse(string text) =>
        TryParse(text, out UnitName name)
            ? name
            : throw new ArgumentException($"not a unit name: '{text}'", nameof(text));

    /// <summary>The instance of this template; null when the result is no valid name.</summary>
    public UnitName? WithInstance(string instance) =>
        Instance is not null && TryParse($"{Prefix}@{instance}.{SuffixOf(Kind)}", out UnitName n)
            ? n
            : null;

    /// <summary>The same stem with another type's suffix.</summary>
    public UnitName WithKind(UnitKind kind) => new($"{WithoutSuffix}.{SuffixOf(kind)}", kind);

    /// <inheritdoc/>
    public int CompareTo(UnitName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public bool Equals(UnitName other) =>
        string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static int KindOf(ReadOnlySpan<char> suffix)
    {
        for (int i = 0; i < Suffixes.Length; i++)
        {
            if (suffix.SequenceEqual(Suffixes[i]))
                return i;
        }

        return -1;
    }

    private static bool IsNameCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\';
}
