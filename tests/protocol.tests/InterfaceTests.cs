using System.Text;
using System.Text.RegularExpressions;
using InitTx.Protocol.Answers;

namespace InitTx.Protocol.Tests;

/// <summary>The description, the method table and the answers say the same.</summary>
public sealed class InterfaceTests
{
    [Test]
    public void The_table_is_in_the_order_of_the_enumeration()
    {
        foreach (ManagerMethod method in Enum.GetValues<ManagerMethod>())
        {
            MethodEntry entry = ManagerInterface.Of(method);
            Assert.That(entry.Method, Is.EqualTo(method));
            Assert.That(entry.WireName, Does.EndWith("." + method));
            Assert.That(entry.Required & ~entry.Allowed, Is.EqualTo(ParameterKeys.None));
        }
    }

    [Test]
    public void Every_method_is_described_with_exactly_its_parameters()
    {
        foreach (MethodEntry entry in ManagerInterface.Methods)
        {
            string name = entry.WireName[..entry.WireName.LastIndexOf('.')];
            string text = InterfaceDescription.Of(name)!;
            Match match = Regex.Match(text, @"method " + entry.Method + @"\(([^)]*)\)");
            Assert.That(match.Success, entry.WireName);
            string[] described = Regex.Matches(match.Groups[1].Value, @"(\w+):\s*(\??)")
                .Select(m => m.Groups[1].Value + m.Groups[2].Value).Order(
                    StringComparer.Ordinal).ToArray();
            string[] taken = Calls.ParameterNames.All
                .Where(p => (entry.Allowed & p.Key) != 0)
                .Select(p => p.Name + ((entry.Required & p.Key) != 0 ? "" : "?"))
                .Order(StringComparer.Ordinal).ToArray();
            Assert.That(described, Is.EqualTo(taken), entry.WireName);
        }
    }

    [Test]
    public void Braces_balance_and_no_method_is_described_that_does_not_exist()
    {
        foreach (string name in new[] { ManagerInterface.Name, ManagerInterface.ServiceName })
        {
            string text = InterfaceDescription.Of(name)!;
            Assert.That(text.Count(c => c == '('), Is.EqualTo(text.Count(c => c == ')')));
            foreach (Match m in Regex.Matches(text, @"^method (\w+)\(", RegexOptions.Multiline))
                Assert.That(Enum.TryParse<ManagerMethod>(m.Groups[1].Value, out _), m.Value);
        }

        Assert.That(InterfaceDescription.Of("org.example"), Is.Null);
    }

    [Test]
    public void A_reply_is_cut_open_without_reading_its_parameters()
    {
        byte[] frame = Encoding.UTF8.GetBytes(
            "{\"parameters\": {\"a\":[1,{\"b\":2}]} ,\"continues\":true}");
        Assert.That(ReplyReader.TryRead(frame, out Reply reply, out _));
        Assert.That(reply.Continues);
        Assert.That(reply.Error, Is.Null);
        Assert.That(
            Encoding.UTF8.GetString(reply.Parameters(frame)), Is.EqualTo("{\"a\":[1,{\"b\":2}]}"));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"parameters\":1}")]
    [TestCase("{\"error\":1}")]
    [TestCase("{\"continues\":\"yes\"}")]
    [TestCase("{\"parameters\":{}")]
    [TestCase("{\"error\":\"\\ud800\"}")]
    [TestCase("{}{}")]
    public void What_is_no_reply_is_a_problem_in_words(string text)
    {
        Assert.That(
            ReplyReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out string problem), Is.False);
        Assert.That(problem, Is.Not.Empty);
    }
}
