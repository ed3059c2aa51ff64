using System.Globalization;

namespace InitTx.Exec.Logging;

/// <summary>
/// <c>LogRateLimitIntervalSec=</c> and <c>LogRateLimitBurst=</c> (systemd.exec(5)) of one unit: so
/// many lines in each interval, and a remark that says how many were left out. Pure but for what
/// it remembers.
/// </summary>
internal sealed class LogRate(long intervalUs, int burst)
{
    private long _until = long.MinValue;
    private long _taken;
    private long _left;

    private bool IsLimited => intervalUs > 0 && burst > 0;

    /// <summary>True when one more line may be kept now.</summary>
    /// <param name="nowUs">CLOCK_BOOTTIME microseconds.</param>
    public bool Allows(long nowUs)
    {
        if (!IsLimited)
            return true;
        if (nowUs >= _until)
        {
            _until = nowUs + intervalUs;
            _taken = 0;
        }

        if (_taken < burst)
        {
            _taken++;
            return true;
        }

        _left++;
        return false;
    }

    /// <summary>What was left out in an interval that is over; null for nothing.</summary>
    /// <param name="last">The process has ended: say it now.</param>
    public string? TakeRemark(long nowUs, bool last)
    {
        if (_left == 0 || (!last && nowUs < _until))
            return null;
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{_left} lines were left out: more than LogRateLimitBurst={burst} in "
            + $"LogRateLimitIntervalSec={intervalUs / 1e6}");
        _left = 0;
        return text;
    }
}
