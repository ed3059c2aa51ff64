using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;

namespace InitTx.Cli.Rendering;

/// <summary>
/// Draws the tree with a stack of its own: a chain of ten thousand units is no deeper than one of
/// two. A unit's part is drawn where it comes first; later it is marked.
/// </summary>
internal static class TreeView
{
    private readonly record struct Node(
        PullEdge Edge, string Indent, bool IsLast, string Ancestors);

    public static void Write(
        Session session, DependencyGraph graph, string root, bool reverse, bool all)
    {
        session.Out.WriteLine(Label(session, graph, root));
        var seen = new HashSet<string>(StringComparer.Ordinal) { root };
        var stack = new Stack<Node>();
        Push(stack, graph.EdgesOf(root, reverse), "", $" {root} ");
        while (stack.TryPop(out Node node))
        {
            PullEdge edge = node.Edge;
            IReadOnlyList<PullEdge> below = graph.EdgesOf(edge.Unit, reverse);
            bool first = seen.Add(edge.Unit);
            bool cycle = node.Ancestors.Contains($" {edge.Unit} ", StringComparison.Ordinal);
            bool open = first || (all && !cycle);
            string why = session.Paint.Faint(SafeText.Clean($"  {edge.Kind}, {edge.Source}"));
            string again = open || below.Count == 0 ? "" : session.Paint.Faint(" (above)");
            string branch = node.Indent + (node.IsLast ? "└─" : "├─");
            session.Out.WriteLine($"{branch}{Label(session, graph, edge.Unit)}{why}{again}");
            if (open)
            {
                string indent = node.Indent + (node.IsLast ? "  " : "│ ");
                Push(stack, below, indent, all ? $"{node.Ancestors}{edge.Unit} " : "");
            }
        }
    }

    /// <summary>Every unit that is reached, with its edges, a line each.</summary>
    public static void WriteJson(Session session, DependencyGraph graph, string root, bool reverse)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { root };
        var queue = new Queue<string>();
        queue.Enqueue(root);
        while (queue.TryDequeue(out string? unit))
        {
            IReadOnlyList<PullEdge> edges = graph.EdgesOf(unit, reverse);
            JsonLines.WriteObject(
                session.Out, json => WriteUnit(json, unit, graph.StateOf(unit), edges));
            foreach (PullEdge edge in edges)
            {
                if (seen.Add(edge.Unit))
                    queue.Enqueue(edge.Unit);
            }
        }
    }

    private static void WriteUnit(
        Utf8JsonWriter json, string unit, string state, IReadOnlyList<PullEdge> edges)
    {
        json.WriteString("unit"u8, unit);
        json.WriteString("state"u8, state);
        json.WriteStartArray("dependencies"u8);
        foreach (PullEdge edge in edges)
        {
            json.WriteStartObject();
            json.WriteString("unit"u8, edge.Unit);
            json.WriteString("kind"u8, edge.Kind);
            json.WriteString("source"u8, edge.Source);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Push(
        Stack<Node> stack, IReadOnlyList<PullEdge> edges, string indent, string ancestors)
    {
        for (int i = edges.Count - 1; i >= 0; i--)
            stack.Push(new Node(edges[i], indent, i == edges.Count - 1, ancestors));
    }

    private static string Label(Session session, DependencyGraph graph, string unit)
    {
        string state = graph.StateOf(unit);
        string text = SafeText.Clean(unit);
        string mark = state switch
        {
            "active" => session.Paint.Good("●"),
            "failed" => session.Paint.Bad("×"),
            "activating" or "deactivating" or "reloading" => session.Paint.Warn("●"),
            _ => "○",
        };
        return state is "active" or "inactive" ? $"{mark} {text}" : $"{mark} {text} ({state})";
    }
}
