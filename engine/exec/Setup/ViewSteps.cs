using InitTx.Linux.Launch;
using InitTx.Linux.Machine;

namespace InitTx.Exec.Setup;

/// <summary>Namespaces other than mounts, and the paths that go with a dynamic user.</summary>
internal static class ViewSteps
{
    public static StepFailure? Network(SetupSettings settings)
    {
        if (settings.Find("NetworkNamespacePath") is { } path)
        {
            return StepFailure.Of(Namespaces.Enter(path, NamespaceKinds.Network),
                ExitStatus.Network, "NetworkNamespacePath", path);
        }

        if (!settings.Has("PrivateNetwork"))
            return null;
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

    public static StepFailure? Ipc(SetupSettings settings)
    {
        if (settings.Find("IPCNamespacePath") is { } path)
        {
            return StepFailure.Of(Namespaces.Enter(path, NamespaceKinds.Ipc),
                ExitStatus.Namespace, "IPCNamespacePath", path);
        }

        return settings.Has("PrivateIPC")
            ? StepFailure.Of(Namespaces.Leave(NamespaceKinds.Ipc),
                ExitStatus.Namespace, "PrivateIPC", "")
            : null;
    }

    /// <summary>
    /// A dynamic user's directories lie in <c>private/</c>, which only root may enter; the unit
    /// sees one in its place that has nothing but its own.
    /// </summary>
    public static void AddPrivateDirectories(List<MountStep> plan, IReadOnlyList<string> paths)
    {
        var parents = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            int at = path.IndexOf("/private/", StringComparison.Ordinal);
            if (at > 0 && parents.Add(path[..at]))
            {
                plan.Add(new MountStep($"{path[..at]}/private", MountKind.Temporary, "DynamicUser")
                {
                    Source = "mode=0755,ro",
                });
            }

            plan.Add(new MountStep(path, MountKind.Bind, "DynamicUser") { Source = path });
        }
    }
}
