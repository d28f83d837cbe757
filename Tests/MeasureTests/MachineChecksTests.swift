import Testing

@testable import Measure

/// What `zabbench doctor` makes of the kernel's texts, which are given here.
@Suite struct MachineChecksTests {
    static let cpu = "/sys/devices/system/cpu"
    static let clock = "/sys/devices/system/clocksource/clocksource0"

    /// A machine with nothing to object to.
    static let good = [
        cpu + "/cpu0/cpufreq/scaling_governor": "performance\n",
        cpu + "/cpu1/cpufreq/scaling_governor": "performance\n",
        cpu + "/intel_pstate/no_turbo": "1\n", "/proc/cpuinfo": "processor: 0\nflags\t\t: fpu tsc\n",
        "/sys/class/dmi/id/product_name": "Example Server\n", clock + "/current_clocksource": "tsc\n",
        clock + "/available_clocksource": "tsc hpet acpi_pm \n", "/proc/self/cgroup": "0::/user/me\n",
        "/sys/fs/cgroup/user/cpu.max": "max 100000\n", "/sys/fs/cgroup/user/memory.max": "max\n",
        "/proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
        "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
        "/proc/self/limits": """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             96365                96365                processes
        Max open files            1024                 524288               files
        Max locked memory         8388608              unlimited            bytes
        """, "/sys/class/net/lo/mtu": "65536\n", "/proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
        "/proc/sys/kernel/perf_event_paranoid": "2\n",
    ]

    static let disk = StorageFacts(
        fileSystem: "ext4",
        mountOptions: ["relatime", "rw"],
        source: "/dev/nvme0n1p2",
        writeCache: "write back",
        scheduler: "none",
        rotational: false
    )

    /// - Parameter other: texts in the place of the good ones; an empty one is a file that is not there.
    private func readings(_ other: [String: String] = [:]) -> MachineReadings {
        let texts = Self.good.merging(other) { $1 }.filter { !$0.value.isEmpty }
        var readings = MachineReadings(
            text: { texts[$0] },
            names: { $0 == Self.cpu ? ["cpu0", "cpu1", "cpufreq", "cpuidle", "online"] : [] },
            program: { $0.hasPrefix("/") ? $0 : "/usr/bin/\($0)" },
            coreCount: 8
        )
        readings.configuration = "release"
        readings.foreign = ForeignLoad(share: 0.01, steal: 0)
        readings.storage = Self.disk
        readings.freeBytes = 100_000_000_000
        readings.syncs = SyncProbe(medianMicroseconds: 120, count: 100, flushes: 100)
        return readings
    }

    private func check(_ name: String, _ readings: MachineReadings) throws -> MachineCheck {
        try #require(readings.checks.first { $0.name == name })
    }

    @Test func nothingIsSaidOfAGoodMachine() {
        let checks = readings().checks
        #expect(checks.filter { $0.verdict != .ok }.map(\.name) == [])
        #expect(checks.allSatisfy { $0.remedy == nil && !$0.found.isEmpty })
        #expect(Set(checks.map(\.name)).count == checks.count)
    }

    @Test func nothingReadableIsNeverAVerdictOrATrap() {
        var readings = MachineReadings(text: { _ in nil }, coreCount: 8)
        readings.configuration = "release"
        let verdicts = Dictionary(uniqueKeysWithValues: readings.checks.map { ($0.name, $0.verdict) })
        let known: Set = ["build", "cores"]
        let tools: Set = ["perf", "valgrind", "zookeeper", "etcd", "git", "swift"]
        for (name, verdict) in verdicts {
            #expect(verdict == (known.contains(name) ? .ok : tools.contains(name) ? .missing : .unknown), "\(name)")
        }
    }

    @Test func textsOfAnotherShapeAreNeverAVerdictOrATrap() {
        for nonsense in ["\n", " ", "x", "::", "-1", "0::", ":cpu:/", "9999999999999999999999", "a b c d e f", "flags"]
        {
            let readings = MachineReadings(text: { _ in nonsense }, names: { _ in ["cpu0"] }, coreCount: 1)
            #expect(readings.checks.allSatisfy { $0.verdict != .worthless || $0.name == "build" }, "\(nonsense)")
        }
    }

