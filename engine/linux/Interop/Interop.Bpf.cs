using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>bpf(2), as far as programs on a control group need it.</summary>
internal static unsafe partial class Libc
{
    internal const long SYS_bpf = 321;
    internal const long BPF_MAP_CREATE = 0;
    internal const long BPF_MAP_UPDATE_ELEM = 2;
    internal const long BPF_PROG_LOAD = 5;
    internal const long BPF_PROG_ATTACH = 8;
    internal const long BPF_PROG_DETACH = 9;
    internal const long BPF_PROG_GET_FD_BY_ID = 13;
    internal const long BPF_OBJ_GET_INFO_BY_FD = 15;
    internal const long BPF_PROG_QUERY = 16;
    internal const uint BPF_PROG_TYPE_CGROUP_SKB = 8;
    internal const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    internal const uint BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18;
    internal const uint BPF_CGROUP_INET_INGRESS = 0;
    internal const uint BPF_CGROUP_INET_EGRESS = 1;
    internal const uint BPF_CGROUP_DEVICE = 6;
    internal const uint BPF_CGROUP_INET4_BIND = 8;
    internal const uint BPF_CGROUP_INET6_BIND = 9;
    internal const uint BPF_F_ALLOW_MULTI = 2;
    internal const uint BPF_F_REPLACE = 4;

    /// <summary>union bpf_attr, the part of BPF_PROG_LOAD.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramLoad
    {
        internal uint Type;
        internal uint Count;
        internal byte* Instructions;
        internal byte* License;
        internal uint LogLevel;
        internal uint LogSize;
        internal byte* Log;
        internal uint KernelVersion;
        internal uint Flags;
        internal fixed byte Name[16];
        internal uint Interface;
        internal uint ExpectedPlace;
    }

    /// <summary>union bpf_attr, the part of BPF_MAP_CREATE.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MapCreate
    {
        internal uint Type;
        internal uint KeySize;
        internal uint ValueSize;
        internal uint MostEntries;
        internal uint Flags;
    }

    /// <summary>union bpf_attr, the part of BPF_MAP_UPDATE_ELEM.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MapUpdate
    {
        internal uint Map;
        internal byte* Key;
        internal byte* Value;
        internal ulong Flags;
    }

    /// <summary>union bpf_attr, the part of BPF_OBJ_GET_INFO_BY_FD.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ObjectInfo
    {
        internal uint Object;
        internal uint Size;
        internal byte* Info;
    }

    /// <summary>union bpf_attr, the part of BPF_PROG_ATTACH.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramAttach
    {
        internal uint Target;
        internal uint Program;
        internal uint Type;
        internal uint Flags;
        internal uint Replaced;
        internal uint Reserved;
    }

    /// <summary>union bpf_attr, the part of BPF_PROG_QUERY.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramQuery
    {
        internal uint Target;
        internal uint Type;
        internal uint QueryFlags;
        internal uint AttachFlags;
        internal uint* Ids;
        internal uint Count;
        internal uint Reserved;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_bpf(
        long number, long command, void* attributes, nuint size);
}
