using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>
/// What units of every type have. Each property is written and read in the order in which it is
/// declared; a test asks for each of them by reflection.
/// </summary>
internal static class UnitRecording
{
    public static void Write(Packer to, UnitDefinition unit)
    {
        to.Name(unit.Name);
        to.Names(unit.Aliases);
        to.Byte((byte)unit.LoadState);
        to.Text(unit.LoadError);
        to.Text(unit.Description);
        to.Texts(unit.Documentation);
        to.Text(unit.FragmentPath);
        to.Texts(unit.DropInPaths);
        to.Text(unit.SourcePath);
        to.Shared(to.DependencyLists, unit.Dependencies, static (t, list) => t.List(list,
            static (l, edge) => l.Shared(l.Dependencies, edge, WriteDependency)));
        to.List(unit.Conditions, WriteCondition);
        WriteFlags(to, unit);
        to.Number(unit.JobTimeoutUs);
        to.Number(unit.JobRunningTimeoutUs);
        to.Text(unit.JobTimeoutAction);
        to.Number(unit.StartLimitIntervalUs);
        to.Number(unit.StartLimitBurst);
        to.Text(unit.StartLimitAction);
        to.Text(unit.FailureAction);
        to.Text(unit.SuccessAction);
        to.NumberOrNull(unit.FailureActionExitStatus);
        to.NumberOrNull(unit.SuccessActionExitStatus);
        to.Text(unit.OnFailureJobMode);
        to.Name(unit.Slice);
        to.Shared(to.Installs, unit.Install, WriteInstall);
        to.Texts(unit.RequiresMountsFor);
        to.Text(unit.RebootArgument);
        to.Text(unit.OnSuccessJobMode);
        to.BoolOrNull(unit.RefuseUnhonouredSecurity);
        to.Bool(unit.CollectsFailed);
        to.Name(unit.AcceptedBy);
        WriteKinds(to, unit);
        PackedSettings.Write(to, unit.Settings);
        to.List(unit.Unhonoured, WriteUnhonoured);
        to.List(unit.Diagnostics, WriteDiagnostic);
        to.Text(unit.ContentDigest);
    }

    public static UnitDefinition Read(Unpacker from)
    {
        UnitDefinition unit = new()
        {
            Name = from.Name(),
            Aliases = from.Names(),
            LoadState = (UnitLoadState)from.Byte((byte)UnitLoadState.Merged),
            LoadError = from.TextOrNull(),
            Description = from.Text(),
            Documentation = from.Texts(),
            FragmentPath = from.TextOrNull(),
            DropInPaths = from.Texts(),
            SourcePath = from.TextOrNull(),
            Dependencies = from.Shared(from.DependencyLists),
            Conditions = from.Array(ReadCondition),
            DefaultDependencies = from.Bool(),
            StopWhenUnneeded = from.Bool(),
            RefuseManualStart = from.Bool(),
            RefuseManualStop = from.Bool(),
            AllowIsolate = from.Bool(),
            IgnoreOnIsolate = from.Bool(),
            Delegate = from.Bool(),
            IsPerpetual = from.Bool(),
            Rollback = from.Bool(),
            JobTimeoutUs = from.Number(),
            JobRunningTimeoutUs = from.Number(),
            JobTimeoutAction = from.Text(),
            StartLimitIntervalUs = from.Number(),
            StartLimitBurst = from.Int(),
            StartLimitAction = from.Text(),
            FailureAction = from.Text(),
            SuccessAction = from.Text(),
            FailureActionExitStatus = from.IntOrNull(),
            SuccessActionExitStatus = from.IntOrNull(),
            OnFailureJobMode = from.Text(),
            Slice = from.Name(),
            Install = from.Shared(from.Installs),
            RequiresMountsFor = from.Texts(),
            RebootArgument = from.TextOrNull(),
            OnSuccessJobMode = from.Text(),
            RefuseUnhonouredSecurity = from.BoolOrNull(),
            CollectsFailed = from.Bool(),
            AcceptedBy = from.Name(),
            Service = from.SharedOrNull(from.Services),
            Socket = from.OrNull(SocketRecording.Read),
            Mount = from.OrNull(FileSystemRecording.ReadMount),
            Automount = from.OrNull(FileSystemRecording.ReadAutomount),
            Swap = from.OrNull(FileSystemRecording.ReadSwap),
            Timer = from.OrNull(TriggerRecording.ReadTimer),
            Path = from.OrNull(TriggerRecording.ReadPath),
            Scope = from.OrNull(TriggerRecording.ReadScope),
            Exec = from.SharedOrNull(from.Execs),
            Kill = from.SharedOrNull(from.Kills),
            Resources = ResourceRecording.Read(from),
            Settings = PackedSettings.Read(from),
            Unhonoured = from.Array(ReadUnhonoured),
            Diagnostics = from.Array(ReadDiagnostic),
            ContentDigest = from.Text(),
        };

        // A socket that is loaded has its settings: what starts it asks for no proof.
        if (unit.Name.IsNone || (unit.Name.Kind == UnitKind.Socket
            && unit.LoadState == UnitLoadState.Loaded && unit.Socket is null))
            from.Fail();
        return unit;
    }