    static let texts: [(String, [String: String], MachineCheck.Verdict, String)] = [
        ("cpu frequency", [cpu + "/cpu1/cpufreq/scaling_governor": "powersave"], .warning, "performance, powersave"),
        ("turbo", [cpu + "/intel_pstate/no_turbo": "0"], .warning, "on"),
        ("turbo", [cpu + "/intel_pstate/no_turbo": "", cpu + "/cpufreq/boost": "1"], .warning, "on"),
        ("turbo", [cpu + "/intel_pstate/no_turbo": "", cpu + "/cpufreq/boost": "0"], .ok, "off"),
        ("virtual machine", ["/proc/cpuinfo": "flags : fpu hypervisor"], .warning, "yes"),
        ("virtual machine", ["/sys/class/dmi/id/product_name": "KVM"], .warning, "yes (KVM)"),
        ("virtual machine", ["/proc/cpuinfo": "", "/sys/class/dmi/id/product_name": ""], .unknown, "not readable"),
        ("clock source", [clock + "/current_clocksource": "hpet"], .warning, "hpet"),
        ("clock source", [clock + "/current_clocksource": "kvm-clock"], .ok, "kvm-clock"),
        ("cpu quota", ["/sys/fs/cgroup/user/cpu.max": "150000 100000"], .warning, "1.5 of 8 cores"),
        ("cpu quota", ["/sys/fs/cgroup/user/me/cpu.max": "50000 100000"], .warning, "0.5 of 8 cores"),
        ("cpu quota", ["/sys/fs/cgroup/user/cpu.max": "1600000 100000"], .ok, "16 of 8 cores"),
        (
            "cpu quota",
            [
                "/proc/self/cgroup": "3:cpu,cpuacct:/docker/x",
                "/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us": "200000",
                "/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us": "100000",
            ], .warning, "2 of 8 cores"
        ),
        ("memory", ["/proc/meminfo": "MemAvailable: 900000 kB"], .warning, "922 MB available"),
        ("memory limit", ["/sys/fs/cgroup/user/memory.max": "536870912"], .warning, "537 MB"),
        ("memory limit", ["/sys/fs/cgroup/user/memory.max": "8589934592"], .ok, "8.6 GB"),
        (
            "memory limit",
            ["/proc/self/cgroup": "4:memory:/", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"],
            .ok,
            "none"
        ),
        ("swap", ["/proc/meminfo": "SwapTotal: 2000000 kB\nSwapFree: 1000000 kB"], .warning, "1.0 GB used"),
        ("swap", ["/proc/meminfo": "SwapTotal: 2000000 kB\nSwapFree: 2000000 kB"], .ok, "unused"),
        ("huge pages", ["/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"], .warning, "always"),
        (
            "open files",
            ["/proc/self/limits": "Max open files            1024                 1024                 files"],
            .warning, "1,024"
        ),
        ("locked memory", ["/proc/self/limits": "Max locked memory         1024 1024 bytes"], .warning, "1.0 kB"),
        ("processes", ["/proc/self/limits": "Max processes             100 100 processes"], .warning, "100"),
        ("loopback", ["/sys/class/net/lo/mtu": "1500"], .warning, "MTU 1500"),
        ("ports", ["/proc/sys/net/ipv4/ip_local_port_range": "60000 60999"], .warning, "1,000 ports"),
        ("perf", ["/proc/sys/kernel/perf_event_paranoid": "4"], .missing, "perf_event_paranoid 4"),
    ]

    @Test(arguments: texts.indices) func theKernelsTextsAreJudged(index: Int) throws {
        let (name, other, verdict, found) = Self.texts[index]
        let check = try check(name, readings(other))
        #expect(check.verdict == verdict && check.found.contains(found), "\(check)")
        #expect((check.remedy != nil) == (verdict == .warning || verdict == .missing))
    }

    @Test func aDebugBuildAndBusyProcessorsAreWorthless() throws {
        var readings = readings()
        readings.configuration = "debug"
        #expect(try check("build", readings).verdict == .worthless)
        readings.coreCount = 2
        #expect(try check("cores", readings).verdict == .warning)
        readings.foreign = ForeignLoad(share: 0.2, steal: 0.1)
        readings.busiest = [BusyProcess(pid: 7, name: "cc1", cores: 1)]
        #expect(try check("other processes", readings).verdict == .warning)
        #expect(try check("other processes", readings).remedy?.contains("cc1 (pid 7)") == true)
        #expect(try check("steal", readings).verdict == .warning)
        readings.foreign = ForeignLoad(share: 0.9, steal: 0.6)
        #expect(try check("other processes", readings).verdict == .worthless)
        #expect(try check("steal", readings).verdict == .worthless)
        readings.foreign = ForeignLoad(share: 0, steal: nil)
        #expect(try check("steal", readings).verdict == .unknown)
    }

    @Test(arguments: [
        ("ext4", MachineCheck.Verdict.ok), ("xfs", .ok), ("tmpfs", .worthless), ("ramfs", .worthless),
        ("overlay", .warning), ("nfs4", .warning), ("9p", .warning), ("fuse.sshfs", .warning), ("btrfs", .warning),
        ("reiserfs", .unknown),
    ])
    func fileSystemsAreJudged(name: String, verdict: MachineCheck.Verdict) throws {
        var readings = readings()
        readings.storage?.fileSystem = name
        #expect(try check("file system", readings).verdict == verdict)
    }

    @Test(arguments: [
        (["rw", "nobarrier"], MachineCheck.Verdict.worthless), (["barrier=0"], .worthless), (["discard"], .warning),
        (["sync"], .warning), (["data=journal"], .warning), (["data=ordered", "rw"], .ok),
    ])
    func mountOptionsAreJudged(options: [String], verdict: MachineCheck.Verdict) throws {
        var readings = readings()
        readings.storage?.mountOptions = options
        #expect(try check("mount options", readings).verdict == verdict)
    }

    @Test func aSyncThatReachesNoDeviceIsWorthless() throws {
        var readings = readings()
        readings.syncs = SyncProbe(medianMicroseconds: 2, count: 100, flushes: nil)
        #expect(try check("sync", readings).verdict == .worthless)
        readings.syncs = SyncProbe(medianMicroseconds: 60, count: 100, flushes: 0)
        #expect(try check("sync", readings).verdict == .worthless)
        // Without a volatile cache there is nothing to flush.
        readings.storage?.writeCache = "write through"
        #expect(try check("sync", readings).verdict == .ok)
        #expect(try check("write cache", readings).found.contains("nothing to flush"))
        readings.storage?.rotational = true
        #expect(try check("sync", readings).verdict == .warning)
        readings.syncs = SyncProbe(medianMicroseconds: 8300, count: 100, flushes: 100)
        #expect(try check("sync", readings).verdict == .ok)
        readings.storage?.scheduler = "bfq"
        #expect(try check("disk scheduler", readings).verdict == .warning)
        readings.freeBytes = 1_000_000_000
        #expect(try check("free space", readings).verdict == .warning)
    }

    @Test func missingProgramsDistortNothing() throws {
        var readings = readings()
        readings.program = { $0 == "java" ? "/usr/bin/java" : nil }
        for name in ["perf", "valgrind", "zookeeper", "etcd", "git", "swift"] {
            #expect(try check(name, readings).verdict == .missing)
        }
        #expect(try check("zookeeper", readings).found == "no zookeeper.jar")
        readings.program = { "/usr/bin/\($0)" }
        readings.isRoot = true
        let root = MachineReadings(text: { _ in "4" }, program: readings.program, coreCount: 1, isRoot: true)
        #expect(try check("perf", root).verdict == .ok)
    }
}
