namespace InitTx.Linux.Tests.Support;

/// <summary>
/// Runs something where the stack is small: what takes of it by the size of its input ends the test
/// run.
/// </summary>
internal static class SmallStack
{
    private const int Bytes = 256 << 10;

    public static T Run<T>(Func<T> function)
    {
        T result = default!;
        var thread = new Thread(() => result = function(), Bytes);
        thread.Start();
        thread.Join();
        return result;
    }
}
