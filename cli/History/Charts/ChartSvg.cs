using System.Globalization;
using System.Security;
using InitTx.Cli.Rendering;

namespace InitTx.Cli.History.Charts;

/// <summary>
/// A chart as one SVG document: no script, no link, no font of its own, nothing but the rows in
/// it, so that the same rows give the same bytes. Names are cleaned, cut and escaped.
/// </summary>
internal sealed class ChartSvg(Chart chart, string zone, Func<long, string> stamp)
{
    private const int Width = 1_240;
    private const int Left = 330;
    private const int Right = 150;
    private const int Top = 132;
    private const int RowHeight = 20;
    private const int BarHeight = 12;
    private const int Bottom = 44;
    private const int LabelChars = 44;
    private const int TitleChars = 110;
    private const int TipChars = 400;
    private const int TextChars = 200;

    private const string Style = """
        text{font:12px 'DejaVu Sans',Verdana,sans-serif;fill:#24292f}
        .t{font-size:19px;font-weight:bold}.f{fill:#57606a}.n{text-anchor:end}
        .k{font-weight:bold;fill:#9a3412}.a{font-size:11px;fill:#57606a;text-anchor:middle}
        .g{stroke:#d8dee4;stroke-width:1}.z{fill:#f6f8fa}
        .p0{fill:#ccd3da}.p1{fill:#f0a93b}.p2{fill:#8ccf9c}.p3{fill:#9db7d9}.p4{fill:#d1453b}
        .c{fill:none;stroke:#9a3412;stroke-width:1.6}.e{fill:none;stroke:#57606a;stroke-width:1}
        .x{fill:#d1453b;stroke:#d1453b;stroke-width:1}.b{fill:#b3261e}
        """;

    private readonly StringWriter _out = new(CultureInfo.InvariantCulture) { NewLine = "\n" };

