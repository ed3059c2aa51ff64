using System.Diagnostics;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>What happens to a manager.</summary>
/// <param name="Crash">A kind of crash; null: it is told to re-exec itself.</param>
internal readonly record struct Blow(string? Crash)
{
    internal static readonly Blow Reexec = new(null);

    internal string Name => Crash ?? "reexec";
}

/// <summary>
/// A system for the storm: services of <see cref="CrashSystem"/>, a user's manager as one more
/// service, and what is activated under both managers. Each round strikes both at once.
/// </summary>
internal sealed class StormSystem : IDisposable
{
    private const int LiveServices = 20;
    private const int MortalServices = 4;
    private const string Mortal = $"{NativePrograms.Probe} mortal";

    private readonly CrashSystem _crash;
    private readonly Caller _caller;

    /// <param name="singleSeconds">So long after one timer that elapses once the next does.</param>
    internal StormSystem(int singleSeconds)
    {
        _crash = new CrashSystem(LiveServices, MortalServices, more: layer =>
        {
            ActivationUnits.AddUserTo(layer);
            ActivationUnits.System.AddTo(layer, singleSeconds);
            ActivationUnits.User.AddTo(layer, singleSeconds);
        });
        _caller = new Caller(_crash.System);
        System = new ActivationWatch(
            _crash.System, _caller, ActivationUnits.System,
            [.. _crash.Lives, "orphanage.service", ActivationUnits.UserUnit]);
        User = new ActivationWatch(_crash.System, _caller, ActivationUnits.User);
        try
        {
            System.Begin(1, Evidence);
            User.Begin(_crash.MainPid(ActivationUnits.UserUnit), Evidence);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal ActivationWatch System { get; }

    internal ActivationWatch User { get; }

    internal CrashSystem Crashes => _crash;

    /// <summary>Children that were made to end while PID 1 was away.</summary>
    internal int Ended { get; private set; }

    internal string Evidence() =>
        $"{_crash.Evidence()}\n--- user\n{User.Initx("list", "--all").Out}"
        + User.Initx("history", "-n", "60").Out;

    /// <summary>
    /// One round. Afterwards everything is looked at; what is not as it was fails the test.
    /// </summary>
    /// <returns>Until each manager's next image began, in milliseconds.</returns>
    internal (double System, double User) Strike(Blow system, Blow user, string word)
    {
        uint systemStarts = _crash.StartsInBox() + 1;
        uint userStarts = _crash.StartsInBox(User.ManagerPid) + 1;
        var watch = Stopwatch.StartNew();
        using var userDone = Begin(User, user);
        using var systemDone = Begin(System, system);
        double sent = watch.Elapsed.TotalMilliseconds;
        Ended += _caller.Kill(10, Mortal);
        string[] during = [.. System.During(word), .. User.During(word)];
        double? systemMs = null;
        double? userMs = null;
        string both = $"PID 1 comes back after {system.Name}, the user's manager after {user.Name}";
        while (systemMs is null || userMs is null)
        {
            if (_crash.StartsInBox() == systemStarts)
                systemMs ??= watch.Elapsed.TotalMilliseconds - sent;
            if (_crash.StartsInBox(User.ManagerPid) == userStarts)
                userMs ??= watch.Elapsed.TotalMilliseconds - sent;
            Assert.That(watch.Elapsed, Is.LessThan(Eventually.Limit), () => both + Evidence());
            Thread.Sleep(1);
        }

        Assert.That(during, Is.Empty, Evidence);
        AssertDone(systemDone);
        AssertDone(userDone);
        AssertNothingLost(word);
        return (systemMs.Value, userMs.Value);
    }

    /// <summary>Everything is as it was, or the test has failed.</summary>
    internal void AssertNothingLost(string word)
    {
        Eventually.True(
            () => _caller.Count(Mortal) == MortalServices,
            $"the children that ended are back after {word}", Evidence);
        Assert.That(WhatIsLost(word), Is.Empty, Evidence);
    }

    internal List<string> WhatIsLost(string word) => [.. System.After(word), .. User.After(word)];

    public void Dispose()
    {
        _caller.Dispose();
        _crash.Dispose();
    }

    // A crash is a datagram; a re-exec is a command that ends when the next image answers.
    private Process? Begin(ActivationWatch manager, Blow blow)
    {
        if (blow.Crash is not { } kind)
            return _crash.System.Start([.. manager.Units.Initx, "reexec"]);
        string point = $"{manager.Units.Runtime}/initx/crash-test";
        Eventually.True(
            () => _caller.Do($"shout {point} {kind}") is null, $"{point} takes '{kind}'", Evidence);
        return null;
    }

    private void AssertDone(Process? command)
    {
        if (command is null)
            return;
        Assert.That(command.WaitForExit(Eventually.Limit), Is.True, Evidence);
        Assert.That(
            command.ExitCode, Is.Zero, () => command.StandardError.ReadToEnd() + Evidence());
    }
}
