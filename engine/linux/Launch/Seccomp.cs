using System.Text;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>What a filter answers to a system call.</summary>
public readonly record struct FilterAction(uint Value)
{
    // seccomp.h of libseccomp; the values are the kernel's SECCOMP_RET_*.
    public static readonly FilterAction Kill = new(0x80000000);
    public static readonly FilterAction Log = new(0x7FFC0000);
    public static readonly FilterAction Allow = new(0x7FFF0000);

    /// <summary>The call fails with this errno, 1 to 4095.</summary>
    public static FilterAction Fail(int errno) => new(0x00050000u | (uint)(errno & 0xFFFF));
}

/// <summary>How an argument is compared.</summary>
public enum CompareBy : uint
{
    NotEqual = 1,
    Less = 2,
    Equal = 4,
    Greater = 6,

    /// <summary>argument &amp; A == B.</summary>
    Masked = 7,
}

/// <summary>A condition on one argument of a system call.</summary>
public readonly record struct ArgumentTest(uint Argument, CompareBy By, ulong A, ulong B = 0);

/// <summary>
/// One seccomp filter under construction, for one or more architectures; libseccomp does the work.
/// For initx-exec only. Dispose frees what libseccomp holds.
/// </summary>
public sealed unsafe class SeccompFilter : IDisposable
{
    /// <summary>AUDIT_ARCH_* of what an x86-64 kernel may run, as libseccomp has them.</summary>
    public const uint X8664 = 0xC000003E;
    public const uint X86 = 0x40000003;
    public const uint X32 = 0x4000003E;

    private const uint BadArchitecture = 2; // SCMP_FLTATR_ACT_BADARCH
    private const int NoSuchCall = -1;      // __NR_SCMP_ERROR

    private readonly nint _context;

    private SeccompFilter(nint context) => _context = context;

    /// <summary>
    /// A filter that answers <paramref name="otherwise"/> to what no rule names and lets other
    /// architectures alone. ENOSYS: libseccomp is not installed.
    /// </summary>
    public static SysResult Make(FilterAction otherwise, uint architecture, out SeccompFilter? made)
    {
        made = null;
        nint context;
        try
        {
            context = Libc.seccomp_init(otherwise.Value);
        }
        catch (DllNotFoundException)
        {
            return SysResult.Fail(Errno.ENOSYS);
        }

        if (context == 0)
            return SysResult.Fail(Errno.ENOMEM);
        made = new SeccompFilter(context);
        SysResult result = made.Only(architecture);
        if (result.IsOk)
            result = made.AnswerOtherArchitectures(FilterAction.Allow);
        return result;
    }

    /// <summary>What happens to calls of an architecture that the filter is not for.</summary>
    public SysResult AnswerOtherArchitectures(FilterAction action) =>
        Of(Libc.seccomp_attr_set(_context, BadArchitecture, action.Value));

    /// <summary>Makes the filter be for this architecture too.</summary>
    public SysResult AddArchitecture(uint architecture)
    {
        SysResult result = Of(Libc.seccomp_arch_add(_context, architecture));
        return result.Error == Errno.EEXIST ? SysResult.Ok : result;
    }

    /// <summary>Adds a rule; all tests must hold. An unknown name is ENOENT.</summary>
    public SysResult Add(
        FilterAction action, ReadOnlySpan<char> call, params ReadOnlySpan<ArgumentTest> tests)
    {
        int number = Number(call);
        if (number == NoSuchCall)
            return SysResult.Fail(Errno.ENOENT);
        Libc.SeccompCompare* compares = stackalloc Libc.SeccompCompare[6];
        for (int i = 0; i < tests.Length; i++)
        {
            compares[i].Argument = tests[i].Argument;
            compares[i].Operator = (uint)tests[i].By;
            compares[i].A = tests[i].A;
            compares[i].B = tests[i].B;
        }

        return Of(Libc.seccomp_rule_add_array(
            _context, action.Value, number, (uint)tests.Length, compares));
    }

    /// <summary>
    /// The finished program for <see cref="ProcessImage.LoadFilter"/>: struct sock_filter's.
    /// </summary>
    public SysResult Export(out byte[] program)
    {
        program = [];
        SysResult<FileDescriptor> made = MemFd.Create("filter");
        if (made.IsError)
            return SysResult.Fail(made.Error);
        using FileDescriptor memory = made.Require();
        SysResult result = Of(Libc.seccomp_export_bpf(_context, memory.Number));
        if (result.IsError)
            return result;
        result = Files.Status(memory.Number, out FileStatus status);
        if (result.IsError)
            return result;
        program = new byte[status.Size];
        fixed (byte* start = program)
        {
            return SysResult.Of(Libc.pread(memory.Number, start, (nuint)program.Length, 0));
        }
    }

    public void Dispose() => Libc.seccomp_release(_context);

    /// <summary>The number of an architecture by libseccomp's name; 0 when unknown.</summary>
    public static uint Architecture(string name)
    {
        byte* text = stackalloc byte[64];
        return Files.Encode(name, text).IsError ? 0 : Libc.seccomp_arch_resolve_name(text);
    }

    private SysResult Only(uint architecture)
    {
        SysResult result = AddArchitecture(architecture);
        if (result.IsOk && architecture != X8664)
            result = Of(Libc.seccomp_arch_remove(_context, X8664));
        return result;
    }

    private static int Number(ReadOnlySpan<char> call)
    {
        byte* name = stackalloc byte[128];
        if (call.Length > 100)
            return NoSuchCall;
        int length = Encoding.ASCII.GetBytes(call, new Span<byte>(name, 120));
        name[length] = 0;
        return Libc.seccomp_syscall_resolve_name(name);
    }

    // libseccomp answers with a negative errno itself.
    private static SysResult Of(int result) =>
        result < 0 ? SysResult.Fail((Errno)(-result)) : SysResult.Ok;
}
