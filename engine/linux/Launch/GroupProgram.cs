using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// A program of ours on a control group (bpf(2), BPF_PROG_ATTACH), one for each name: another of
/// the name replaces it, in one step, and those of others in the same group stay
/// (BPF_F_ALLOW_MULTI: what one of them forbids is forbidden). Needs CAP_BPF and CAP_NET_ADMIN, or
/// CAP_SYS_ADMIN.
/// </summary>
/// <param name="Type">BPF_PROG_TYPE_*.</param>
/// <param name="Place">BPF_CGROUP_*: where it is asked.</param>
/// <param name="Name">At most 15 letters, digits and underscores.</param>
internal sealed unsafe record GroupProgram(uint Type, uint Place, string Name)
{
    private const int MostPrograms = 64; // BPF_CGROUP_MAX_PROGS
    private const int InfoSize = 128;
    private const int NameAt = 64;       // struct bpf_prog_info
    private const int NameSize = 16;

    // Another process of the same unit may be at it in the same moment.
    private const int Tries = 8;

    /// <summary>Loads and attaches; EPERM, ENOSYS or EINVAL where that is not to be had.</summary>
    public SysResult Attach(string cgroup, byte[] instructions)
    {
        SysResult<FileDescriptor> opened = Directories.Open(cgroup);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor group = opened.Require();
        SysResult loaded = Load(instructions);
        if (loaded.IsError)
            return loaded;
        using FileDescriptor program = new(loaded.Value);
        SysResult result = SysResult.Ok;
        for (int i = 0; i < Tries; i++)
        {
            List<FileDescriptor> before = Ours(group);
            result = Attach(group, program, before.Count > 0 ? before[0] : null);
            for (int k = 0; k < before.Count; k++)
            {
                if (k > 0 && result.IsOk)
                    Detach(group, before[k]);
                before[k].Dispose();
            }

            if (result.IsOk || before.Count == 0)
                break;
        }

        return result;
    }

    private SysResult Load(byte[] instructions)
    {
        fixed (byte* start = instructions)
        fixed (byte* license = "GPL\0"u8)
        {
            Libc.ProgramLoad load = new()
            {
                Type = Type,
                Count = (uint)instructions.Length / 8,
                Instructions = start,
                License = license,
                ExpectedPlace = Type == Libc.BPF_PROG_TYPE_CGROUP_SOCK_ADDR ? Place : 0,
            };
            for (int i = 0; i < Name.Length; i++)
                load.Name[i] = (byte)Name[i];
            return Bpf(Libc.BPF_PROG_LOAD, &load, sizeof(Libc.ProgramLoad));
        }
    }

    private SysResult Attach(FileDescriptor group, FileDescriptor program, FileDescriptor? before)
    {
        Libc.ProgramAttach attach = new()
        {
            Target = (uint)group.Number,
            Program = (uint)program.Number,
            Type = Place,
            Flags = Libc.BPF_F_ALLOW_MULTI | (before is null ? 0 : Libc.BPF_F_REPLACE),
            Replaced = (uint)(before?.Number ?? 0),
        };
        return Bpf(Libc.BPF_PROG_ATTACH, &attach, sizeof(Libc.ProgramAttach));
    }

    private void Detach(FileDescriptor group, FileDescriptor program)
    {
        Libc.ProgramAttach detach = new()
        {
            Target = (uint)group.Number,
            Program = (uint)program.Number,
            Type = Place,
        };
        Bpf(Libc.BPF_PROG_DETACH, &detach, sizeof(Libc.ProgramAttach));
    }

    private List<FileDescriptor> Ours(FileDescriptor group)
    {
        uint* ids = stackalloc uint[MostPrograms];
        Libc.ProgramQuery query = new()
        {
            Target = (uint)group.Number,
            Type = Place,
            Ids = ids,
            Count = MostPrograms,
        };
        var ours = new List<FileDescriptor>();
        if (Bpf(Libc.BPF_PROG_QUERY, &query, sizeof(Libc.ProgramQuery)).IsError)
            return ours;
        uint* byId = stackalloc uint[4];
        for (int i = 0; i < query.Count && i < MostPrograms; i++)
        {
            new Span<uint>(byId, 4).Clear();
            byId[0] = ids[i];
            SysResult got = Bpf(Libc.BPF_PROG_GET_FD_BY_ID, byId, 4 * sizeof(uint));
            if (got.IsError)
                continue;
            var program = new FileDescriptor(got.Value);
            if (IsNamed(program))
                ours.Add(program);
            else
                program.Dispose();
        }

        return ours;
    }

    private bool IsNamed(FileDescriptor program)
    {
        byte* info = stackalloc byte[InfoSize];
        new Span<byte>(info, InfoSize).Clear();
        Libc.ObjectInfo asked = new()
        {
            Object = (uint)program.Number,
            Size = InfoSize,
            Info = info,
        };
        if (Bpf(Libc.BPF_OBJ_GET_INFO_BY_FD, &asked, sizeof(Libc.ObjectInfo)).IsError)
            return false;
        ReadOnlySpan<byte> name = new(info + NameAt, NameSize);
        int end = name.IndexOf((byte)0);
        return end == Name.Length && System.Text.Encoding.ASCII.GetString(name[..end]) == Name;
    }

    private static SysResult Bpf(long command, void* attributes, int size) => SysResult.Of(
        Libc.syscall_bpf(Libc.SYS_bpf, command, attributes, (nuint)size));
}
