using InitTx.Exec;
using InitTx.Exec.Automounts;
using InitTx.Exec.Bus;
using InitTx.Exec.Logging;
using InitTx.Exec.Serve;
using InitTx.Exec.Setup;
using InitTx.Exec.Unmount;

return args switch
{
    ["--version"] => Usage.Version(),
    ["--help"] or ["-h"] => Usage.Help(),
    ["--serve", string fd] => PrepareServer.Run(fd),
    ["--bus", string fd, string socket] => BusServer.Run(fd, socket),
    ["--bus-activation", string socket, string initx] => ActivationServer.Run(socket, initx),
    ["--logger", .. string[] options] => LogServer.Run(options),
    ["--unmount-all"] => UnmountAll.Run(),
    ["--expire-automount", string device, string path] => ExpireAutomount.Run(device, path),
    [] => Usage.Wrong("nothing to do"),
    _ => ChildSetup.Run(args),
};
