namespace InitTx.Linux.Identity;

/// <summary>One user of the database (passwd(5)).</summary>
public sealed record UserRecord(string Name, uint Uid, uint Gid, string Home, string Shell);
