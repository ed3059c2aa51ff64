using InitTx.Archive;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Machine;

switch (args)
{
    case ["--version"]:
        Console.Out.WriteLine(
            $"initx-archive {typeof(Options).Assembly.GetName().Version?.ToString(3)}");
        return 0;
    case ["--help"] or ["-h"]:
        Console.Out.WriteLine(Options.Help);
        return 0;
}

if (Options.Parse(args, out string problem) is not { } options)
{
    Console.Error.WriteLine($"initx-archive: {problem}");
    Console.Error.WriteLine("  see: initx-archive --help");
    return 2;
}

ProcessSettings.SetName("initx-archive"u8);
ProcessSettings.GoToRoot();
ProcessSettings.SetUmask(0b000_010_111);
SysResult<EventLoop> loop = EventLoop.Create();
if (loop.IsError)
{
    Console.Error.WriteLine($"initx-archive: {loop.Message}");
    return 1;
}

var descriptor = new FileDescriptor(options.Descriptor);
descriptor.SetNonBlocking(true);
descriptor.SetCloseOnExec(true);
using var manager = new MessageChannel(descriptor);
using var service = new ArchiveService(options, loop.Require(), manager);
return service.Run();
