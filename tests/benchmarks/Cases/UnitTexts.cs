using System.Globalization;
using System.Text;

namespace InitTx.Benchmarks.Cases;

/// <summary>Unit files of the workloads.</summary>
internal static class UnitTexts
{
    public static string Service(int slot, string extra = "") => FormattableString.Invariant(
        $"""
        [Unit]
        DefaultDependencies=no
        {extra}
        [Service]
        ExecStart=/bench/stamp /run/bench-stamps {slot}
        Restart=always
        RestartSec=0
        StandardOutput=null

        """);

    public static string Name(int slot) => string.Create(CultureInfo.InvariantCulture, $"s{slot:00000}.service");

    /// <summary>Independent services below the boot goal.</summary>
    public static Dictionary<string, string> Independent(int count) => With(count, static _ => "StartLimitBurst=1000000");

    /// <summary>Each requires and follows the one before.</summary>
    public static Dictionary<string, string> Chain(int count) => With(
        count, static i => i == 0 ? "" : $"Requires={Name(i - 1)}\nAfter={Name(i - 1)}");

    /// <summary>Layers in which each unit follows all of the layer before.</summary>
    public static Dictionary<string, string> Layers(int layers, int width) => With(layers * width, i =>
    {
        int layer = i / width;
        if (layer == 0)
            return "";
        IEnumerable<string> before = Enumerable.Range((layer - 1) * width, width).Select(Name);
        return $"Requires={string.Join(' ', before)}\nAfter={string.Join(' ', before)}";
    });

    private static Dictionary<string, string> With(int count, Func<int, string> extra)
    {
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        var goal = new StringBuilder("[Unit]\nDefaultDependencies=no\n");
        for (int i = 0; i < count; i++)
        {
            units[Name(i)] = Service(i, extra(i));
            goal.Append("Wants=").Append(Name(i)).Append('\n');
        }

        units["default.target"] = goal.ToString();
        return units;
    }
}
