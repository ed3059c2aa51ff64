using System.Runtime.InteropServices;

namespace InitTx.Linux;

/// <summary>
/// What a system call returned: a value of at least 0, or an <see cref="Errno"/>. Errors of the
/// world are values; nothing in this assembly throws for them.
/// </summary>
/// <param name="Raw">The value, or the negated errno, as the kernel itself encodes it.</param>
public readonly record struct SysResult(long Raw)
{
    /// <summary>Success without a value.</summary>
    public static readonly SysResult Ok;

    /// <summary>True when the call failed.</summary>
    public bool IsError => Raw < 0;

    /// <summary>True when the call succeeded.</summary>
    public bool IsOk => Raw >= 0;

    /// <summary>The errno, or <see cref="Errno.None"/>.</summary>
    public Errno Error => Raw < 0 ? (Errno)(int)-Raw : Errno.None;

    /// <summary>
    /// The value as an int: a descriptor, a pid, a byte count; meaningless on error.
    /// </summary>
    public int Value => (int)Raw;

    /// <summary>A failure.</summary>
    public static SysResult Fail(Errno error) => new(-(long)error);

    /// <summary>
    /// Turns libc's -1 and errno into a result. Call it right after the P/Invoke.
    /// </summary>
    internal static SysResult Of(long returned) => returned >= 0
        ? new SysResult(returned)
        : new SysResult(-(long)Marshal.GetLastSystemError());

    /// <summary>The number, or the errno's name and text.</summary>
    public override string ToString() => IsError ? Error.Describe() : Raw.ToString(
        System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>An object of the kernel, or why there is none, in words that can be shown.</summary>
/// <param name="Value">Set when <see cref="IsOk"/>; the caller owns it.</param>
/// <param name="Error">The errno, or <see cref="Errno.None"/>.</param>
/// <param name="What">The call and its object ("bind /run/x.sock"); for messages.</param>
public readonly record struct SysResult<T>(T? Value, Errno Error, string What)
    where T : class
{
    /// <summary>True when there is a value.</summary>
    public bool IsOk => Error == Errno.None;

    /// <summary>True when the call failed.</summary>
    public bool IsError => Error != Errno.None;

    /// <summary>The failure in words: what was tried and errno.</summary>
    public string Message => IsOk ? "ok" : $"{What}: {Error.Describe()}";

    /// <summary>Success.</summary>
    public static SysResult<T> Ok(T value) => new(value, Errno.None, "");

    /// <summary>Failure of <paramref name="what"/>.</summary>
    public static SysResult<T> Fail(Errno error, string what) => new(null, error, what);

    /// <summary>Failure of <paramref name="what"/>.</summary>
    public static SysResult<T> Fail(SysResult result, string what) => new(null, result.Error, what);

    /// <summary>The value. A bug in the caller when there is none.</summary>
    public T Require() => Value ?? throw new InvalidOperationException(Message);
}