    /// <summary>The whole document.</summary>
    public string Draw()
    {
        int rows = chart.Bars.Count;
        int height = Top + (rows * RowHeight) + Bottom + (chart.LeftOut > 0 ? RowHeight : 0);
        _out.WriteLine(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" "
            + $"viewBox=\"0 0 {Width} {height}\" role=\"img\">");
        _out.WriteLine($"<title>{Escape(ChartWords.Title(chart), TitleChars)}</title>");
        _out.WriteLine($"<style>{Style}</style>");
        _out.WriteLine($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        Head();
        Grid(rows);
        for (int i = 0; i < rows; i++)
            Bar(chart.Bars[i], i);
        CriticalLine();
        if (chart.LeftOut > 0)
        {
            Text(Left, Top + (rows * RowHeight) + 15, "f", FormattableString.Invariant(
                $"and {chart.LeftOut} shorter ones: initx plot --json"));
        }

        _out.WriteLine("</svg>");
        return _out.ToString();
    }

    private void Head()
    {
        Text(20, 34, "t", ChartWords.Title(chart));
        string when = $"{stamp(chart.BegunAtUs)} {zone}";
        Text(20, 57, "f", ChartWords.Subtitle(chart, when));
        if (chart.Facts is { } facts)
            Text(20, 76, "f", facts);
        int x = 20;
        foreach ((string word, string shape) in (ReadOnlySpan<(string, string)>)
            [("waiting", "p0"), ("activating", "p1"), ("active", "p2"),
             ("deactivating", "p3"), ("failed", "p4")])
        {
            _out.WriteLine(
                $"<rect class=\"{shape}\" x=\"{x}\" y=\"89\" width=\"14\" height=\"10\"/>");
            Text(x + 19, 98, "f", word);
            x += 36 + (word.Length * 7);
        }

        _out.WriteLine($"<rect class=\"c\" x=\"{x}\" y=\"89\" width=\"14\" height=\"10\"/>");
        Text(x + 19, 98, "k", "critical path");
    }

    private void Grid(int rows)
    {
        for (int i = 1; i < rows; i += 2)
        {
            _out.WriteLine(
                $"<rect class=\"z\" x=\"0\" y=\"{Top + (i * RowHeight)}\" width=\"{Width}\" "
                + $"height=\"{RowHeight}\"/>");
        }

        long step = ChartAxis.Step(chart.LengthUs);
        int foot = Top + (rows * RowHeight);
        for (long at = 0; at <= chart.LengthUs; at += step)
        {
            string x = X(at);
            _out.WriteLine(
                $"<line class=\"g\" x1=\"{x}\" y1=\"{Top - 6}\" x2=\"{x}\" y2=\"{foot + 4}\"/>");
            string label = ChartAxis.Label(at, step);
            foreach (int y in (ReadOnlySpan<int>)[Top - 11, foot + 18])
                _out.WriteLine($"<text class=\"a\" x=\"{x}\" y=\"{y}\">{label}</text>");
        }
    }

    private void Bar(ChartBar bar, int row)
    {
        int y = Top + (row * RowHeight);
        int top = y + ((RowHeight - BarHeight) / 2);
        string name = ChartWords.Middle(ChartWords.RowName(bar), LabelChars);
        _out.WriteLine("<g>");
        _out.WriteLine($"<title>{Escape(ChartWords.Tip(chart, bar), TipChars)}</title>");
        Text(Left - 10, y + 14, bar.IsCritical ? "n k" : "n", name);
        foreach (PhaseSpan span in bar.Phases)
        {
            bool isThin = span.Phase == Phase.Waiting;
            string from = X(span.FromUs);
            string wide = Wide(span.FromUs, span.ToUs);
            _out.WriteLine(
                $"<rect class=\"p{(int)span.Phase}\" x=\"{from}\" y=\"{(isThin ? top + 4 : top)}\" "
                + $"width=\"{wide}\" height=\"{(isThin ? 4 : BarHeight)}\"/>");
        }

        bool isBad = bar.Result is not ("done" or "skipped" or "open");
        bool isEmpty = bar.Phases.All(static p => p.Phase == Phase.Waiting);
        string edge = bar.IsCritical ? "c" : isBad ? "x" : "e";
        if (bar.IsCritical || isEmpty)
        {
            _out.WriteLine(
                $"<rect class=\"{edge}\" x=\"{X(bar.BegunUs)}\" y=\"{top}\" "
                + $"width=\"{Wide(bar.BegunUs, bar.EndedUs)}\" height=\"{BarHeight}\"/>");
        }

        string result = bar.Result is "done" ? "" : $" {bar.Result}";
        Text(
            Width - Right + 8, y + 14, isBad ? "b" : bar.IsCritical ? "k" : "f",
            ChartAxis.Span(bar.TookUs) + result);
        _out.WriteLine("</g>");
    }

    // From the end of each critical job down (or up) to the one that it released.
    private void CriticalLine()
    {
        var rows = new Dictionary<long, int>();
        for (int i = 0; i < chart.Bars.Count; i++)
            rows[chart.Bars[i].Job] = i;
        for (int i = 1; i < chart.CriticalPath.Count; i++)
        {
            ChartBar from = chart.CriticalPath[i - 1];
            ChartBar to = chart.CriticalPath[i];
            string x1 = X(from.EndedUs);
            string x2 = X(to.BegunUs);
            int y1 = Top + (rows[from.Job] * RowHeight) + (RowHeight / 2);
            int y2 = Top + (rows[to.Job] * RowHeight) + (RowHeight / 2);
            _out.WriteLine($"<path class=\"c\" d=\"M{x1} {y1}V{y2}H{x2}\"/>");
        }
    }

    private void Text(int x, int y, string shape, string text) => _out.WriteLine(
        $"<text class=\"{shape}\" x=\"{x}\" y=\"{y}\">{Escape(text, TextChars)}</text>");

    private string X(long us) => Number(Left
        + ((double)Math.Clamp(us, 0, chart.LengthUs) / chart.LengthUs * (Width - Left - Right)));

    // What took no time is still there to be seen.
    private string Wide(long from, long to) => Number(Math.Max(
        1.5, (double)(to - from) / chart.LengthUs * (Width - Left - Right)));

    private static string Number(double value) =>
        value.ToString("0.##", CultureInfo.InvariantCulture);

    // Two characters that are in no XML document, escaped or not, are none of those cleaned.
    private static string Escape(string text, int most) =>
        SecurityElement.Escape(ChartWords.Middle(SafeText.Clean(text), most))
            .Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');
}
