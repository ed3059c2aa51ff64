using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Which files make up a unit, judged by systemd 252 over two directories: precedence, aliases,
/// masks, templates, drop-ins of every kind, links.
/// </summary>
public sealed class TreeCompareTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    private static readonly string[] Asked =
    [
        "hidden.service", "real.service", "alias.service", "masked.service", "empty.service",
        "tmpl@a-b.service", "tmpl@own.service", "inst-alias@x.service", "di-a-b.service",
        "di-a-b@x.service", "gone.service", "loop1.service", "linked.service", "wrong.service",
        "w.target", "al.target", "self.service", "fatal.service", "conf.service", "sock.socket",
        "mutual1.target", "mutual2.target", "pt.path", "tm.timer", "sl-ice.slice",
            "double--dash.service",
    ];

    [Test]
    public void A_tree_of_names_links_and_drop_ins_loads_as_systemd_loads_it()
    {
        using var work = new WorkDirectory();
        Fill(work);
        work.WriteAll("high/all.target", Asked);
        Dump dump = work.Judge("all.target", "high", "low");
        UnitLoader loader = work.Loader("high", "low");
        var comparison = new Comparison("names and drop-ins");
        AcceptedList accepted = AcceptedList.Read("names");
        foreach (string name in Asked)
            comparison.Compare(loader.Load(UnitName.Parse(name)), dump, accepted);
        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Units, Is.GreaterThan(20));
        Assert.That(comparison.Unexplained, Is.Empty, dump.Messages);
    }

    private static void Fill(WorkDirectory work)
    {
        string low = $"{work.Path}/low";
        work.Write("high/hidden.service", "[Unit]\nDescription=high\n" + Run);
        work.Write("low/hidden.service", "[Unit]\nDescription=low\n" + Run);
        work.Write("low/hidden.service.d/1.conf", "[Unit]\nAfter=one.service\n");
        work.Write("high/hidden.service.d/2.conf", "[Unit]\nAfter=two.service\n");
        work.Write("low/hidden.service.d/2.conf", "[Unit]\nAfter=never.service\n");
        work.Write("low/real.service", "[Unit]\nAfter=alias.service other.service\n" + Run);
        work.Link("high/alias.service", $"{low}/real.service");
        work.Write("high/alias.service.d/a.conf", "[Unit]\nDescription=from the alias\n");
        work.Link("high/alias.service.wants/al.service", "/x/al.service");
        work.Write("low/masked.service", Run);
        work.Link("high/masked.service", "/dev/null");
        work.Write("high/empty.service", "");
        work.Write("low/tmpl@.service", "[Unit]\nDescription=%i of %p\nWants=o@.service\n" + Run);
        work.Write("low/tmpl@own.service", "[Unit]\nDescription=own\n" + Run);
        work.Write("low/tmpl@.service.d/t.conf", "[Unit]\nAfter=template-%i.service\n");
        work.Write("low/tmpl@a-b.service.d/i.conf", "[Unit]\nAfter=instance.service\n");
        work.Link("high/inst-alias@x.service", $"{low}/tmpl@.service");
        foreach (string folder in new[] { "service.d/05", "di-a-b.service.d/10",
            "di-a-.service.d/20", "di-.service.d/30" })
            work.Write($"low/{folder}.conf",
                $"[Unit]\nAfter={folder[^2..]}.service\nDescription={folder}\n");
        work.Write("low/di-.service.d/10.conf", "[Unit]\nAfter=hidden-by-name.service\n");
        work.Write("high/di-.service.d/10.conf", "[Unit]\nAfter=higher-directory.service\n");
        work.Write("low/di-a-@x.service.d/60.conf", "[Unit]\nAfter=prefix-with-instance.service\n");
        work.Write("low/di-a-@.service.d/61.conf", "[Unit]\nAfter=prefix-template.service\n");
        work.Write("low/di-a-b.service", Run);
        work.Write("low/di-a-b@.service", Run);
        work.Link("high/di-a-b.service.d/20.conf", "/dev/null");
        work.Link("high/loop1.service", $"{work.Path}/high/loop2.service");
        work.Link("high/loop2.service", $"{work.Path}/high/loop1.service");
        work.Write("opt/linked.service", "[Unit]\nDescription=linked\n" + Run);
        work.Link("high/linked.service", $"{work.Path}/opt/linked.service");
        work.Link("high/wrong.service", $"{low}/al.target");
        work.Write("low/al.target", "[Unit]\nDescription=al\n");
        work.Write("low/w.target", "[Unit]\nDescription=w\n");
        work.Link("high/w.target.wants/real.service", $"{low}/real.service");
        work.Link("low/w.target.wants/hidden.service", $"{low}/hidden.service");
        work.Link("high/w.target.wants/hidden.service", "/dev/null");
        work.Link("low/w.target.requires/tmpl@q.service", $"{low}/tmpl@.service");
        work.Link("low/w.target.requires/tmpl@.service", $"{low}/tmpl@.service");
        work.Write("low/w.target.wants/nolink.service", "x");
        work.Link("high/self.service", $"{low}/self.service");
        work.Write("low/self.service", "[Unit]\nDescription=self\n" + Run);
        work.Write("low/fatal.service", Run);
        work.Write("low/fatal.service.d/1.conf",
            "[Service]\nExecStartPre=/bin/a\nExecStartPre=/bin/b %z\n[Unit]\nDescription=never\n");
        work.Write("low/fatal.service.d/2.conf", "[Unit]\nAfter=after-fatal.service\n");
        work.Write("low/conf.service", Run);
        work.Write("low/conf.service.d/x.txt", "[Unit]\nDescription=never\n");
        work.Write("low/conf.service.d/.hidden.conf", "[Unit]\nDescription=dot\n");
        work.Write("low/conf.service.d/y.conf",
            "[Service]\nExecStart=\nExecStart=/bin/other\n[Unit]\nAfter=\n");
        work.Write("low/sock.socket",
            "[Socket]\nListenStream=/run/x/y\nListenStream=80\nService=real.service\n");
        work.Write("low/mutual1.target", "[Unit]\nBefore=mutual2.target\nWants=mutual2.target\n");
        work.Write("low/mutual2.target", "[Unit]\nWants=al.target\nAfter=al.target\n");
        work.Write("low/pt.path", "[Path]\nPathExists=/a/b\nPathChanged=/c\nUnit=alias.service\n");
        work.Write("low/tm.timer", "[Timer]\nOnBootSec=5\nUnit=real.service\nPersistent=yes\n");
        work.Write("low/sl-ice.slice", "[Unit]\nDescription=slice\n");
        work.Write("low/double--dash.service", Run);
        work.Write("low/double-.service.d/d.conf", "[Unit]\nAfter=double.service\n");
        work.Write("low/double--.service.d/e.conf", "[Unit]\nAfter=doubledouble.service\n");
    }
}
