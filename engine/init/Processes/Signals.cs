namespace InitTx.Init.Processes;

/// <summary>Signal numbers of Linux x86-64 that the shell itself needs (signal(7)).</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Child = 17;
    public const int Continue = 18;
}
