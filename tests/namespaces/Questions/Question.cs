namespace InitTx.Namespaces.Tests.Questions;

/// <summary>When in the story a question is asked.</summary>
public enum Moment
{
    /// <summary>Before the reboot, after all that happened.</summary>
    Before,

    /// <summary>After the reboot, about the boot before it.</summary>
    After,
}

/// <summary>One question of an administrator, and the command that answers it.</summary>
/// <param name="Number">As in docs/questions.md; stays.</param>
/// <param name="Text">The question.</param>
/// <param name="Command">A shell line inside the system; {name} is a value of the story.</param>
/// <param name="Expects">What the answer has to say, as a regular expression.</param>
/// <param name="Status">The command's exit status.</param>
/// <param name="Note">What a reader has to know beside the answer; may be empty.</param>
/// <param name="Lines">So many lines of the answer are shown; 0 for all.</param>
/// <param name="Until">Shown up to the line with these words, which depend on chance.</param>
public sealed record Question(
    int Number, string Text, string Command, string Expects, Moment Moment = Moment.Before,
    int Status = 0, string Note = "", int Lines = 0,
    string? Until = null)
{
    public override string ToString() => $"{Number}. {Text}";
}
