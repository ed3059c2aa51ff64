using InitTx.Cli;
using InitTx.Cli.Hosting;

// argv[0] decides who is called: one binary answers as initx, systemctl, halt, poweroff …
CliHost host = CliHost.OfProcess();
int code = Invocation.Run(Environment.GetCommandLineArgs()[0], args, host);
host.Flush();
return code;
