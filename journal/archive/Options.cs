using System.Globalization;
using InitTx.Archive.Answering;

namespace InitTx.Archive;

/// <summary>The command line, which only the manager writes.</summary>
internal sealed record Options
{
    public const string Help =
        """
        usage: initx-archive --serve FD --state-dir=DIR --boot=ID [OPTION]...
               initx-archive --answer FD --state-dir=DIR [OPTION]...

        Keeps the manager's journal on disk. Started by initxd; of no use by itself.

          --serve FD          the manager's socket
          --state-dir=DIR     archive.db is made here
          --boot=ID           the boot that the manager's rows belong to
          --max-age=SECONDS   give up rows that are older (0: never)
          --max-size=BYTES    give up the oldest beyond this (0: never)
          --ask-socket=PATH   where others may ask for what they may see of it
          --owner=UID         whose manager it is (0)
          --control-gid=GID   the group that sees everything, too (-1: none)
          --read-policy=WHO   all, or privileged: nothing for others
          --answer FD         a listening socket: only answer, write nothing
          --version, --help
        """;

    public int Descriptor { get; private set; } = -1;

    /// <summary>The listening socket to answer on; -1 for the writer.</summary>
    public int AnswerDescriptor { get; private set; } = -1;

    /// <summary>The path to be asked at; empty for none.</summary>
    public string AskSocket { get; private set; } = "";

    public Readers Readers { get; private set; } = new(0, -1, false);
    public string StateDirectory { get; private set; } = "";
    public string Boot { get; private set; } = "";
    public ArchiveLimits Limits { get; private set; } = ArchiveLimits.Default;

    /// <summary>The archive's path.</summary>
    public string StorePath => $"{StateDirectory}/{Journal.OnDisk.ArchiveSchema.FileName}";

    /// <summary>Null with what is wrong.</summary>
    public static Options? Parse(IReadOnlyList<string> words, out string problem)
    {
        var options = new Options();
        problem = "";
        for (int i = 0; i < words.Count && problem.Length == 0; i++)
        {
            string word = words[i];
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? word : word[..equals];
            string value = equals < 0 ? "" : word[(equals + 1)..];
            if (key is "--serve" or "--answer" && equals < 0 && i + 1 < words.Count)
                value = words[++i];
            if (!options.Take(key, value))
                problem = $"'{word}' is not understood";
        }

        bool writes = options.Descriptor >= 3 && options.Boot.Length > 0;
        if (problem.Length == 0 && (writes == options.AnswerDescriptor >= 3
            || !options.StateDirectory.StartsWith('/')))
            problem = "--serve, --state-dir and --boot are needed";
        return problem.Length == 0 ? options : null;
    }

    private bool Take(string key, string value)
    {
        switch (key)
        {
            case "--serve":
                Descriptor = int.TryParse(value, NumberStyles.None, null, out int fd) ? fd : -1;
                return Descriptor >= 3;
            case "--answer":
                AnswerDescriptor =
                    int.TryParse(value, NumberStyles.None, null, out int door) ? door : -1;
                return AnswerDescriptor >= 3;
            case "--ask-socket":
                AskSocket = value;
                return value.StartsWith('/');
            case "--state-dir":
                StateDirectory = value.Length > 1 ? value.TrimEnd('/') : value;
                return value.StartsWith('/');
            case "--boot":
                Boot = value;
                return value.Length is > 0 and <= 64;
            case "--max-age":
                Limits = Limits with { MaxAgeUs = Number(value) * 1_000_000 };
                return Number(value) >= 0;
            case "--max-size":
                Limits = Limits with { MaxBytes = Number(value) };
                return Number(value) >= 0;
            default:
                bool taken = Readers.TryTake(key, value, out Readers readers);
                Readers = readers;
                return taken;
        }
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number < long.MaxValue / 1_000_000 ? number : -1;
}