    public static void WriteDependency(Packer to, UnitDependency edge)
    {
        to.Byte((byte)edge.Kind);
        to.Name(edge.Target);
        to.Byte((byte)edge.Origin);
        to.Source(edge.Source);
    }

    public static UnitDependency ReadDependency(Unpacker from) => new(
        (DependencyKind)from.Byte((byte)DependencyKind.RequiresMountsFor),
        from.Name(),
        (DependencyOrigin)from.Byte((byte)DependencyOrigin.Default),
        from.Source());

    public static void WriteInstall(Packer to, InstallSettings install)
    {
        to.Texts(install.Alias);
        to.Texts(install.WantedBy);
        to.Texts(install.RequiredBy);
        to.Texts(install.UpheldBy);
        to.Texts(install.Also);
        to.Text(install.DefaultInstance);
    }

    public static InstallSettings ReadInstall(Unpacker from) => new()
    {
        Alias = from.Texts(),
        WantedBy = from.Texts(),
        RequiredBy = from.Texts(),
        UpheldBy = from.Texts(),
        Also = from.Texts(),
        DefaultInstance = from.TextOrNull(),
    };

    private static void WriteFlags(Packer to, UnitDefinition unit)
    {
        to.Bool(unit.DefaultDependencies);
        to.Bool(unit.StopWhenUnneeded);
        to.Bool(unit.RefuseManualStart);
        to.Bool(unit.RefuseManualStop);
        to.Bool(unit.AllowIsolate);
        to.Bool(unit.IgnoreOnIsolate);
        to.Bool(unit.Delegate);
        to.Bool(unit.IsPerpetual);
        to.Bool(unit.Rollback);
    }

    private static void WriteKinds(Packer to, UnitDefinition unit)
    {
        to.SharedOrNull(to.Services, unit.Service, ServiceRecording.Write);
        to.OrNull(unit.Socket, SocketRecording.Write);
        to.OrNull(unit.Mount, FileSystemRecording.Write);
        to.OrNull(unit.Automount, FileSystemRecording.Write);
        to.OrNull(unit.Swap, FileSystemRecording.Write);
        to.OrNull(unit.Timer, TriggerRecording.Write);
        to.OrNull(unit.Path, TriggerRecording.Write);
        to.OrNull(unit.Scope, TriggerRecording.Write);
        to.SharedOrNull(to.Execs, unit.Exec, ExecRecording.Write);
        to.SharedOrNull(to.Kills, unit.Kill, ExecRecording.WriteKill);
        ResourceRecording.Write(to, unit.Resources);
    }

    private static void WriteCondition(Packer to, UnitCondition condition)
    {
        to.Text(condition.Type);
        to.Text(condition.Argument);
        to.Bool(condition.Negated);
        to.Bool(condition.Triggering);
        to.Bool(condition.IsAssert);
        to.Source(condition.Source);
    }

    private static UnitCondition ReadCondition(Unpacker from) => new(
        from.Text(), from.Text(), from.Bool(), from.Bool(), from.Bool(), from.Source());

    private static void WriteUnhonoured(Packer to, UnhonouredDirective directive)
    {
        to.Text(directive.Section);
        to.Text(directive.Key);
        to.Byte((byte)directive.Treatment);
        to.Text(directive.Reason);
        to.Bool(directive.IsSecurity);
        to.Source(directive.Source);
    }

    private static UnhonouredDirective ReadUnhonoured(Unpacker from) => new(
        from.Text(), from.Text(), (DirectiveTreatment)from.Byte((byte)DirectiveTreatment.Refused),
        from.Text(), from.Bool(), from.Source());

    private static void WriteDiagnostic(Packer to, Diagnostic diagnostic)
    {
        to.Byte((byte)diagnostic.Severity);
        to.Source(diagnostic.Location);
        to.Text(diagnostic.Directive);
        to.Text(diagnostic.Message);
        to.Text(diagnostic.SourceLine);
    }

    private static Diagnostic ReadDiagnostic(Unpacker from) => new(
        (DiagnosticSeverity)from.Byte((byte)DiagnosticSeverity.Error),
        from.Source(), from.Text(), from.Text(), from.Text());
}
