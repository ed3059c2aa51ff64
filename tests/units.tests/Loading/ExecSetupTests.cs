using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// systemd.exec(5): what initx-exec is told to do, in the form that it is told. As in systemd, an
/// empty value takes back, a value that cannot be read leaves what stood before.
/// </summary>
public sealed class ExecSetupTests
{
    [TestCase("PrivateTmp=yes", "PrivateTmp=yes")]
    [TestCase("PrivateTmp=yes\nPrivateTmp=no", "")]
    [TestCase("PrivateTmp=yes\nPrivateTmp=perhaps", "PrivateTmp=yes")]
    [TestCase("PrivateTmp=yes\nPrivateTmp=", "")]
    [TestCase("ProtectSystem=true", "ProtectSystem=yes")]
    [TestCase("ProtectSystem=strict\nProtectSystem=strikt", "ProtectSystem=strict")]
    [TestCase("ProtectSystem=full\nProtectSystem=off", "")]
    [TestCase("ProtectHome=read-only", "ProtectHome=read-only")]
    [TestCase("CapabilityBoundingSet=CAP_CHOWN CAP_KILL", "CapabilityBoundingSet=21")]
    [TestCase("CapabilityBoundingSet=cap_chown\nCapabilityBoundingSet=CAP_KILL",
        "CapabilityBoundingSet=21")]
    [TestCase("CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL",
        "CapabilityBoundingSet=1")]
    [TestCase("CapabilityBoundingSet=~CAP_CHOWN", "CapabilityBoundingSet=7ffffffffffffffe")]
    [TestCase("CapabilityBoundingSet=", "CapabilityBoundingSet=0")]
    [TestCase("CapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=~", "")]
    [TestCase("AmbientCapabilities=CAP_NET_RAW", "AmbientCapabilities=2000")]
    [TestCase("AmbientCapabilities=CAP_NET_RAW\nAmbientCapabilities=", "")]
    [TestCase("SecureBits=noroot noroot-locked", "SecureBits=3")]
    [TestCase("RestrictNamespaces=yes", "RestrictNamespaces=0")]
    [TestCase("RestrictNamespaces=no", "")]
    [TestCase("RestrictNamespaces=net mnt", "RestrictNamespaces=40020000")]
    [TestCase("RestrictNamespaces=~user", "RestrictNamespaces=6e020000")]
    [TestCase("RestrictNamespaces=net usr", "")]
    [TestCase("SystemCallFilter=@system-service chmod\nSystemCallFilter=~@mount:EPERM",
        "SystemCallFilter=@system-service chmod|SystemCallFilter=~@mount:EPERM")]
    [TestCase("SystemCallFilter=@system-service\nSystemCallFilter=", "")]
    [TestCase("SystemCallFilter=read:EPERM @nonsense write", "SystemCallFilter=write")]
    [TestCase("SystemCallFilter=~read:ENONSENSE write:kill", "SystemCallFilter=~write:kill")]
    [TestCase("SystemCallErrorNumber=EPERM", "SystemCallErrorNumber=EPERM")]
    [TestCase("SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=kill", "")]
    [TestCase("SystemCallArchitectures=native\nSystemCallArchitectures=x86",
        "SystemCallArchitectures=native x86")]
    [TestCase("RestrictAddressFamilies=AF_UNIX AF_INET", "RestrictAddressFamilies=AF_UNIX AF_INET")]
    [TestCase("RestrictAddressFamilies=none", "RestrictAddressFamilies=none")]
    [TestCase("RestrictAddressFamilies=~none unix AF_INET", "RestrictAddressFamilies=~AF_INET")]
    [TestCase("ReadWritePaths=/a -/b //c/",
        "ReadWritePaths=/a|ReadWritePaths=-/b|ReadWritePaths=/c")]
    [TestCase("ReadWriteDirectories=/a", "ReadWritePaths=/a")]
    [TestCase("ReadOnlyPaths=a /b\nReadOnlyPaths=-+/c", "ReadOnlyPaths=/b|ReadOnlyPaths=-+/c")]
    [TestCase("InaccessiblePaths=/a\nInaccessiblePaths=", "")]
    [TestCase("BindPaths=/a -/b:/c /d:/e:norbind",
        "BindPaths=/a:/a:rbind|BindPaths=-/b:/c:rbind|BindPaths=/d:/e:norbind")]
    [TestCase("BindPaths=/a:/b:maybe", "")]
    [TestCase("TemporaryFileSystem=/var:ro,mode=0700 /x",
        "TemporaryFileSystem=/var:ro,mode=0700|TemporaryFileSystem=/x:")]
    [TestCase("DeviceAllow=/dev/null rw\nDeviceAllow=char-pts\nDeviceAllow=/x",
        "DeviceAllow=/dev/null rw|DeviceAllow=char-pts rwm")]
    [TestCase("CPUAffinity=0 2-3,5", "CPUAffinity=0-0,2-3,5-5")]
    [TestCase("CPUAffinity=3-1", "")]
    [TestCase("IOSchedulingClass=idle\nIOSchedulingPriority=9", "IOSchedulingClass=3")]
    [TestCase("CPUSchedulingPolicy=fifo\nCPUSchedulingPriority=99",
        "CPUSchedulingPolicy=fifo|CPUSchedulingPriority=99")]
    [TestCase("TimerSlackNSec=50", "TimerSlackNSec=50")]
    [TestCase("TimerSlackNSec=1ms", "TimerSlackNSec=1000000")]
    [TestCase("SetCredential=a:b\\x63", "SetCredential=a:YmM=")]
    [TestCase("LoadCredential=a", "LoadCredential=a:a")]
    [TestCase("LoadCredential=a:/b", "LoadCredential=a:/b")]
    [TestCase("LoadCredential=../a:/b", "")]
    [TestCase("StandardInputText=x", "StandardInputData=eAo=")]
    [TestCase("StandardInputData=eA==", "StandardInputData=eA==")]
    [TestCase("StandardInputData=!", "")]
    [TestCase("RootDirectory=/", "")]
    [TestCase("MountAPIVFS=yes", "MountAPIVFS=yes")]
    [TestCase("MountAPIVFS=no", "MountAPIVFS=no")]
    [TestCase("MountAPIVFS=no\nMountAPIVFS=", "")]
    [TestCase("DynamicUser=yes", "DynamicUser=yes")]
    [TestCase("ExecSearchPath=/a://b/:/c\nExecSearchPath=/d", "ExecSearchPath=/a:/b:/c:/d")]
    [TestCase("ExecSearchPath=/a\nExecSearchPath=", "")]
    [TestCase("ExecSearchPath=/a:b:/c\nExecSearchPath=/d", "ExecSearchPath=/a:/d")]
    [TestCase("PAMName=login\nPAMName=%p-%n", "PAMName=a-a.service")]
    [TestCase("PAMName=login\nPAMName=", "")]
    [TestCase("AppArmorProfile=-%p", "AppArmorProfile=-a")]
    [TestCase("SELinuxContext=a:b:c\nSmackProcessLabel=-", "SELinuxContext=a:b:c")]
    [TestCase("SmackProcessLabel=_\nSmackProcessLabel=", "")]
    [TestCase("UtmpIdentifier=%p\nUtmpMode=user\nUtmpMode=nobody",
        "UtmpIdentifier=a|UtmpMode=user")]
    [TestCase("TTYRows=25\nTTYColumns=80\nTTYRows=65536\nTTYColumns=",
        "TTYRows=25")]
    [TestCase("NUMAPolicy=bind\nNUMAMask=0 2-3\nNUMAMask=1",
        "NUMAPolicy=bind|NUMAMask=0-3")]
    [TestCase("NUMAMask=all\nNUMAMask=1\nNUMAPolicy=none", "NUMAMask=all")]
    [TestCase("NUMAMask=x\nNUMAMask=1\nNUMAMask=", "")]
    [TestCase("CoredumpFilter=default private-huge", "CoredumpFilter=33")]
    [TestCase("CoredumpFilter=shared-dax\nCoredumpFilter=0x1 2", "CoredumpFilter=103")]
    [TestCase("CoredumpFilter=all\nCoredumpFilter=nothing", "CoredumpFilter=ffffffff")]
    [TestCase("CoredumpFilter=all\nCoredumpFilter=", "")]
    public void Settings_take_one_form(string lines, string expected) =>
        Assert.That(string.Join('|', Load(lines).Setup.Select(o => $"{o.Key}={o.Value}")),
            Is.EqualTo(expected));

    [TestCase("PrivateTmp=yes", true)]
    [TestCase("Nice=5", false)]
    [TestCase("ProtectHome=no", false)]
    public void A_unit_that_asks_for_nothing_of_it_needs_no_helper(string lines, bool needed) =>
        Assert.That(Load(lines).NeedsExecHelper, Is.EqualTo(needed));

    [Test]
    public void What_is_no_business_of_other_users_is_marked()
    {
        ExecSettings exec = Load("SetCredential=a:b\nStandardInputText=c\nPrivateTmp=yes");
        Assert.That(exec.Setup.Where(o => o.IsSecret).Select(o => o.Key),
            Is.EqualTo(new[] { "SetCredential", "StandardInputData" }));
    }

    private static ExecSettings Load(string lines) =>
        TextTree.Service($"ExecStart=/bin/true\n{lines}\n").Exec!;
}
