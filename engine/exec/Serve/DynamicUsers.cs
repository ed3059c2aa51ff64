using System.Globalization;
using System.Text;
using InitTx.Core.Activation;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;

namespace InitTx.Exec.Serve;

/// <summary>
/// DynamicUser= (systemd.exec(5)): ids 61184 to 65519 for users that no database has. An id stays
/// with its name until the machine starts anew, so nothing that one unit left behind falls to
/// another; which name has it is a link in a directory of root's, made at once or not at all. An id
/// that the databases know is passed over. Names and first choices are systemd's own, so that what
/// a unit left behind under one init system has the right owner under the other.
/// </summary>
internal static class DynamicUsers
{
    private const uint First = 61_184;
    private const uint Last = 65_519;

    // dynamic-user.c and unit.c of systemd 252.
    private static readonly byte[] IdKey =
        Convert.FromHexString("37537e31cfce48f58abb39578dd9ec59");

    private static readonly byte[] NameKey =
        Convert.FromHexString("581aafe628584e96b44ef53b8c9207ec");

    /// <summary>The user with this name; words on failure.</summary>
    public static string? Find(string directory, string name, out UserRecord? user)
    {
        user = null;
        SysResult<UserRecord> known = NameService.User(name);
        if (known.IsOk)
        {
            // A user of that name exists: systemd takes it as it is.
            user = known.Require();
            return user.Uid == 0 ? "it may not be root" : null;
        }

        // Not "there is none" but "cannot be said": then no id is made up for it.
        if (known.Error != Errno.ESRCH)
            return IdentityText.Of(known.Error);
        SysResult result = DirectoryMaker.MakeAll(directory, 0b111_000_000);
        if (result.IsError)
            return $"{directory}: {result.Error.Describe()}";
        uint count = Last - First + 1;
        uint start = (uint)Hash(IdKey, name) % count;
        for (uint i = 0; i < count; i++)
        {
            uint id = First + ((start + i) % count);
            string link = $"{directory}/{id.ToString(CultureInfo.InvariantCulture)}";
            string? owner = Owner(link);
            if (owner is null && IsKnown(id))
                continue;
            if (owner is null)
            {
                result = Files.MakeSymlink(name, Files.Cwd, link);
                owner = result.IsOk ? name : Owner(link);
            }

            if (result.IsError && result.Error != Errno.EEXIST)
                return $"{link}: {result.Error.Describe()}";
            if (owner != name)
                continue;
            user = new UserRecord(name, id, id, "/", "/usr/sbin/nologin");
            return null;
        }

        return $"all ids from {First} to {Last} are taken";
    }

    /// <summary>The name that a unit without User= gets; all of a template share it.</summary>
    public static string NameFor(string unit)
    {
        int end = unit.IndexOf('@', StringComparison.Ordinal);
        if (end < 0)
            end = unit.LastIndexOf('.');
        string stem = end < 0 ? unit : unit[..end];
        bool plain = stem.Length is > 0 and <= 31
            && (char.IsAsciiLetter(stem[0]) || stem[0] == '_');
        foreach (char c in stem)
            plain &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        return plain
            ? stem
            : string.Create(CultureInfo.InvariantCulture, $"_du{Hash(NameKey, stem):x16}");
    }

    private static bool IsKnown(uint id) =>
        NameService.User(id.ToString(CultureInfo.InvariantCulture)) is { IsOk: true } user
        && !char.IsAsciiDigit(user.Require().Name[0]);

    private static string? Owner(string link)
    {
        Span<byte> target = stackalloc byte[4096];
        SysResult read = SymbolicLinks.Read(Files.Cwd, link, target);
        return read.IsOk ? Encoding.UTF8.GetString(target[..read.Value]) : null;
    }

    private static ulong Hash(byte[] key, string name) =>
        SipHash.Of(key, Encoding.UTF8.GetBytes(name));
}
