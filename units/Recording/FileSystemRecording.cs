using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>[Mount], [Automount] and [Swap] settings.</summary>
internal static class FileSystemRecording
{
    public static void Write(Packer to, MountSettings m)
    {
        to.Text(m.What);
        to.Text(m.Where);
        to.Text(m.FileSystemType);
        to.Text(m.Options);
        to.Bool(m.SloppyOptions);
        to.Bool(m.LazyUnmount);
        to.Bool(m.ForceUnmount);
        to.Bool(m.ReadWriteOnly);
        to.Number(m.DirectoryMode);
        to.Number(m.TimeoutUs);
    }

    public static MountSettings ReadMount(Unpacker from) => new()
    {
        What = from.TextOrNull(),
        Where = from.Text(),
        FileSystemType = from.TextOrNull(),
        Options = from.TextOrNull(),
        SloppyOptions = from.Bool(),
        LazyUnmount = from.Bool(),
        ForceUnmount = from.Bool(),
        ReadWriteOnly = from.Bool(),
        DirectoryMode = from.Int(),
        TimeoutUs = from.Number(),
    };

    public static void Write(Packer to, AutomountSettings a)
    {
        to.Text(a.Where);
        to.Text(a.ExtraOptions);
        to.Number(a.DirectoryMode);
        to.Number(a.TimeoutIdleUs);
    }

    public static AutomountSettings ReadAutomount(Unpacker from) => new()
    {
        Where = from.Text(),
        ExtraOptions = from.TextOrNull(),
        DirectoryMode = from.Int(),
        TimeoutIdleUs = from.Number(),
    };

    public static void Write(Packer to, SwapSettings s)
    {
        to.Text(s.What);
        to.NumberOrNull(s.Priority);
        to.Text(s.Options);
        to.Number(s.TimeoutUs);
    }

    public static SwapSettings ReadSwap(Unpacker from) => new()
    {
        What = from.Text(),
        Priority = from.IntOrNull(),
        Options = from.TextOrNull(),
        TimeoutUs = from.Number(),
    };
}
