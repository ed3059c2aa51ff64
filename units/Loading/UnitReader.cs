using System.Text;
using InitTx.Units.Directives;
using InitTx.Units.Loading.Sections;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>
/// Reads the files of one unit into a draft, without looking at other units: main file, then
/// drop-ins in the order of their names.
/// </summary>
internal sealed class UnitReader(
    UnitNameIndex index, DropInFinder dropIns, SpecifierContext context, ManagerDefaults defaults,
    LoadLimits limits)
{
    private const int MaxHints = 20;

    /// <summary>The draft of a unit that goes by its own name.</summary>
    public UnitDraft Read(in NameTarget target)
    {
        UnitName own = target.Own;
        string fragment = target.Entry is null ? "" : PathOf(target);
        var draft = new UnitDraft(own, limits)
        {
            Specifiers = new SpecifierExpander(context, own, fragment, limits.MaxExpandedLength),
        };
        ApplyDefaults(draft);
        UnitDefinition unit = draft.Unit with { Aliases = index.AliasesOf(own) };
        draft.Unit = unit;
        if (target.Entry is null)
        {
            Missing(draft, target.Broken);
            if (draft.Unit.LoadState == UnitLoadState.Loaded)
                ReadDropIns(draft, new Sha256Digest());
            return draft;
        }

        if (own.Kind == UnitKind.Scope && !BuiltInUnits.IsPerpetual(own.Value))
        {
            draft.Unit = unit with
            {
                LoadState = UnitLoadState.NotFound,
                LoadError = $"{fragment}: scopes are made by programs, not by files",
            };
            return draft;
        }

        draft.Unit = unit with { FragmentPath = fragment };
        UnitTreeEntry entry = target.Entry;
        if (entry.Kind == UnitTreeEntryKind.Unreadable)
            SetState(draft, UnitLoadState.Error, fragment, $"cannot be read: {entry.Error}");
        else if (!entry.Exists)
            SetState(draft, UnitLoadState.NotFound, fragment,
                $"is a link to {entry.Target}, which does not exist");
        else if (entry.IsEmpty)
            SetState(draft, UnitLoadState.Masked, fragment, entry.Target.Length > 0
                ? $"is a link to {entry.Target}" : "is an empty file");
        else
            ReadFiles(draft, fragment, entry);
        return draft;
    }

    private void ApplyDefaults(UnitDraft draft)
    {
        draft.Unit = draft.Unit with
        {
            StartLimitIntervalUs = defaults.StartLimitIntervalUs,
            StartLimitBurst = defaults.StartLimitBurst,

            // What carries others stays up when a target is isolated.
            IgnoreOnIsolate = draft.Name.Kind is UnitKind.Slice or UnitKind.Scope or UnitKind.Mount
                or UnitKind.Automount or UnitKind.Swap or UnitKind.Device,
        };
        draft.Service = draft.Service with
        {
            TimeoutStartUs = defaults.TimeoutStartUs,
            TimeoutStopUs = defaults.TimeoutStopUs,
            RestartUs = defaults.RestartUs,
            OomPolicy = defaults.OomPolicy,
        };
        draft.Exec = draft.Exec with { Limits = defaults.Limits };
    }

    private static string PathOf(in NameTarget target) =>
        $"{target.Directory!.Path}/{target.Entry!.Name}";

    // Slices need no file; devices appear by themselves.
    private static void Missing(UnitDraft draft, string? broken)
    {
        if (draft.Name.Kind is UnitKind.Slice or UnitKind.Device)
            return;
        string why = broken ?? $"no file named {draft.Name} on the unit path";
        draft.Unit = draft.Unit with { LoadState = UnitLoadState.NotFound, LoadError = why };
    }

    private static void SetState(UnitDraft draft, UnitLoadState state, string path, string message)
    {
        var location = new SourceLocation(path, 0);
        draft.Unit = draft.Unit with { LoadState = state, LoadError = $"{path}: {message}" };
        DiagnosticSeverity severity = state == UnitLoadState.Masked ? DiagnosticSeverity.Note
            : DiagnosticSeverity.Error;
        draft.Findings.Add(new Diagnostic(severity, location, "", message));
    }

    private void ReadFiles(UnitDraft draft, string fragment, UnitTreeEntry entry)
    {
        var digest = new Sha256Digest();
        AddToDigest(digest, entry.Name, entry.Content.Span);
        bool broken = !ApplyFile(draft, fragment, entry.Content);
        if (draft.FatalError is not null)
        {
            draft.Unit = draft.Unit with
            {
                LoadState = UnitLoadState.BadSetting,
                LoadError = draft.FatalError
            };
        }
        else if (broken)
        {
            Diagnostic first = FirstError(draft);
            draft.Unit = draft.Unit with
            {
                LoadState = UnitLoadState.Error,
                LoadError = Diagnose.Text(first.Location, first.Directive, first.Message),
            };
        }
        else
        {
            ReadDropIns(draft, digest);
            return;
        }

        draft.Unit = draft.Unit with { ContentDigest = digest.Finish() };
    }

    private static Diagnostic FirstError(UnitDraft draft)
    {
        foreach (Diagnostic finding in draft.Findings.ToList())
        {
            if (finding.Severity == DiagnosticSeverity.Error)
                return finding;
        }

        return new Diagnostic(DiagnosticSeverity.Error, SourceLocation.BuiltIn, "", "broken file");
    }

    private void ReadDropIns(UnitDraft draft, Sha256Digest digest)
    {
        List<string> paths = [];
        foreach (FolderEntry found in dropIns.Find(draft.Name, draft.Unit.Aliases, ".d"))
        {
            if (!found.Entry.Name.EndsWith(".conf", StringComparison.Ordinal)
                || found.Entry.IsEmpty)
                continue;
            var location = new SourceLocation(found.Path, 0);
            if (paths.Count >= limits.MaxDropIns)
            {
                draft.Findings.Add(new Diagnostic(DiagnosticSeverity.Error, location, "",
                    $"more than {limits.MaxDropIns} drop-ins; the rest is not read"));
                break;
            }

            if (found.Entry.Kind == UnitTreeEntryKind.Unreadable || !found.Entry.Exists)
            {
                draft.Findings.Add(new Diagnostic(DiagnosticSeverity.Error, location, "",
                    found.Entry.Exists ? $"cannot be read: {found.Entry.Error}"
                        : "leads to no file"));
                continue;
            }

            paths.Add(found.Path);
            AddToDigest(digest, found.Entry.Name, found.Entry.Content.Span);
            ApplyFile(draft, found.Path, found.Entry.Content);

            // As systemd has it: what is fatal in a main file ends a drop-in, but not the unit.
            draft.ForgetFatal();
        }

        bool any = paths.Count > 0 || draft.Unit.FragmentPath is not null;
        draft.Unit = draft.Unit with
        {
            DropInPaths = paths,
            ContentDigest = any ? digest.Finish()
            : ""
        };
    }

    private static void AddToDigest(Sha256Digest digest, string name, ReadOnlySpan<byte> content)
    {
        digest.Append(Encoding.UTF8.GetBytes($"{name}\n{content.Length}\n"));
        digest.Append(content);
    }

    // False when the file as a whole is broken or a fault in it is fatal.
    private bool ApplyFile(UnitDraft draft, string path, ReadOnlyMemory<byte> content)
    {
        ParsedUnit parsed = UnitParser.Parse(
            path, content, DirectiveTable.SectionsOf(draft.Name.Kind), limits);
        draft.Findings.AddRange(parsed.Diagnostics);
        foreach (ParsedAssignment assignment in parsed.Assignments)
        {
            var setting = new Setting(assignment, draft);
            DirectiveRow? row = DirectiveTable.Find(assignment.Section, assignment.Key);
            if (row is null)
            {
                Unknown(setting);
                continue;
            }

            Record(draft, row, assignment);
            Dispatch(setting);
            if (draft.FatalError is not null)
                return false;
        }

        return !parsed.IsBroken;
    }

    /// <summary>
    /// Gives an assignment to the section that knows its key; false when none does.
    /// </summary>
    internal static bool Dispatch(in Setting s) => s.Section switch
    {
        "Unit" => UnitSection.Apply(s),
        "Install" => InstallSection.Apply(s),
        "Service" => ServiceSection.Apply(s) || Common(s),
        "Socket" => SocketSection.Apply(s) || Common(s),
        "Mount" or "Swap" => FileSystemSections.Apply(s) || Common(s),
        "Scope" => TriggerSections.Apply(s) || ResourceSection.Apply(s) || KillSection.Apply(s),
        "Slice" => ResourceSection.Apply(s),
        "Automount" => FileSystemSections.Apply(s),
        "Timer" or "Path" => TriggerSections.Apply(s),
        "X-InitTx" => InitTxSection.Apply(s),
        _ => false,
    };

    private static bool Common(in Setting s) =>
        ExecSection.Apply(s) || KillSection.Apply(s) || ResourceSection.Apply(s);

    private static void Unknown(in Setting s)
    {
        if (s.Key.StartsWith("X-", StringComparison.Ordinal))
            return;

        // Looking for the nearest key compares them all: done for the first few, not for a file
        // of sixty thousand such lines.
        bool search = s.Draft.UnknownKeys++ < MaxHints;
        string? nearest = search ? DirectiveTable.Nearest(s.Section, s.Key) : null;
        string hint = nearest is null ? "" : $"; did you mean {nearest}=?";
        s.WarnAtKey($"unknown key in [{s.Section}], ignored{hint}");
    }

    private static void Record(UnitDraft draft, DirectiveRow row, ParsedAssignment a)
    {
        if (draft.Settings.Count < draft.Limits.MaxAssignments)
            draft.Settings.Add(new EffectiveSetting(row.Section, row.Key, a.Value, a.Source));

        // Nobody can be told to change what is built in.
        if (!a.Source.Path.StartsWith(BuiltInUnits.Path, StringComparison.Ordinal))
            Unhonoured.Note(draft.Unhonoured, row, a);
    }
}
