using System.Text.Json;

namespace InitTx.Namespaces.Tests.Questions;

/// <summary>What administrators ask gets an answer, and docs/questions.md shows it.</summary>
[TestFixture]
public sealed class QuestionTests
{
    private readonly Dictionary<int, Answer> answers = [];
    private QuestionStory story = null!;

    public static IEnumerable<Question> Questions => QuestionList.All;

    [OneTimeSetUp]
    public void Ask()
    {
        story = new QuestionStory();
        story.FirstBoot();
        AskAll(Moment.Before);
        story.SecondBoot();
        AskAll(Moment.After);
    }

    [OneTimeTearDown]
    public void TakeDown() => story?.Dispose();

    [TestCaseSource(nameof(Questions))]
    public void It_is_answered(Question question)
    {
        Answer answer = answers[question.Number];
        Assert.That(answer.Text.Status, Is.EqualTo(question.Status), answer.Text.ToString);
        Assert.That(answer.Text.Out, Does.Match(question.Expects), answer.Text.ToString);
        string[] lines = answer.Json.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Is.Not.Empty, "no JSON");
        foreach (string line in lines)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Assert.That(document.RootElement.ValueKind, Is.EqualTo(JsonValueKind.Object), line);
        }
    }

    [Test]
    public void The_page_shows_what_is_answered()
    {
        string now = QuestionDocument.Write(answers.Values);
        if (Environment.GetEnvironmentVariable("INITX_DOCS") == "write")
            File.WriteAllText(QuestionDocument.Path, now);
        Assert.That(File.Exists(QuestionDocument.Path), "INITX_DOCS=write ./test ns writes it");
        Assert.That(
            QuestionDocument.Normal(now),
            Is.EqualTo(QuestionDocument.Normal(File.ReadAllText(QuestionDocument.Path))),
            "docs/questions.md is not what is answered; INITX_DOCS=write ./test ns writes it anew");
    }

    private void AskAll(Moment moment)
    {
        foreach (Question question in QuestionList.All.Where(q => q.Moment == moment))
        {
            string command = story.Fill(question.Command);
            answers[question.Number] = new Answer(
                question, command, story.System.Shell(command),
                story.System.Shell(command + " --json").Out);
        }
    }
}
