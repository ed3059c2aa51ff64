namespace InitTx.Core.Transaction;

/// <summary>
/// Finds one cycle of an order graph: the shortest through the first unit by name that lies on
/// any. Strongly connected components by Tarjan's algorithm with its own stack: depth is no limit.
/// </summary>
internal sealed class CycleFinder
{
    private const int Unseen = -1;
    private readonly OrderGraph _graph;
    private readonly int[] _number;
    private readonly int[] _low;
    private readonly int[] _component;
    private readonly Stack<int> _open = new();
    private int _count;

    private CycleFinder(OrderGraph graph)
    {
        _graph = graph;
        _number = new int[graph.Units.Count];
        _low = new int[graph.Units.Count];
        _component = new int[graph.Units.Count];
        Array.Fill(_number, Unseen);
        Array.Fill(_component, Unseen);
    }

    /// <summary>The edges of a cycle in order, or null when there is none.</summary>
    public static List<OrderEdge>? Find(OrderGraph graph)
    {
        var finder = new CycleFinder(graph);
        for (int i = 0; i < graph.Units.Count; i++)
        {
            if (finder._number[i] == Unseen)
                finder.Visit(i);
        }

        int start = finder.FirstOnCycle();
        return start < 0 ? null : finder.Shortest(start);
    }

    private void Visit(int root)
    {
        var path = new Stack<(int Node, int NextEdge)>();
        path.Push((Open(root), 0));
        while (path.TryPop(out (int Node, int NextEdge) at))
        {
            List<int> edges = _graph.From[at.Node];
            if (at.NextEdge < edges.Count)
            {
                path.Push((at.Node, at.NextEdge + 1));
                int next = _graph.Edges[edges[at.NextEdge]].Second;
                if (_number[next] == Unseen)
                    path.Push((Open(next), 0));
                else if (_component[next] == Unseen)
                    _low[at.Node] = Math.Min(_low[at.Node], _number[next]);
                continue;
            }

            if (_low[at.Node] == _number[at.Node])
                CloseComponent(at.Node);
            if (path.TryPeek(out (int Node, int NextEdge) parent))
                _low[parent.Node] = Math.Min(_low[parent.Node], _low[at.Node]);
        }
    }

    private int Open(int node)
    {
        _number[node] = _low[node] = _count++;
        _open.Push(node);
        return node;
    }

    private void CloseComponent(int root)
    {
        while (true)
        {
            int node = _open.Pop();
            _component[node] = root;
            if (node == root)
                return;
        }
    }

    private int FirstOnCycle()
    {
        var sizes = new int[_component.Length];
        foreach (int component in _component)
            sizes[component]++;
        int first = -1;
        for (int i = 0; i < _component.Length; i++)
        {
            if (sizes[_component[i]] > 1
                && (first < 0 || _graph.Units[i].Name.CompareTo(_graph.Units[first].Name) < 0))
                first = i;
        }

        return first;
    }

    private List<OrderEdge> Shortest(int start)
    {
        var cameBy = new int[_component.Length];
        Array.Fill(cameBy, Unseen);
        var queue = new Queue<int>();
        queue.Enqueue(start);
        while (queue.TryDequeue(out int node))
        {
            foreach (int index in _graph.From[node])
            {
                OrderEdge edge = _graph.Edges[index];
                if (_component[edge.Second] != _component[start] || cameBy[edge.Second] != Unseen)
                    continue;
                cameBy[edge.Second] = index;
                if (edge.Second == start)
                    return Trace(cameBy, start);
                queue.Enqueue(edge.Second);
            }
        }

        throw Invariant.Unreachable("a component of several jobs has a cycle through each");
    }

    private List<OrderEdge> Trace(int[] cameBy, int start)
    {
        var cycle = new List<OrderEdge>();
        int at = start;
        do
        {
            OrderEdge edge = _graph.Edges[cameBy[at]];
            cycle.Add(edge);
            at = edge.First;
        }
        while (at != start);
        cycle.Reverse();
        return cycle;
    }
}
