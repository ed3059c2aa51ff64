using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace InitTx.Mutants.Tests;

/// <summary>The tests of one assembly, run in this process, one after the other.</summary>
internal sealed class TestSet
{
    private readonly NUnitTestAssemblyRunner _runner = new(new DefaultTestAssemblyBuilder());

    /// <summary>Finds the tests of an assembly.</summary>
    /// <param name="assembly">The tests.</param>
    /// <param name="stop">Whether the first that fails ends a run.</param>
    public TestSet(Assembly assembly, bool stop)
    {
        ITest root = _runner.Load(assembly, new Dictionary<string, object>
        {
            ["NumberOfTestWorkers"] = 0,
            ["StopOnError"] = stop,

            // Else a thread of its own hands on what has happened, some time later.
            ["SynchronousEvents"] = true,
        });
        Collect(root);
    }

    /// <summary>
    /// Full names in their order. Two cases of one name are one: they are run together.
    /// </summary>
    public List<string> Names { get; } = [];

    /// <summary>The first of these tests that fails, or null.</summary>
    /// <param name="names">Which tests.</param>
    /// <param name="ended">Called after each, with whether it failed.</param>
    public string? FirstFailure(
        IReadOnlyCollection<string> names, Action<string, bool>? ended = null)
    {
        var listener = new Listener(ended);
        _runner.Run(listener, new NameFilter(names));
        return listener.Failed;
    }

    private void Collect(ITest test)
    {
        if (test.RunState is RunState.Ignored or RunState.Explicit or RunState.Skipped)
            return;

        // They run every corpus through every parser: nothing else is as slow, nor as far away.
        if (test.FullName.Contains(".Tests.Corpus.", StringComparison.Ordinal))
            return;
        if (!test.IsSuite && !Names.Contains(test.FullName))
            Names.Add(test.FullName);
        foreach (ITest child in test.Tests)
            Collect(child);
    }

    private sealed class NameFilter(IReadOnlyCollection<string> names) : TestFilter
    {
        private readonly HashSet<string> _names = new(names, StringComparer.Ordinal);

        public override bool Match(ITest test) => !test.IsSuite && _names.Contains(test.FullName);

        public override TNode AddToXml(TNode parentNode, bool recursive) =>
            parentNode.AddElement("names");
    }

    private sealed class Listener(Action<string, bool>? ended) : ITestListener
    {
        public string? Failed { get; private set; }

        public void TestStarted(ITest test)
        {
        }

        public void TestFinished(ITestResult result)
        {
            bool failed = result.ResultState.Status == TestStatus.Failed;
            if (failed)
                Failed ??= result.FullName;
            if (!result.Test.IsSuite)
                ended?.Invoke(result.FullName, failed);
        }

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }
}
