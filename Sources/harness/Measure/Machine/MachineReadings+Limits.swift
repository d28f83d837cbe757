import Foundation
import Words

/// What is said of memory, limits and the network.
extension MachineReadings {
    /// kB of a field of /proc/meminfo, in bytes.
    private func bytes(of field: String) -> Int? {
        let line = text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }.map { $0 * 1024 }
    }

    var memory: MachineCheck {
        guard let available = bytes(of: "MemAvailable") else { return .unknown("memory") }
        let found = "\(Self.size(available)) available"
        guard available < 2_000_000_000 else { return MachineCheck("memory", found) }
        return MachineCheck(
            "memory",
            found,
            .warning,
            "several servers and the load may push each other out of the page cache: end other programs, or let "
                + "ensemble.sizes be smaller"
        )
    }

    var memoryLimit: MachineCheck {
        guard let group = ControlGroup(self) else { return .unknown("memory limit") }
        guard let limit = group.memoryLimit else { return MachineCheck("memory limit", "none") }
        let found = Self.size(limit)
        guard limit < 2_000_000_000 else { return MachineCheck("memory limit", found) }
        return MachineCheck(
            "memory limit",
            found,
            .warning,
            "the page cache counts, too: logs are written out early, and servers may be killed: give the container 2 GB "
                + "or more (--memory)"
        )
    }

    var swap: MachineCheck {
        guard let total = bytes(of: "SwapTotal"), let free = bytes(of: "SwapFree") else { return .unknown("swap") }
        guard total > 0 else { return MachineCheck("swap", "none") }
        let used = total - free
        guard used > 0 else { return MachineCheck("swap", "\(Self.size(total)), unused") }
        return MachineCheck(
            "swap",
            "\(Self.size(used)) used",
            .warning,
            "a page that comes back from the disk is an outlier of milliseconds: swapoff -a, or end what needs the memory"
        )
    }

    var hugePages: MachineCheck {
        let file = "/sys/kernel/mm/transparent_hugepage/enabled"
        guard let line = line(file) else { return .unknown("huge pages") }
        let chosen = StorageFacts.chosenScheduler(line)
        guard chosen == "always" else { return MachineCheck("huge pages", chosen) }
        return MachineCheck(
            "huge pages",
            chosen,
            .warning,
            "the kernel stops threads to put pages together, which shows in p99.9: echo madvise > \(file)"
        )
    }

    /// Soft and hard limit; `Int.max` is unlimited.
    private func limit(_ name: String) -> (soft: Int, hard: Int)? {
        guard let line = text("/proc/self/limits")?.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let values = line.dropFirst(name.count).split(separator: " ").prefix(2).map {
            $0 == "unlimited" ? Int.max : Int($0)
        }
        guard values.count == 2, let soft = values[0], let hard = values[1] else { return nil }
        return (soft, hard)
    }

    private func limited(_ name: String, _ field: String, least: Int, isSize: Bool = false, _ remedy: String)
        -> MachineCheck
    {
        guard let limit = limit(field) else { return .unknown(name) }
        let found =
            limit.hard == .max
            ? "unlimited" : isSize ? Self.size(limit.hard) : CountedNoun.grouped(Int(clamping: limit.hard))
        guard limit.hard < least else { return MachineCheck(name, found) }
        return MachineCheck(name, found, .warning, remedy)
    }

    /// The harness raises the soft limit itself.
    var openFiles: MachineCheck {
        limited(
            "open files",
            "Max open files",
            least: 4096,
            "loads with many clients are refused: raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd)"
        )
    }

    var lockedMemory: MachineCheck {
        limited(
            "locked memory",
            "Max locked memory",
            least: 65536,
            isSize: true,
            "kernels before 5.12 refuse io_uring strategies: raise the hard limit (ulimit -Hl, LimitMEMLOCK= of systemd)"
        )
    }

    var processes: MachineCheck {
        limited(
            "processes",
            "Max processes",
            least: 1024,
            "large ensembles cannot be started: raise the hard limit (ulimit -Hu, TasksMax= of systemd)"
        )
    }

    var loopback: MachineCheck {
        guard let mtu = line("/sys/class/net/lo/mtu").flatMap({ Int($0) }) else { return .unknown("loopback") }
        guard mtu < 16_384 else { return MachineCheck("loopback", "MTU \(mtu)") }
        return MachineCheck(
            "loopback",
            "MTU \(mtu)",
            .warning,
            "batches are cut into packets as on a wire, which costs processor time: ip link set lo mtu 65536"
        )
    }

    var ports: MachineCheck {
        let file = "/proc/sys/net/ipv4/ip_local_port_range"
        let ends = (line(file) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { return .unknown("ports") }
        let count = ends[1] - ends[0] + 1
        let found = "\(CountedNoun.text(count, "port")) (\(ends[0])-\(ends[1]))"
        guard count < 12_000 else { return MachineCheck("ports", found) }
        return MachineCheck(
            "ports",
            found,
            .warning,
            "loads with thousands of clients run out of them: sysctl -w net.ipv4.ip_local_port_range='32768 60999'"
        )
    }
}
