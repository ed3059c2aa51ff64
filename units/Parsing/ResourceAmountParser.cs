using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Values of systemd.resource-control(5). All are total: false for what they do not know.
/// </summary>
public static class ResourceAmountParser
{
    private const int MostProcessors = 8192;

    /// <summary>
    /// <c>15%</c>, <c>12.5%</c>, <c>1.5‰</c> or <c>7‱</c> as ten-thousandths, without an upper
    /// bound but that of an int.
    /// </summary>
    public static bool TryPermyriad(ReadOnlySpan<char> text, out ulong permyriad)
    {
        permyriad = 0;
        if (text.IsEmpty)
            return false;
        (int places, int scale) = text[^1] switch
        {
            '%' => (2, 100),
            '\u2030' => (1, 10),
            '\u2031' => (0, 1),
            _ => (-1, 0),
        };
        if (places < 0)
            return false;
        text = text[..^1];
        int rest = 0;
        int dot = text.IndexOf('.');
        if (dot >= 0)
        {
            if (!TryPlaces(text[(dot + 1)..], places, out rest))
                return false;
            text = text[..dot];
        }

        if (!Numbers.TrySigned(text, 0, (int.MaxValue - rest) / scale, out long whole))
            return false;
        permyriad = ((ulong)whole * (ulong)scale) + (ulong)rest;
        return true;
    }

    /// <summary>Bytes with suffixes to the base 1024, or a part of all; <c>infinity</c>.</summary>
    public static bool TryMemory(string text, out ResourceAmount amount)
    {
        amount = ResourceAmount.Infinity;
        if (text is "infinity")
            return true;
        if (TryShare(text, out amount))
            return true;
        bool valid = ByteSizeParser.TryParse(text, out ulong bytes) && bytes < ulong.MaxValue;
        amount = new ResourceAmount(bytes, false);
        return valid;
    }

    /// <summary>A number above 0, a part of all, or <c>infinity</c>.</summary>
    public static bool TryTasks(string text, out ResourceAmount amount)
    {
        amount = ResourceAmount.Infinity;
        if (text is "infinity")
            return true;
        if (TryShare(text, out amount))
            return true;
        bool valid = Numbers.TryUnsigned(text, out ulong tasks)
            && tasks is > 0 and < ulong.MaxValue;
        amount = new ResourceAmount(tasks, false);
        return valid;
    }

    /// <summary>
    /// Processors or memory nodes: numbers and ranges, apart by blanks or commas.
    /// </summary>
    /// <param name="list">Added to what is in it; unchanged when false.</param>
    /// <param name="reversed">A range that ends before it begins: left out, not an error.</param>
    public static bool TryProcessors(string text, ref string list, out string? reversed)
    {
        reversed = null;
        var all = new bool[MostProcessors];
        if (!Mark(list, all, ref reversed) || !Mark(text, all, ref reversed))
            return false;
        list = Ranges(all);
        return true;
    }

    /// <summary>The name of a controller as systemd writes it, or None.</summary>
    public static CgroupControllers Controller(string name) => name switch
    {
        "cpu" => CgroupControllers.Cpu,
        "cpuacct" => CgroupControllers.CpuAcct,
        "cpuset" => CgroupControllers.Cpuset,
        "io" => CgroupControllers.Io,
        "blkio" => CgroupControllers.BlkIo,
        "memory" => CgroupControllers.Memory,
        "devices" => CgroupControllers.Devices,
        "pids" => CgroupControllers.Pids,
        "bpf-firewall" => CgroupControllers.BpfFirewall,
        "bpf-devices" => CgroupControllers.BpfDevices,
        "bpf-foreign" => CgroupControllers.BpfForeign,
        "bpf-socket-bind" => CgroupControllers.BpfSocketBind,
        "bpf-restrict-network-interfaces" => CgroupControllers.BpfRestrictNetworkInterfaces,
        _ => CgroupControllers.None,
    };

    private static bool TryShare(string text, out ResourceAmount amount)
    {
        bool valid = TryPermyriad(text, out ulong share) && share <= ResourceAmount.Whole;
        amount = new ResourceAmount(share, true);
        return valid;
    }

    private static bool TryPlaces(ReadOnlySpan<char> digits, int places, out int value)
    {
        value = 0;
        if (digits.IsEmpty || digits.Length > places)
            return false;
        for (int i = 0; i < places; i++)
        {
            if (i < digits.Length && !char.IsAsciiDigit(digits[i]))
                return false;
            value = (value * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        }

        return true;
    }

    private static bool Mark(string text, bool[] all, ref string? reversed)
    {
        var words = new WordSplitter(text.Replace(',', ' '), WordRules.Unquote);
        while (true)
        {
            WordResult result = words.Next();
            if (result == WordResult.End)
                return true;
            if (result == WordResult.Unbalanced)
                return false;
            string word = words.Word;
            if (word.Length == 0)
                continue;
            int dash = word.IndexOf('-', StringComparison.Ordinal);
            int end = dash < 0 ? word.Length : dash;
            if (!Numbers.TryUnsigned(word.AsSpan(0, end), out ulong first))
                return false;
            ulong last = first;
            if (dash >= 0 && !Numbers.TryUnsigned(word.AsSpan(dash + 1), out last))
                return false;
            if (first > last)
            {
                reversed = word;
                continue;
            }

            if (last >= MostProcessors)
                return false;
            for (ulong i = first; i <= last; i++)
                all[i] = true;
        }
    }

    private static string Ranges(bool[] all)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < all.Length; i++)
        {
            if (!all[i])
                continue;
            int first = i;
            while (i + 1 < all.Length && all[i + 1])
                i++;
            text.Append(text.Length == 0 ? "" : ",").Append(first);
            if (i > first)
                text.Append('-').Append(i);
        }

        return text.ToString();
    }
}
