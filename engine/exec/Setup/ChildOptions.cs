using System.Globalization;

namespace InitTx.Exec.Setup;

/// <summary>How a standard stream's file is opened.</summary>
internal enum FileForm : byte
{
    File,
    Append,
    Truncate,
}

/// <summary>A file for a standard stream.</summary>
internal readonly record struct StreamFile(string Path, FileForm Form);

/// <summary>The options before <c>--</c>, and what follows.</summary>
internal sealed class ChildOptions
{
    private const int MostGroups = 65_536;
    private static readonly string[] StreamNames = ["stdin", "stdout", "stderr"];

    public int? OomScoreAdjust { get; private set; }

    /// <summary>Standard input, output and error; null leaves what is.</summary>
    public StreamFile?[] Streams { get; } = new StreamFile?[3];

    public uint[]? Groups { get; private set; }
    public uint? Gid { get; private set; }
    public uint? Uid { get; private set; }
    public bool NoNewPrivileges { get; private set; }
    public bool DefaultSigpipe { get; private set; }
    public bool Search { get; private set; }
    public string Program { get; private set; } = "";
    public IReadOnlyList<string> Arguments { get; private set; } = [];

    /// <summary>Reads the command line; null with the reason when it is wrong in any way.</summary>
    public static ChildOptions? Parse(string[] args, out string error)
    {
        var options = new ChildOptions();
        int end = Array.IndexOf(args, "--");
        error = end < 0 ? "-- is missing before the program" : "";
        for (int i = 0; i < end && error.Length == 0; i++)
        {
            if (!options.Take(args[i]))
                error = $"'{args[i]}' is no option, or its value is wrong";
        }

        if (error.Length == 0 && args.Length < end + 3)
            error = "PROGRAM and ARG0 are needed after --";
        if (error.Length > 0)
            return null;
        options.Program = args[end + 1];
        options.Arguments = args[(end + 2)..];
        return options;
    }

    private bool Take(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        string value = equals < 0 ? "" : text[(equals + 1)..];
        switch (name)
        {
            case "--no-new-privileges" when equals < 0:
                return NoNewPrivileges = true;
            case "--default-sigpipe" when equals < 0:
                return DefaultSigpipe = true;
            case "--search" when equals < 0:
                return Search = true;
            case "--oom-score-adj":
                OomScoreAdjust = int.TryParse(value, NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture, out int score) && score is >= -1000 and <= 1000
                    ? score
                    : null;
                return OomScoreAdjust is not null;
            case "--gid":
                return (Gid = Id(value)) is not null;
            case "--uid":
                return (Uid = Id(value)) is not null;
            case "--groups":
                return TakeGroups(value);
            default:
                return TakeStream(name, value);
        }
    }

    private bool TakeGroups(string value)
    {
        if (value.Length == 0)
        {
            Groups = [];
            return true;
        }

        string[] words = value.Split(',');
        uint?[] ids = [.. words.Select(Id)];
        Groups = [.. ids.OfType<uint>()];
        return ids.Length <= MostGroups && Groups.Length == words.Length;
    }

    private bool TakeStream(string name, string value)
    {
        for (int stream = 0; stream < StreamNames.Length; stream++)
        {
            string prefix = $"--{StreamNames[stream]}-";
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            FileForm? form = name[prefix.Length..] switch
            {
                "file" => FileForm.File,
                "append" when stream > 0 => FileForm.Append,
                "truncate" when stream > 0 => FileForm.Truncate,
                _ => null,
            };
            if (form is null || !value.StartsWith('/') || Streams[stream] is not null)
                return false;
            Streams[stream] = new StreamFile(value, form.Value);
            return true;
        }

        return false;
    }

    private static uint? Id(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            && id != uint.MaxValue
            ? id
            : null;
}
