namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Texts for the types that the conformance table does not have: type, name, text.
/// </summary>
internal static class TypeTable
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    public static readonly List<(string Type, string Name, string Text)> Cases =
    [
        ("mount", "a-b", "[Mount]\nWhat=/dev/sda1\nOptions=usrquota,nofail\n"),
        ("mount", "a-c", "[Mount]\nWhat=srv:/x\nType=nfs\n"),
        ("mount", "a-d", "[Mount]\nWhat=tmpfs\nType=tmpfs\nTimeoutSec=0\nDirectoryMode=700\n"),
        ("mount", "e", "[Mount]\nWhat=/x\nWhere=/e\nOptions=bind,x-systemd.device-bound\n"),
        ("mount", "f", "[Mount]\nWhat=/dev/sdb\nOptions=x-systemd.device-bound,usrjquota=a\n"),
        ("mount", "g", "[Mount]\nWhat=host:/x\nWhere=/g\nType=9p\n"),
        ("mount", "h", "[Mount]\nWhat=/dev/nbd0\nWhere=//h/\nOptions=_netdev\n"),
        ("mount", "i", "[Mount]\nWhat=/img\nType=fuse.sshfs\nLazyUnmount=1\nForceUnmount=y\n"),
        ("mount", "j", "[Mount]\nWhat=\n"),
        ("mount", "k", "[Mount]\nWhat=foo\nWhere=relative\nOptions=\nOptions=a%pb\n"),
        ("mount", "l", "[Mount]\nWhat=foo\nWhere=/elsewhere\n"),
        ("mount", "m", "[Unit]\nDefaultDependencies=no\n[Mount]\nWhat=/dev/x\nOptions=loop\n"),
        ("mount", "n", "[Mount]\nWhat=/dev/root\nOptions=ro,nofail,fail\nReadWriteOnly=yes\n"),
        ("mount", "o", "[Mount]\nWhat=/x/y\nOptions=rbind\nSloppyOptions=on\nTimeoutSec=x\n"),
        ("mount", "p", "[Unit]\nDescription=d\n[Mount]\nWhat=LABEL=x\nSlice=q.slice\nNice=4\n"),
        ("mount", "q\\x2dr", "[Mount]\nWhat=a\nWhere=/q-r\nUser=u\nKillMode=none\n"),
        ("mount", "usr", "[Mount]\nWhat=/dev/sdc\n"),
        ("mount", "sys-x", "[Mount]\nWhat=x\n"),
        ("mount", "proc", "[Mount]\nWhat=proc\n"),
        ("mount", "run-lock", "[Mount]\nWhat=x\n"),
        ("mount", "run-initramfs", "[Mount]\nWhat=x\n"),
        ("automount", "a-b", "[Automount]\nTimeoutIdleSec=5min\nDirectoryMode=0700\n"),
        ("automount", "b", "[Automount]\nWhere=/b\nExtraOptions=x,y\nTimeoutIdleSec=0\n"),
        ("automount", "c", "[Automount]\nWhere=/d\n"),
        ("automount", "d", "[Unit]\nDefaultDependencies=no\n[Automount]\n"),
        ("swap", "dev-sda3", "[Swap]\nWhat=/dev/sda3\nOptions=discard\nTimeoutSec=10\n"),
        ("swap", "swapfile2", "[Swap]\nWhat=/swapfile2\nPriority=7\n"),
        ("swap", "sw4", "[Unit]\nDefaultDependencies=no\n[Swap]\nPriority=40000\nPriority=0\n"
            + "What=/sw4\n"),
        ("swap", "sw5", "[Swap]\nWhat=/other\n"),
        ("timer", "t1", "[Timer]\nOnCalendar=daily\nOnCalendar=*:0/15\nPersistent=yes\n"),
        ("timer", "t2", "[Timer]\nOnBootSec=5min\nOnUnitActiveSec=1h\nAccuracySec=1us\n"),
        ("timer", "t3", "[Timer]\n"),
        ("timer", "t4", "[Timer]\nOnActiveSec=1\nOnActiveSec=\nOnStartupSec=2\nUnit=x.target\n"),
        ("timer", "t5", "[Timer]\nOnCalendar=gestern\nOnUnitInactiveSec=3w\nUnit=t6.timer\n"),
        ("timer", "t6", "[Timer]\nOnClockChange=yes\nOnTimezoneChange=yes\nWakeSystem=yes\n"),
        ("timer", "t7", "[Unit]\nDefaultDependencies=no\n[Timer]\nOnCalendar=weekly\n"
            + "RemainAfterElapse=no\nFixedRandomDelay=yes\nRandomizedDelaySec=1h\n"),
        ("timer", "t8", "[Timer]\nOnCalendar=%p\nOnBootSec=1\nAccuracySec=0\nUnit=\n"),
        ("timer", "t9", "[Timer]\nOnBootSec=infinity\nOnStartupSec=-3\nUnit=t9@.service\n"),
        ("path", "p1", "[Path]\nPathExists=/a\nPathChanged=/b\nPathModified=/c/../d\n"
            + "Unit=x.service\n"),
        ("path", "p2", "[Path]\nPathExistsGlob=/a/*\nDirectoryNotEmpty=/%p\nMakeDirectory=yes\n"
            + "DirectoryMode=0711\nTriggerLimitBurst=3\nTriggerLimitIntervalSec=4\n"),
        ("path", "p3", "[Path]\n"),
        ("path", "p4", "[Path]\nPathExists=/gone\nPathExists=\nPathChanged=/here\n"),
        ("path", "p5", "[Unit]\nDefaultDependencies=no\n[Path]\n"
            + "PathExists=rel\nPathExists=/r//s/\n"),
        ("slice", "x-y", "[Unit]\nDescription=d\n[Slice]\nMemoryMax=1G\n"),
        ("slice", "x-y-z", "[Unit]\nDefaultDependencies=no\n"),
        ("slice", "x--y", "[Slice]\n"),
        ("slice", "w", ""),
        ("target", "g1", "[Unit]\nDescription=d\nRequires=g2.target\nAllowIsolate=yes\n"),
        ("target", "g2", "[Unit]\nDefaultDependencies=no\nJobTimeoutSec=5\n"
            + "JobTimeoutAction=reboot\nStopWhenUnneeded=yes\n"),
        ("target", "g3", "[Unit]\nWants=g4.target\nBefore=g4.target\n"),
        ("target", "g4", "[Unit]\nWants=g3.target t1.timer p1.path k1.socket\n"),
        ("target", "g5", "[Unit]\nRequiresMountsFor=/a/b/c /e\nUpholds=g1.target\n"),
        ("socket", "k1", "[Socket]\nListenStream=80\nListenStream=[::1]:81\n"
            + "ListenStream=1.2.3.4:5\n"
            + "ListenDatagram=@abs\nBindIPv6Only=both\nReusePort=yes\nBacklog=5\n"),
        ("socket", "k2", "[Socket]\nListenStream=/run/k2\nAccept=yes\nMaxConnections=3\n"),
        ("socket", "k3", "[Socket]\nListenFIFO=/run/k3\nService=r.service\n"
            + "Symlinks=/run/l /run/m\n"),
        ("socket", "k4", "[Socket]\nListenNetlink=route 5\n"
            + "ListenNetlink=audit\nPassCredentials=1\n"),
        ("socket", "k5", "[Socket]\nListenMessageQueue=/mq\n"
            + "ListenSpecial=/dev/x\nWritable=yes\n"),
        ("socket", "k6", "[Socket]\nListenSequentialPacket=/var/run/k6\nSocketUser=u\n"
            + "SocketMode=0600\nDirectoryMode=0700\nRemoveOnStop=yes\nFileDescriptorName=n\n"),
        ("socket", "k7", "[Socket]\nListenStream=80\nListenStream=\n"),
        ("socket", "k8", "[Socket]\nListenStream=vsock::99\nListenStream=vsock:2:100\n"),
        ("socket", "k9", "[Socket]\nListenStream=/run/k9\nExecStartPre=/bin/true\nTimeoutSec=0\n"
            + "TriggerLimitBurst=0\nReceiveBuffer=8M\nFlushPending=yes\nSlice=x.slice\n"),
        ("socket", "k10", "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=99999\n"
            + "ListenStream=host:80\nListenStream=8080\nKeepAlive=1\nNoDelay=1\nFreeBind=1\n"
            + "Transparent=1\nBroadcast=1\nPassSecurity=1\nBindToDevice=eth0\n"),
        ("device", "dev-y", "[Unit]\nDescription=y\nAfter=x.service\n"),
        ("scope", "c1", "[Scope]\nRuntimeMaxSec=5\n"),
        ("service", "", Run + "PrivateTmp=yes\nStateDirectory=a\n"),
        ("service", "", Run + "RootDirectory=/srv/x\nPrivateTmp=no\n"),
        ("service", "", Run + "RootImage=/srv/img\n"),
        ("service", "", Run + "LogNamespace=ns\n"),
        ("service", "", Run + "DynamicUser=yes\n"),
        ("service", "", Run + "DynamicUser=yes\nUser=q\nCacheDirectory=b:c\n"),
        ("service", "", Run + "StandardInput=data\nStandardInputText=hello\n"),
        ("service", "", Run + "TTYPath=/dev/tty7\nStandardInput=tty\nBindPaths=/mnt/z\n"),
        ("service", "", Run + "Slice=a-b.slice\nType=dbus\nBusName=a.b\n"),
        ("service", "", Run + "Sockets=k1.socket k2.socket\nWorkingDirectory=-/w\n"),
        ("service", "", Run + "WorkingDirectory=/w/v\nEnvironmentFile=/etc/x\nPIDFile=/run/p\n"),
        ("service", "", Run + "WatchdogSec=5\nNotifyAccess=none\nRestart=always\nType=exec\n"),
        ("service", "", Run + "Type=notify\nNotifyAccess=exec\nOOMPolicy=kill\n"),
        ("service", "", Run + "User=%p\nGroup=%i\nSupplementaryGroups=%p\nSyslogIdentifier=%N\n"),
        ("service", "", "[Unit]\nRefuseManualStop=yes\nPropagatesStopTo=a.service\n"
            + "StopPropagatedFrom=b.service\nJoinsNamespaceOf=c.service\n" + Run),
        ("service", "", "[Unit]\nRequiresMountsFor=/usr /srv/a//b\nPartOf=a.service\n" + Run),
        .. ResourceTable.Cases(),
    ];
}
