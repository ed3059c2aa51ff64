using InitTx.Journal.Tests;

// The tests start this assembly as a program to have a writer that they can kill.
return args is ["write-until-killed", string directory]
    ? KilledWriter.Run(directory)
    : 2;
