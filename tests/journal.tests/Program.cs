using InitTx.Journal.Tests;
using InitTx.Journal.Tests.Archive;

// The tests start this assembly as a program to have a writer that they can kill.
return args switch
{
    ["write-until-killed", string directory] => KilledWriter.Run(directory),
    ["archive-until-killed", string directory] => OnceOnlyTests.Run(directory),
    _ => 2,
};
