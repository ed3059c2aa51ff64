using System.Globalization;
using System.Reflection;
using System.Text;
using InitTx.Linux.Interop;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Interop;

/// <summary>Every constant, errno and structure against what the C compiler says.</summary>
[TestFixture]
public sealed class LibcConstantsTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <string.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <sched.h>
        #include <signal.h>
        #include <time.h>
        #include <unistd.h>
        #include <poll.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ipc.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/reboot.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statfs.h>
        #include <sys/swap.h>
        #include <sys/syscall.h>
        #include <sys/timerfd.h>
        #include <sys/un.h>
        #include <sys/utsname.h>
        #include <sys/wait.h>
        #include <net/if.h>
        #include <netinet/in.h>
        #include <netinet/tcp.h>
        #include <linux/auto_dev-ioctl.h>
        #include <linux/auto_fs.h>
        #include <linux/close_range.h>
        #include <linux/magic.h>
        #include <linux/loop.h>
        #include <linux/kcmp.h>
        #include <linux/memfd.h>
        #include <linux/openat2.h>
        #include <linux/bpf.h>
        #include <linux/capability.h>
        #include <linux/ioprio.h>
        #include <linux/kd.h>
        #include <linux/keyctl.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <termios.h>

        """;

    /// <summary>
    /// Newer than the reference system's headers, or not in those that go together; the value is
    /// from the kernel's own.
    /// </summary>
    private static readonly Dictionary<string, string> NewerThanHeaders = new()
    {
        ["SO_PEERPIDFD"] = "77",
        ["SO_PASSRIGHTS"] = "83",
        ["SO_PASSPIDFD"] = "76",
        ["SCM_PIDFD"] = "4",
        ["MFD_NOEXEC_SEAL"] = "8",
        ["MFD_EXEC"] = "16",
        ["F_SEAL_EXEC"] = "32",
        ["RAMFS_MAGIC"] = "0x858458f6",
        ["FSOPEN_CLOEXEC"] = "1",
        ["FSCONFIG_SET_FLAG"] = "0",
        ["STATX_ATTR_MOUNT_ROOT"] = "0x2000",
        ["RB_KEXEC"] = "0x45584543",
        ["RB_RESTART2"] = "0xA1B2C3D4",
        ["REBOOT_MAGIC1"] = "0xFEE1DEAD",
        ["REBOOT_MAGIC2"] = "672274793",
    };

    [Test]
    public void Every_constant_has_the_value_the_c_compiler_knows()
    {
        var constants = typeof(Libc)
            .GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            .Where(field => field.IsLiteral)
            .ToDictionary(
                field => field.Name,
                field => Convert.ToInt64(
                    field.GetRawConstantValue() is ulong big ? unchecked((long)big)
                    : field.GetRawConstantValue() is nuint native ? (long)native
                    : field.GetRawConstantValue(),
                    CultureInfo.InvariantCulture));
        Assert.That(constants, Has.Count.GreaterThan(50));
        var program = new StringBuilder(Headers);
        foreach (var (name, value) in NewerThanHeaders)
            program.Append(
                CultureInfo.InvariantCulture, $"#ifndef {name}\n#define {name} {value}\n#endif\n");
        program.Append("int main(void) {\n");
        foreach (string name in constants.Keys)
            program.Append(CultureInfo.InvariantCulture,
                $"printf(\"{name}=%lld\\n\", (long long)({name}));\n");
        program.Append("return 0; }\n");
        var actual = RunC(program.ToString());
        Assert.Multiple(() =>
        {
            foreach (var (name, value) in constants)
            {
                // A flag in bit 31 may be spelled signed on one side.
                long expected = long.Parse(actual[name], CultureInfo.InvariantCulture);
                Assert.That(
                    value == expected || (uint)value == (uint)expected,
                    Is.True,
                    $"{name} is {value} here and {expected} in C");
            }
        });
    }

    [Test]
    public void Every_errno_has_the_number_name_and_text_of_libc()
    {
        var program = new StringBuilder(Headers).Append("int main(void) {\n");
        var known = Enum.GetValues<Errno>();
        foreach (var error in known.Where(error => error != Errno.None))
            program.Append(
                CultureInfo.InvariantCulture,
                $"printf(\"{error.Name()}=%d %s\\n\", {error.Name()}, "
                    + $"strerror({error.Name()}));\n");
        program.Append("return 0; }\n");
        var actual = RunC(program.ToString());
        Assert.Multiple(() =>
        {
            foreach (var error in known.Where(error => error != Errno.None))
                Assert.That(
                    $"{(int)error} {error.Text()}", Is.EqualTo(actual[error.Name()]), error.Name());
        });
        Assert.That(((Errno)4095).Name(), Is.EqualTo("errno 4095"));
    }

    [Test]
    public void Every_structure_has_the_layout_of_c()
    {
        var program = new StringBuilder(Headers).Append("int main(void) {\n");
        foreach (var layout in LibcLayouts.All)
        {
            program.Append(
                CultureInfo.InvariantCulture,
                $"printf(\"{layout.Type}=%zu\\n\", sizeof({layout.Type}));\n");
            foreach (var (_, member, _) in layout.Fields)
                program.Append(
                    CultureInfo.InvariantCulture,
                    $"printf(\"{layout.Type}.{member}=%zu\\n\", "
                        + $"offsetof({layout.Type}, {member}));\n");
        }

        program.Append("return 0; }\n");
        var actual = RunC(program.ToString());
        Assert.Multiple(() =>
        {
            foreach (var layout in LibcLayouts.All)
            {
                Assert.That(
                    layout.Size.ToString(CultureInfo.InvariantCulture),
                    Is.EqualTo(actual[layout.Type]),
                    "size of " + layout.Type);
                foreach (var (field, member, offset) in layout.Fields)
                    Assert.That(
                        offset.ToString(CultureInfo.InvariantCulture),
                        Is.EqualTo(actual[$"{layout.Type}.{member}"]),
                        $"offset of {field} in {layout.Type}");
            }
        });
    }

    private static Dictionary<string, string> RunC(string source)
    {
        string directory = Directory.CreateTempSubdirectory("initx-c-").FullName;
        try
        {
            string file = Path.Combine(directory, "program.c");
            File.WriteAllText(file, source);
            string binary = Path.Combine(directory, "program");
            var compiled = TestChild.Run("/usr/bin/gcc", "-w", "-o", binary, file);
            Assert.That(compiled.Code, Is.Zero, compiled.Output);
            var run = TestChild.Run(binary);
            Assert.That(run.Code, Is.Zero, run.Output);
            return run.Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('=', 2))
                .ToDictionary(parts => parts[0], parts => parts[1]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
