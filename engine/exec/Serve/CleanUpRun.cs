using InitTx.Exec.Setup;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;
using InitTx.Linux.Machine;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Serve;

/// <summary>
/// Removes what a stopped unit must not leave behind. Directories are removed by descriptor; a
/// single file only where no unprivileged user could have turned its path elsewhere, or where that
/// user owns the file anyway.
/// </summary>
internal static class CleanUpRun
{
    public static PrepareAnswer.CleanedUp Run(PrepareQuestion.CleanUp question)
    {
        var problems = new List<string>();
        foreach (string file in question.Files)
            RemoveFile(file, problems);
        if (question.Directories.Count > 0)
            RemoveDirectories(question, problems);
        if (question.PrivateState is { } state)
            PrivateTemporary.Remove(state, problems);
        if (question.IpcUser is { } user && UserOf(question, user) is { } uid)
            IpcRemoval.Of(uid, problems);
        if (question.LoginRecord is { } id)
            LoginRecords.End(id);
        return new PrepareAnswer.CleanedUp(
            question.Token, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    // A user that is not to be found has nothing that could be told from others'.
    private static uint? UserOf(PrepareQuestion.CleanUp question, string user)
    {
        if (question.DynamicUsers is { } users)
        {
            string name = user == question.Unit.Value ? DynamicUsers.NameFor(user) : user;
            return DynamicUsers.Find(users, name, out UserRecord? dynamic) is null
                ? dynamic!.Uid
                : null;
        }

        return NameService.User(user).Value?.Uid;
    }

    private static void RemoveFile(string path, List<string> problems)
    {
        SysResult<WalkedPath> walked = SafeWalk.To(path, followLast: false);
        if (walked.IsError)
        {
            if (walked.Error is not (Errno.ENOENT or Errno.ENOTDIR))
                problems.Add(walked.Message);
            return;
        }

        using WalkedPath found = walked.Require();
        if (Files.Status(found.Parent.Number, found.Name, out FileStatus status).IsError)
            return;
        if (status.IsDirectory)
            problems.Add($"{path}: is a directory");
        else if (found.Unsafe)
            problems.Add(
                $"{path}: kept, since an unprivileged user could have redirected the path");
        else if (Files.Unlink(found.Parent.Number, found.Name) is { IsError: true } result
            && result.Error != Errno.ENOENT)
            problems.Add($"{path}: {result.Error.Describe()}");
    }

    private static void RemoveDirectories(PrepareQuestion.CleanUp question, List<string> problems)
    {
        SysResult<FileDescriptor> opened = Directories.Open(question.RuntimeBase);
        if (opened.IsError)
        {
            if (opened.Error != Errno.ENOENT)
                problems.Add(opened.Message);
            return;
        }

        using FileDescriptor root = opened.Require();
        foreach (string name in question.Directories)
        {
            string? wrong = ServiceDirectories.Check(name);
            if (wrong is not null)
                problems.Add($"{name}: {wrong}");
            else
                RemoveDirectory(root, name, problems);
        }
    }

    private static void RemoveDirectory(FileDescriptor root, string name, List<string> problems)
    {
        int slash = name.LastIndexOf('/');
        if (slash < 0)
        {
            Directories.Remove(root, name, problems);
            return;
        }

        SysResult<FileDescriptor> parent = Directories.OpenBeneath(root, name[..slash]);
        if (parent.IsOk)
        {
            using FileDescriptor owned = parent.Require();
            Directories.Remove(owned, name[(slash + 1)..], problems);
        }
        else if (parent.Error != Errno.ENOENT)
        {
            problems.Add($"{name}: {parent.Error.Describe()}");
        }
    }
}
