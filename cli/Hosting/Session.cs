using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Linux.Handles;
using InitTx.Linux.Processes;
using InitTx.Units.Loading;

namespace InitTx.Cli.Hosting;

/// <summary>
/// One call of the command line: its options, where it writes, and the manager it asks.
/// </summary>
internal sealed class Session
{
    /// <summary>The socket of the system's manager.</summary>
    public const string SystemSocket = "/run/initx/control";

    public Session(CliHost host, GlobalOptions options, string program)
    {
        Host = host;
        Options = options;
        Program = program;
    }

    public CliHost Host { get; }
    public GlobalOptions Options { get; }

    /// <summary>The name it was called by, for messages.</summary>
    public string Program { get; }

    /// <summary>The verb, for messages; empty before it is known.</summary>
    public string Verb { get; set; } = "";

    public Output Out => Host.Out;
    public Output Error => Host.Error;
    public bool Json => Options.Json;
    public bool Quiet => Options.Quiet;

    /// <summary>Whether what goes to the output may be coloured (https://no-color.org).</summary>
    public bool IsColored => Options.Color switch
    {
        ColorMode.Always => true,
        ColorMode.Never => false,
        ColorMode.Auto => Out.IsTerminal && !Json
            && string.IsNullOrEmpty(Host.Environment("NO_COLOR"))
            && Host.Environment("TERM") is not (null or "dumb"),
        _ => throw new ArgumentOutOfRangeException(nameof(Options)),
    };

    /// <summary>--socket, then INITX_SOCKET, then the default of --user or of the system.</summary>
    public string SocketPath =>
        Options.Socket
        ?? NotEmpty(Host.Environment("INITX_SOCKET"))
        ?? (Options.User
            ? Places.ManagerRuntime + "/control"
            : SystemSocket);

    /// <summary>The user's own directories, by the rule that initxd --user has.</summary>
    public UserPlaces Places => field ??= UserPlaces.Of(
        Host.Environment,
        ProcessIds.EffectiveUid,
        static path => Files.Status(Files.Cwd, path, out FileStatus found).IsOk
            && found.IsDirectory && found.Uid == ProcessIds.EffectiveUid);

    /// <summary>Whether units are started at boot; reads the disk at the first question.</summary>
    public Enablement Enablement => field ??= new Enablement(this);

    /// <summary>Painting for the output.</summary>
    public Paint Paint => new(IsColored);

    /// <summary>
    /// Says what failed, why, and what to do next; also as one JSON object when JSON was asked
    /// for. Details come each on its line.
    /// </summary>
    public int Fail(ExitCode code, string what, params IReadOnlyList<string> details)
    {
        Out.Flush();
        string who = Verb.Length == 0 ? Program : $"{Program} {Verb}";
        Error.WriteLine($"{who}: {SafeText.Clean(what)}");
        foreach (string detail in details)
            Error.WriteLine($"  {SafeText.Clean(detail)}");
        if (Json)
            ErrorJson.Write(Out, (int)code, what, details);
        return (int)code;
    }

    /// <summary>A mistake in the command line: exit status 2 and where to read on.</summary>
    public int Misuse(string what) => Fail(
        ExitCode.Usage,
        what,
        Verb.Length == 0 ? $"see: {Program} --help" : $"see: {Program} {Verb} --help");

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
