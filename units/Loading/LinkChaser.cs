namespace InitTx.Units.Loading;

/// <summary>Follows links as seen from inside a root directory.</summary>
internal sealed class LinkChaser(string root)
{
    private const int MaxHops = 40;
    private readonly Dictionary<string, string?> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// The path without links, <c>.</c> and <c>..</c>; what does not exist is kept as written.
    /// With <paramref name="readLast"/> a link at the very end is read once, and what it names
    /// is not followed at its own last step. Empty when links lead in a circle.
    /// </summary>
    public string Chase(string path, bool followLast, bool readLast = false)
    {
        var todo = new Stack<string>();
        Push(todo, path);
        string current = "";
        int hops = 0;
        while (todo.TryPop(out string? step))
        {
            if (step is "." or "")
                continue;
            if (step == "..")
            {
                current = current[..Math.Max(current.LastIndexOf('/'), 0)];
                continue;
            }

            string next = $"{current}/{step}";
            bool last = todo.Count == 0;
            string? link = last && !followLast && !readLast ? null : Read(next);
            if (link is null)
            {
                current = next;
                continue;
            }

            if (++hops > MaxHops)
                return "";
            readLast &= !last;
            if (link.StartsWith('/'))
                current = "";
            Push(todo, link);
        }

        return current.Length == 0 ? "/" : current;
    }

    private static void Push(Stack<string> todo, string path)
    {
        string[] steps = path.Split('/');
        for (int i = steps.Length - 1; i >= 0; i--)
            todo.Push(steps[i]);
    }

    private string? Read(string path)
    {
        if (_known.TryGetValue(path, out string? target))
            return target;
        target = UnitPathReading.LinkTarget(root + path);
        _known[path] = target;
        return target;
    }
}
