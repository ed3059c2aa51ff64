namespace InitTx.Exec;

/// <summary>What the program says about itself.</summary>
internal static class Usage
{
    /// <summary>EXIT_INVALIDARGUMENT of systemd.exec(5) is 2 as everywhere.</summary>
    public const int WrongStatus = 2;

    private const string Text =
        """
        usage: initx-exec --serve FD
               initx-exec --bus FD SOCKET
               initx-exec --bus-activation SOCKET INITX
               initx-exec --logger --socket=FD --boot=ID [--dir=PATH] [OPTION]...
               initx-exec [OPTION]... -- PROGRAM ARG0 [ARG]...
               initx-exec --unmount-all
               initx-exec --expire-automount DEVICE PATH
               initx-exec --version | --help

        --serve FD                 answer PID 1's questions on a SOCK_SEQPACKET socket
        --bus FD SOCKET            follow names on that message bus for PID 1
        --bus-activation           start the services that a message bus asks for, by INITX
        --logger                   keep the output of services: LogTarget= in initx.conf(5)
        --unmount-all              the last stage of a shutdown
        --expire-automount         ask the kernel whether an automount's file system is unused
        --mount-point=MODE:PATH    made first when it is missing; also --make-directory=
        --oom-score-adj=N          -1000 to 1000
        --stdin-file=PATH          also --stdout-file=, --stdout-append=, --stdout-truncate=,
                                   --stderr-file=, --stderr-append=, --stderr-truncate=
        --groups=N,N --gid=N --uid=N
        --no-new-privileges
        --default-sigpipe          SIGPIPE ends the program; without it, it is ignored
        --search                   PROGRAM may be a bare name, looked up on the fixed path
        --DIRECTIVE=VALUE          a directive of systemd.exec(5); engine/exec/README.md lists them
        """;

    public static int Help()
    {
        Console.Out.WriteLine(Text);
        return 0;
    }

    public static int Version()
    {
        Console.Out.WriteLine(
            $"initx-exec {typeof(Usage).Assembly.GetName().Version?.ToString(3)}");
        return 0;
    }

    public static int Wrong(string why)
    {
        Console.Error.WriteLine($"initx-exec: {why}");
        Console.Error.WriteLine(Text);
        return WrongStatus;
    }
}
