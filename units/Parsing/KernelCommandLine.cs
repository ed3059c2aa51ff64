using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// The words of /proc/cmdline that a manager acts on (kernel-command-line(7)): our <c>initx.*</c>
/// and systemd's <c>systemd.unit=</c>, <c>systemd.mask=</c>, <c>systemd.wants=</c>, <c>rescue</c>,
/// <c>emergency</c>, <c>single</c>, <c>s</c>, <c>1</c> to <c>5</c>. Pure and total: whatever else
/// stands there is somebody else's. In keys <c>-</c> and <c>_</c> are the same; of several words
/// that set one thing the last counts.
/// </summary>
public sealed record KernelCommandLine
{
    /// <summary>Bytes that are looked at; what the kernel passes on is shorter.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Words that are looked at.</summary>
    public const int MaxWords = 4096;

    /// <summary>A command line without words.</summary>
    public static readonly KernelCommandLine Empty = new();

    /// <summary>All words, quotes removed, for <c>ConditionKernelCommandLine=</c>.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The boot goal, with its suffix; null when none is named.</summary>
    public string? Unit { get; init; }

    /// <summary>Units to be taken as masked.</summary>
    public IReadOnlyList<UnitName> Masks { get; init; } = [];

    /// <summary>Units to be wanted by the boot goal.</summary>
    public IReadOnlyList<UnitName> Wants { get; init; } = [];

    /// <summary><c>initx.store=</c>, or null; the words of <c>Store=</c> in initx.conf.</summary>
    public JournalStore? Store { get; init; }

    /// <summary><c>initx.sequential=</c>: start one unit at a time; null when not said.</summary>
    public bool? Sequential { get; init; }

    /// <summary>
    /// <c>initx.log=</c>: where the manager's own messages and its services' output go.
    /// </summary>
    public LogTargetKind? Log { get; init; }

    /// <summary><c>initx.shell=1</c>: a shell without a password in the last resort.</summary>
    public bool Shell { get; init; }

    /// <summary>Words of ours that could not be read.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Reads the bytes of /proc/cmdline.</summary>
    public static KernelCommandLine Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            bytes = bytes[..MaxBytes];
        string text = RawText.FromBytes(bytes.TrimEnd("\n\0"u8));
        return new Run().Parse(text);
    }

    /// <summary>
    /// What <c>ConditionKernelCommandLine=</c> asks: with <c>=</c> in the argument the very word,
    /// otherwise the word alone or as a key.
    /// </summary>
    public bool Has(string argument)
    {
        bool exact = argument.Contains('=', StringComparison.Ordinal);
        foreach (string word in Words)
        {
            if (string.Equals(word, argument, StringComparison.Ordinal))
                return true;
            if (!exact && word.Length > argument.Length && word[argument.Length] == '='
                && word.StartsWith(argument, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private sealed class Run
    {
        private readonly List<string> _words = [];
        private readonly List<UnitName> _masks = [];
        private readonly List<UnitName> _wants = [];
        private readonly List<Diagnostic> _findings = [];
        private KernelCommandLine _line = Empty;

        public KernelCommandLine Parse(string text)
        {
            var splitter = new WordSplitter(
                text, WordRules.Unquote | WordRules.KeepBackslash | WordRules.Relaxed);
            while (_words.Count < MaxWords && splitter.Next() != WordResult.End)
            {
                _words.Add(splitter.Word);
                int equals = splitter.Word.IndexOf('=', StringComparison.Ordinal);
                string key = equals < 0 ? splitter.Word : splitter.Word[..equals];
                Apply(key.Replace('-', '_'), equals < 0 ? null : splitter.Word[(equals + 1)..]);
            }

            return _line with
            {
                Words = _words,
                Masks = _masks,
                Wants = _wants,
                Diagnostics = _findings,
            };
        }

        private void Apply(string key, string? value)
        {
            switch (key)
            {
                case "initx.unit" or "systemd.unit":
                    if (Name(key, value) is { } unit)
                        _line = _line with { Unit = unit.Value };
                    break;
                case "initx.mask" or "systemd.mask":
                    if (Name(key, value) is { } mask)
                        _masks.Add(mask);
                    break;
                case "initx.wants" or "systemd.wants":
                    if (Name(key, value) is { } wants)
                        _wants.Add(wants);
                    break;
                case "initx.store":
                    int store = Choice(key, value, ManagerConfig.StoreWords);
                    _line = store < 0 ? _line : _line with { Store = (JournalStore)store };
                    break;
                case "initx.log":
                    int log = Choice(key, value, ManagerConfig.LogWords);
                    _line = log < 0 ? _line : _line with { Log = (LogTargetKind)log };
                    break;
                case "initx.sequential":
                    _line = _line with { Sequential = Boolean(key, value) ?? _line.Sequential };
                    break;
                case "initx.shell":
                    _line = _line with { Shell = Boolean(key, value) ?? _line.Shell };
                    break;
                default:
                    Other(key, value);
                    break;
            }
        }

        private void Other(string key, string? value)
        {
            if (key.StartsWith("initx.", StringComparison.Ordinal))
                Warn($"{key}: not known, ignored");
            if (value is not null)
                return;
            string? target = key switch
            {
                "rescue" or "single" or "s" or "S" or "1" => "rescue.target",
                "emergency" or "_b" => "emergency.target",
                "2" or "3" or "4" => "multi-user.target",
                "5" => "graphical.target",
                _ => null,
            };
            _line = target is null ? _line : _line with { Unit = target };
        }

        // Names without a type are services, as systemd has it.
        private UnitName? Name(string key, string? value)
        {
            if (UnitName.TryParse(value, out UnitName name)
                || UnitName.TryParse($"{value}.service", out name))
            {
                if (!name.IsTemplate)
                    return name;
            }

            Warn($"{key}={value}: no unit name, ignored");
            return null;
        }

        private int Choice(string key, string? value, string[] words)
        {
            int index = Array.IndexOf(words, value);
            if (index < 0)
                Warn($"{key}={value}: not known, ignored; write one of: "
                    + $"{string.Join(", ", words)}");
            return index;
        }

        private bool? Boolean(string key, string? value)
        {
            if (value is null)
                return true;
            if (BooleanParser.TryParse(value, out bool on))
                return on;
            Warn($"{key}={value}: neither yes nor no, ignored");
            return null;
        }

        private void Warn(string message) =>
            _findings.Add(new Diagnostic(
                DiagnosticSeverity.Warning, new SourceLocation("/proc/cmdline", 1), "", message));
    }
}
