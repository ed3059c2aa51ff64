using System.Runtime.InteropServices;
using System.Text;

namespace InitTx.Linux.Launch;

/// <summary>
/// The service's variables on their way through initx-exec. The manager writes each with a mark
/// before its name (<see cref="VariableMark"/>), and initx-exec takes the mark off for the program:
/// so no variable of a unit, which a user may write (EnvironmentFile=), means anything to the
/// loader or the runtime of initx-exec while it is still root (LD_PRELOAD).
/// </summary>
public sealed unsafe class ServiceEnvironment
{
    /// <summary>Before the name of each variable of the service.</summary>
    public const char VariableMark = '@';

    /// <summary>Before a setting that a command line, which all can read, must not show.</summary>
    public const char SettingMark = '#';

    private ServiceEnvironment(nint block) => Block = block;

    /// <summary>Settings that came this way, without the mark.</summary>
    public List<string> Settings { get; } = [];

    internal nint Block { get; private set; }

    /// <summary>
    /// What this process was given, by a manager (marked variables only) or, with
    /// <paramref name="marked"/> false, by anybody (all of it).
    /// </summary>
    public static ServiceEnvironment Read(bool marked)
    {
        byte** given = Given();
        int count = 0;
        while (given[count] != null)
            count++;
        byte** block = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
        var environment = new ServiceEnvironment((nint)block);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (!marked)
                block[kept++] = given[i];
            else if (given[i][0] == VariableMark)
                block[kept++] = given[i] + 1;
            else if (given[i][0] == SettingMark)
                environment.Settings.Add(Marshal.PtrToStringUTF8((nint)(given[i] + 1)) ?? "");
        }

        return environment;
    }

    /// <summary>What this process was given, with marks, and what was set since.</summary>
    internal nint Whole { get; private set; } = (nint)Given();

    /// <summary>The value of one of the service's variables; null when there is none.</summary>
    public string? Find(string name)
    {
        byte** block = (byte**)Block;
        byte[] begin = Encoding.UTF8.GetBytes(name + "=");
        for (int i = 0; block[i] != null; i++)
        {
            ReadOnlySpan<byte> text =
                MemoryMarshal.CreateReadOnlySpanFromNullTerminated(block[i]);
            if (text.StartsWith(begin))
                return Encoding.UTF8.GetString(text[begin.Length..]);
        }

        return null;
    }

    /// <summary>Adds variables, or replaces them.</summary>
    /// <param name="marked">As in <see cref="Read"/>.</param>
    public void Set(IReadOnlyList<KeyValuePair<string, string>> variables, bool marked)
    {
        Block = With((byte**)Block, variables, "");
        Whole = With((byte**)Whole, variables, marked ? VariableMark.ToString() : "");
    }

    /// <summary>
    /// Other variables in the place of all; what is no variable of the service stays.
    /// </summary>
    /// <param name="block">NAME=VALUE, each with a NUL, the list with a null; never freed.</param>
    /// <param name="marked">As in <see cref="Read"/>.</param>
    internal void Replace(nint block, bool marked)
    {
        Block = block;
        if (!marked)
        {
            Whole = block;
            return;
        }

        byte** old = (byte**)Whole;
        byte** given = (byte**)block;
        int count = 0;
        int kept = 0;
        while (old[count] != null)
            count++;
        int added = 0;
        while (given[added] != null)
            added++;
        byte** whole = (byte**)NativeMemory.AllocZeroed(
            (nuint)(count + added + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < count; i++)
        {
            if (old[i][0] != VariableMark)
                whole[kept++] = old[i];
        }

        for (int i = 0; i < added; i++)
        {
            whole[kept++] = (byte*)Marshal.StringToCoTaskMemUTF8(
                VariableMark + Marshal.PtrToStringUTF8((nint)given[i]));
        }

        Whole = (nint)whole;
    }

    private static nint With(
        byte** old, IReadOnlyList<KeyValuePair<string, string>> variables, string mark)
    {
        int count = 0;
        while (old[count] != null)
            count++;
        byte** block = (byte**)NativeMemory.AllocZeroed(
            (nuint)(count + variables.Count + 1), (nuint)sizeof(byte*));
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (!IsAny(variables, old[i] + mark.Length))
                block[kept++] = old[i];
        }

        foreach ((string name, string value) in variables)
            block[kept++] = (byte*)Marshal.StringToCoTaskMemUTF8($"{mark}{name}={value}");
        return (nint)block;
    }

    private static bool IsAny(IReadOnlyList<KeyValuePair<string, string>> variables, byte* entry)
    {
        ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry);
        foreach ((string name, _) in variables)
        {
            byte[] key = Encoding.UTF8.GetBytes(name + "=");
            if (text.StartsWith(key))
                return true;
        }

        return false;
    }

    private static byte** Given() => *(byte***)NativeLibrary.GetExport(
        NativeLibrary.GetMainProgramHandle(), "environ");
}
