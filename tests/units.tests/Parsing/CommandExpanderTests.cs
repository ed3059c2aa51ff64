using InitTx.Units.Model;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Variables in command lines, each result as seen on a running systemd 252.</summary>
public sealed class CommandExpanderTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["A"] = "b c",
        ["Q"] = "-x 'a b' \"c\\\" d\" e\\ f",
        ["E"] = "",
    };

    [TestCase("$A", "b|c")]
    [TestCase("\"$A\"", "b|c")]
    [TestCase("${A}", "b c")]
    [TestCase("x$A", "x$A")]
    [TestCase("x${A}y", "xb cy")]
    [TestCase("$$A", "$A")]
    [TestCase("$NOPE", "")]
    [TestCase("${NOPE}", "<>")]
    [TestCase("$E x ${E}", "x|<>")]
    [TestCase("%%n", "%n")]
    [TestCase("$Q", "-x|a b|c\" d|e f")]
    [TestCase("${A:-z} $1 $ $A-b", "${A:-z}")]
    [TestCase("'echo $A $? $(x) ${A}'", "echo $A $? $(x) b c")]
    [TestCase("a$", "a$")]
    [TestCase("${A", "${A")]
    public void Words_are_expanded_as_systemd_does(string words, string expected)
    {
        UnitDefinition unit = TextTree.Service($"ExecStart=/bin/echo {words}\n");
        List<string> argv = CommandExpander.Expand(
            unit.Service!.ExecStart[0], name => Variables.GetValueOrDefault(name))!;
        Assert.That(string.Join('|', argv.Skip(1).Select(w => w.Length == 0 ? "<>" : w)),
            Is.EqualTo(expected));
    }

    [Test]
    public void With_a_colon_nothing_is_expanded()
    {
        UnitDefinition unit = TextTree.Service("ExecStart=:/bin/echo $A ${A} $$\n");
        Assert.That(CommandExpander.Expand(unit.Service!.ExecStart[0], _ => "x"),
            Is.EqualTo(new[] { "/bin/echo", "$A", "${A}", "$$" }));
    }

    [Test]
    public void A_variable_of_too_many_words_is_refused()
    {
        UnitDefinition unit = TextTree.Service("ExecStart=/bin/echo $A\n");
        string many = string.Join(' ', Enumerable.Repeat("x", CommandExpander.MaxWords + 1));
        Assert.That(CommandExpander.Expand(unit.Service!.ExecStart[0], _ => many), Is.Null);
    }
}
