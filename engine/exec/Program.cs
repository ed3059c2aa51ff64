using InitTx.Exec;
using InitTx.Exec.Serve;
using InitTx.Exec.Setup;

return args switch
{
    ["--version"] => Usage.Version(),
    ["--help"] or ["-h"] => Usage.Help(),
    ["--serve", string fd] => PrepareServer.Run(fd),
    [] => Usage.Wrong("nothing to do"),
    _ => ChildSetup.Run(args),
};
