using InitTx.Linux;
using InitTx.Linux.Launch;
using InitTx.Linux.Machine;

namespace InitTx.Exec.Setup;

/// <summary>Namespaces other than mounts, and the paths that go with a dynamic user.</summary>
internal static class ViewSteps
{
    /// <param name="store">What holds the unit's; null for one of this process alone.</param>
    public static StepFailure? Network(SetupSettings settings, NamespaceStore? store)
    {
        if (settings.Find("NetworkNamespacePath") is { } path)
        {
            return StepFailure.Of(Namespaces.Enter(path, NamespaceKinds.Network),
                ExitStatus.Network, "NetworkNamespacePath", path);
        }

        if (!settings.Has("PrivateNetwork"))
            return null;
        if (store is { } shared)
        {
            return StepFailure.Of(
                SharedNamespace.Enter(shared.Reading, shared.Writing, NamespaceKinds.Network),
                ExitStatus.Network, "PrivateNetwork", "");
        }

        StepFailure? failure = StepFailure.Of(Namespaces.Leave(NamespaceKinds.Network),
            ExitStatus.Network, "PrivateNetwork", "");
        return failure ?? StepFailure.Of(
            LoopbackInterface.BringUp(), ExitStatus.Network, "PrivateNetwork", "lo");
    }

    public static StepFailure? HostName(SetupSettings settings) =>
        settings.Has("ProtectHostname")
            ? StepFailure.Of(Namespaces.Leave(NamespaceKinds.HostName),
                ExitStatus.Namespace, "ProtectHostname", "")
            : null;

    /// <inheritdoc cref="Network"/>
    public static StepFailure? Ipc(SetupSettings settings, NamespaceStore? store)
    {
        if (settings.Find("IPCNamespacePath") is { } path)
        {
            return StepFailure.Of(Namespaces.Enter(path, NamespaceKinds.Ipc),
                ExitStatus.Namespace, "IPCNamespacePath", path);
        }

        if (!settings.Has("PrivateIPC"))
            return null;
        SysResult result = store is { } shared
            ? SharedNamespace.Enter(shared.Reading, shared.Writing, NamespaceKinds.Ipc)
            : Namespaces.Leave(NamespaceKinds.Ipc);
        return StepFailure.Of(result, ExitStatus.Namespace, "PrivateIPC", "");
    }

    /// <summary>
    /// The unit's own directories. A dynamic user's lie in <c>private/</c>, which only root may
    /// enter; the unit sees one in its place that has nothing but its own. In another root they
    /// are bound where the variables say (systemd.exec(5), "RootDirectory=").
    /// </summary>
    public static void AddDirectories(
        List<MountStep> plan,
        SetupSettings settings,
        IReadOnlyList<string> own,
        IReadOnlyList<string> apart)
    {
        const string Apart = "/private/";
        bool otherRoot = settings.Root.Length > 0;
        foreach (string path in otherRoot ? own : [])
            plan.Add(new MountStep(path, MountKind.Bind, "RuntimeDirectory") { Source = path });
        var parents = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in apart)
        {
            int at = path.IndexOf(Apart, StringComparison.Ordinal);
            if (!otherRoot && at > 0 && parents.Add(path[..at]))
            {
                plan.Add(new MountStep($"{path[..at]}/private", MountKind.Temporary, "DynamicUser")
                {
                    Source = "mode=0755,ro",
                });
            }

            string place = otherRoot && at > 0
                ? $"{path[..at]}/{path[(at + Apart.Length)..]}"
                : path;
            plan.Add(new MountStep(place, MountKind.Bind, "DynamicUser") { Source = path });
        }
    }

    /// <summary>An empty /run has no way to the manager but this.</summary>
    public static void AddNotifySocket(List<MountStep> plan, string socket) =>
        plan.Add(new MountStep(socket, MountKind.ReadOnlyBind, "NotifyAccess")
        {
            Source = socket,
            Optional = true,
        });
}
