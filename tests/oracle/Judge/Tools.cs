namespace InitTx.Oracle.Tests.Judge;

/// <summary>systemd's small programs, asked many questions in one go.</summary>
internal static class Tools
{
    private const string Loop = """
        tool=$1
        shift
        for question in "$@"; do
            status=0
            answer=$($tool "$question" 2>&1) || status=$?
            printf '%s\036%s\035' "$status" "$answer"
        done
        """;

    private const int AtOnce = 1000;

    /// <summary>The status and the words of a program for each question, in order.</summary>
    /// <param name="tool">Program and options; the question is the last argument.</param>
    public static List<(int Status, string Text)> Ask(
        string tool, IReadOnlyList<string> questions)
    {
        using var work = new WorkDirectory();
        return Ask(tool, questions, work);
    }

    /// <summary>The same where the questions are about files of a directory.</summary>
    public static List<(int Status, string Text)> Ask(
        string tool, IReadOnlyList<string> questions, WorkDirectory work)
    {
        List<(int, string)> answers = [];
        foreach (string[] some in questions.Chunk(AtOnce))
        {
            Said said = SystemdRoot.Run(
                work.Path, ["sh", "-c", Loop, "ask", tool, .. some], ("LC_ALL", "C.UTF-8"));
            string[] parts = said.Output.Split('\u001d');
            Assert.That(parts, Has.Length.EqualTo(some.Length + 1), said.Messages);
            foreach (string part in parts[..^1])
            {
                int at = part.IndexOf('\u001e', StringComparison.Ordinal);
                answers.Add((int.Parse(part[..at]), part[(at + 1)..]));
            }
        }

        return answers;
    }
}
