using InitTx.Archive;
using InitTx.Archive.Answering;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Control;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
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

if (options.AnswerDescriptor >= 0)
{
    ChildProgram.EndWithParent();
    ProcessSettings.SetName("initx-answer"u8);
    SysResult<ControlListener> listener =
        ControlListener.Adopt(new FileDescriptor(options.AnswerDescriptor));
    if (listener.IsError)
    {
        Console.Error.WriteLine($"initx-archive: {listener.Message}");
        return 1;
    }

    using var answers = new AnswerService(options, loop.Require(), listener.Require());
    return answers.Run();
}

var descriptor = new FileDescriptor(options.Descriptor);
descriptor.SetNonBlocking(true);
descriptor.SetCloseOnExec(true);
using var manager = new MessageChannel(descriptor);
using var service = new ArchiveService(options, loop.Require(), manager);
return service.Run();
