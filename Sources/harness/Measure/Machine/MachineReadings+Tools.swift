import Foundation

/// What is said of programs that some commands use. None of them distorts anything by its absence.
extension MachineReadings {
    private func tool(_ name: String, _ programs: [String], _ remedy: String) -> MachineCheck {
        let paths = programs.map { ($0, program($0)) }
        guard let absent = paths.first(where: { $0.1 == nil })?.0 else {
            return MachineCheck(name, paths.compactMap(\.1).last ?? "installed")
        }
        return MachineCheck(name, "no \((absent as NSString).lastPathComponent)", .missing, remedy)
    }

    var perf: MachineCheck {
        let found = tool(
            "perf",
            ["perf"],
            "zabbench ab names no functions after a regression: apt-get install linux-perf"
        )
        guard found.verdict == .ok, !isRoot else { return found }
        guard let level = line("/proc/sys/kernel/perf_event_paranoid").flatMap({ Int($0) }) else {
            return .unknown("perf", found.found)
        }
        guard level > 2 else { return found }
        return MachineCheck(
            "perf",
            "perf_event_paranoid \(level)",
            .missing,
            "zabbench ab names no functions after a regression: sysctl -w kernel.perf_event_paranoid=1"
        )
    }

    var valgrind: MachineCheck {
        tool("valgrind", ["valgrind"], "zabbench exact --instructions needs it: apt-get install valgrind")
    }

    var zooKeeper: MachineCheck {
        tool(
            "zookeeper",
            ["java", "/usr/share/java/zookeeper.jar"],
            "workloads/versus.yaml needs it: make peers; --connect can load one that runs elsewhere"
        )
    }

    var etcd: MachineCheck {
        tool("etcd", ["etcd"], "nothing needs it today: zabbench drives ZooKeeper's protocol")
    }

    var git: MachineCheck {
        tool("git", ["git"], "zabbench ab builds references with it: apt-get install git")
    }

    var swift: MachineCheck {
        tool("swift", ["swift"], "zabbench ab builds references with it: swift.org/install")
    }
}
