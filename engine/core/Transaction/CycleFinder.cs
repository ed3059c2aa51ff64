using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// Finds the cycles of an order graph one after the other: each time the shortest through the first
/// unit by name that lies on any. Strongly connected components by Tarjan's algorithm with its own
/// stack: depth is no limit. When an edge is cut only the component that it was in is searched
/// again.
/// </summary>
internal sealed class CycleFinder
{
    private const int Unseen = -1;
    private readonly OrderGraph _graph;
    private readonly int[] _number;
    private readonly int[] _low;
    private readonly int[] _component;
    private readonly int[] _cameBy;
    private readonly Stack<int> _open = new();
    private readonly Stack<(int Node, int NextEdge)> _path = new();

    /// <summary>Components of more than one job: their jobs, the first by name in front.</summary>
    private readonly PriorityQueue<List<int>, UnitName> _circles = new();
    private int _count;

    /// <summary>Searches the whole graph.</summary>
    public CycleFinder(OrderGraph graph)
    {
        _graph = graph;
        _number = Filled(graph.Units.Count);
        _low = new int[graph.Units.Count];
        _component = Filled(graph.Units.Count);
        _cameBy = Filled(graph.Units.Count);
        for (int i = 0; i < graph.Units.Count; i++)
        {
            if (_number[i] == Unseen)
                Visit(i);
        }
    }

    /// <summary>How many jobs were looked at, those looked at again included.</summary>
    public long Searched => _count;

    /// <summary>The edges of a cycle in order, or null when there is none.</summary>
    public List<OrderEdge>? Next() =>
        _circles.TryPeek(out List<int>? circle, out _) ? Shortest(circle) : null;

    /// <summary>Takes an edge of the cycle that <see cref="Next"/> gave out of the graph.</summary>
    public void Cut(OrderEdge edge)
    {
        _graph.Remove(edge);
        List<int> members = _circles.Dequeue();
        foreach (int node in members)
            (_number[node], _component[node]) = (Unseen, Unseen);
        foreach (int node in members)
        {
            if (_number[node] == Unseen)
                Visit(node);
        }
    }

    /// <summary>All units that lie on some cycle, by name.</summary>
    public List<UnitRuntime> OnCycles()
    {
        var units = new List<UnitRuntime>();
        foreach ((List<int> circle, _) in _circles.UnorderedItems)
        {
            foreach (int node in circle)
                units.Add(_graph.Units[node]);
        }

        units.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        return units;
    }

    // What is not in the component that is searched is closed: edges to it count for nothing.
    private void Visit(int root)
    {
        _path.Push((Open(root), 0));
        while (_path.TryPop(out (int Node, int NextEdge) at))
        {
            List<int> edges = _graph.From[at.Node];
            if (at.NextEdge < edges.Count)
            {
                _path.Push((at.Node, at.NextEdge + 1));
                int next = _graph.Edges[edges[at.NextEdge]].Second;
                if (_number[next] == Unseen)
                    _path.Push((Open(next), 0));
                else if (_component[next] == Unseen)
                    _low[at.Node] = Math.Min(_low[at.Node], _number[next]);
                continue;
            }

            if (_low[at.Node] == _number[at.Node])
                CloseComponent(at.Node);
            if (_path.TryPeek(out (int Node, int NextEdge) parent))
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
        if (_open.Peek() == root)
        {
            _component[_open.Pop()] = root;
            return;
        }

        var members = new List<int>();
        int node;
        do
        {
            node = _open.Pop();
            _component[node] = root;
            members.Add(node);
            if (_graph.Units[node].Name.CompareTo(_graph.Units[members[0]].Name) < 0)
                (members[0], members[^1]) = (members[^1], members[0]);
        }
        while (node != root);
        _circles.Enqueue(members, _graph.Units[members[0]].Name);
    }

    private List<OrderEdge> Shortest(List<int> circle)
    {
        int start = circle[0];
        foreach (int member in circle)
            _cameBy[member] = Unseen;
        var queue = new Queue<int>();
        queue.Enqueue(start);
        while (queue.TryDequeue(out int node))
        {
            foreach (int index in _graph.From[node])
            {
                OrderEdge edge = _graph.Edges[index];
                if (_component[edge.Second] != _component[start] || _cameBy[edge.Second] != Unseen)
                    continue;
                _cameBy[edge.Second] = index;
                if (edge.Second == start)
                    return Trace(start);
                queue.Enqueue(edge.Second);
            }
        }

        throw Invariant.Unreachable("a component of several jobs has a cycle through each");
    }

    private List<OrderEdge> Trace(int start)
    {
        var cycle = new List<OrderEdge>();
        int at = start;
        do
        {
            OrderEdge edge = _graph.Edges[_cameBy[at]];
            cycle.Add(edge);
            at = edge.First;
        }
        while (at != start);
        cycle.Reverse();
        return cycle;
    }

    private static int[] Filled(int count)
    {
        var numbers = new int[count];
        Array.Fill(numbers, Unseen);
        return numbers;
    }
}
