using System.Globalization;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// The programs of the system that mounts and swaps are brought about with, and their arguments, as
/// systemd gives them. Pure.
/// </summary>
public static class MountCommands
{
    private const string Mount = "/bin/mount";
    private const string Umount = "/bin/umount";
    private const string SwapOn = "/sbin/swapon";
    private const string SwapOff = "/sbin/swapoff";

    // What is for whoever reads fstab(5), not for mount(8).
    private static readonly string[] ForManagers = ["auto", "noauto", "nofail", "fail"];

    /// <summary>The command of a role; null when the unit has no such.</summary>
    public static ExecCommand? Of(UnitDefinition unit, ExecRole role) => role switch
    {
        ExecRole.Mount when unit.Mount is { What: not null } mount => Mounting(unit, mount),
        ExecRole.Remount when unit.Mount is { What: not null } mount => Remounting(unit, mount),
        ExecRole.Unmount when unit.Mount is { } mount => Unmounting(unit, mount),
        ExecRole.SwapOn when unit.Swap is { } swap => Activating(unit, swap),
        ExecRole.SwapOff when unit.Swap is { } swap => Make(unit, SwapOff, [swap.What]),
        _ => null,
    };

    /// <summary>
    /// Directories that are made first when they are missing: the mount point, and what is to be
    /// seen there a second time.
    /// </summary>
    public static IReadOnlyList<string> Directories(UnitDefinition unit, ExecRole role)
    {
        if (role != ExecRole.Mount || unit.Mount is not { } mount)
            return [];
        return MountedUnits.IsBind(mount) && mount.What is ['/', ..] what
            ? [mount.Where, what]
            : [mount.Where];
    }

    private static ExecCommand Mounting(UnitDefinition unit, MountSettings mount)
    {
        List<string> words = [mount.What!, mount.Where];
        Common(words, mount);
        AddOptions(words, Options(mount.Options));
        return Make(unit, Mount, words);
    }

    private static ExecCommand Remounting(UnitDefinition unit, MountSettings mount)
    {
        string options = Options(mount.Options);
        List<string> words = [mount.What!, mount.Where];
        Common(words, mount);
        AddOptions(words, options.Length == 0 ? "remount" : "remount," + options);
        return Make(unit, Mount, words);
    }

    private static ExecCommand Unmounting(UnitDefinition unit, MountSettings mount)
    {
        // -c: the path is canonical; looking at it would ask the file system that may be dead.
        List<string> words = [mount.Where, "-c"];
        if (mount.LazyUnmount)
            words.Add("-l");
        if (mount.ForceUnmount)
            words.Add("-f");
        return Make(unit, Umount, words);
    }

    private static ExecCommand Activating(UnitDefinition unit, SwapSettings swap)
    {
        string options = Options(swap.Options);
        if (swap.Priority is { } priority)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"pri={priority}");
            options = options.Length == 0 ? text : $"{options},{text}";
        }

        List<string> words = [];
        AddOptions(words, options);
        words.Add(swap.What);
        return Make(unit, SwapOn, words);
    }

    private static void Common(List<string> words, MountSettings mount)
    {
        if (mount.SloppyOptions)
            words.Add("-s");
        if (mount.ReadWriteOnly)
            words.Add("-w");
        if (mount.FileSystemType is { Length: > 0 } type)
        {
            words.Add("-t");
            words.Add(type);
        }
    }

    private static void AddOptions(List<string> words, string options)
    {
        if (options.Length == 0)
            return;
        words.Add("-o");
        words.Add(options);
    }

    private static string Options(string? options)
    {
        if (options is null)
            return "";
        var kept = new List<string>();
        foreach (string option in options.Split(','))
        {
            if (option.Length > 0 && Array.IndexOf(ForManagers, option) < 0)
                kept.Add(option);
        }

        return string.Join(',', kept);
    }

    // No variable is expanded in what the file system's names happen to contain.
    private static ExecCommand Make(UnitDefinition unit, string program, List<string> words) =>
        new(program, [program, .. words], ExecCommandFlags.NoEnvironmentExpansion,
            new SourceLocation(unit.FragmentPath ?? unit.Name.Value, 0));
}
