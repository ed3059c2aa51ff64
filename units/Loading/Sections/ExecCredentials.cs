using System.Text;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5): credentials, data for standard input.</summary>
internal static class ExecCredentials
{
    /// <summary>Bytes of data for standard input; systemd allows 64 MiB.</summary>
    private const int MostData = 1024 * 1024;

    private const int Piece = 60_000;

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "LoadCredential":
                Load(s);
                return true;
            case "SetCredential":
                Set(s);
                return true;
            case "StandardInputText":
                Text(s);
                return true;
            case "StandardInputData":
                Data(s);
                return true;
            default:
                return false;
        }
    }

    private static bool IsName(string name)
    {
        if (name.Length is 0 or > 255 || name is "." or "..")
            return false;
        foreach (char c in name)
        {
            if (c is <= ' ' or '/' or ':' or '\x7f')
                return false;
        }

        return true;
    }

    private static void Load(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        int colon = s.Value.IndexOf(':', StringComparison.Ordinal);
        string id = colon < 0 ? s.Value : s.Value[..colon];
        string from = colon < 0 ? id : s.Value[(colon + 1)..];
        if (!s.TryExpand(id, 0, out id) || !s.TryExpand(from, 0, out from))
            return;
        bool found = from.StartsWith('/') ? PathText.Fault(from, true) is null : IsName(from);
        if (found && IsName(id))
            ExecSetup.Add(s, s.Key, $"{id}:{from}");
        else
            s.Warn($"'{s.Shown}' is no credential, ignored; write NAME or NAME:PATH");
    }

    // systemd unescapes the data as C strings; the data go as base64, they may hold any byte.
    private static void Set(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        int colon = s.Value.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !s.TryExpand(s.Value[..colon], 0, out string id) || !IsName(id))
        {
            s.Warn($"'{s.Shown}' is no credential, ignored; write NAME:TEXT");
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(Unescape(s.Value[(colon + 1)..]));
        if (bytes.Length <= Piece)
            ExecSetup.Add(s, s.Key, $"{id}:{Convert.ToBase64String(bytes)}");
        else
            s.Warn($"more than {Piece} bytes, ignored; put them in a file and use LoadCredential=");
    }

    private static void Text(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, "StandardInputData", null);
        else if (s.TryExpand(out string text))
            Append(s, Encoding.UTF8.GetBytes(Unescape(text) + "\n"));
    }

    private static void Data(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, "StandardInputData", null);
            return;
        }

        byte[] bytes = new byte[(s.Value.Length / 4 * 3) + 3];
        string compact = string.Concat(s.Value.Split([' ', '\t', '\n', '\r']));
        if (Convert.TryFromBase64String(compact, bytes, out int length))
            Append(s, bytes.AsSpan(0, length));
        else
            s.Warn("this is not Base64, ignored");
    }

    private static void Append(in Setting s, ReadOnlySpan<byte> data)
    {
        long before = 0;
        foreach (SetupOption option in s.Draft.Exec.Setup)
        {
            if (option.Key == "StandardInputData")
                before += option.Value.Length / 4 * 3;
        }

        if (before + data.Length > MostData)
        {
            s.Warn($"more than {MostData} bytes for standard input, ignored");
            return;
        }

        for (int at = 0; at < data.Length; at += Piece)
        {
            ReadOnlySpan<byte> piece = data.Slice(at, Math.Min(Piece, data.Length - at));
            ExecSetup.Add(s, "StandardInputData", Convert.ToBase64String(piece));
        }
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int value = 0;
            int used = text[i] == '\\' ? Unescaper.Read(text.AsSpan(i + 1), out value, out _) : 0;
            if (used == 0)
            {
                plain.Append(text[i]);
                continue;
            }

            plain.Append(new Rune(value).ToString());
            i += used;
        }

        return plain.ToString();
    }
}
