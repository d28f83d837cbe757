import Foundation
import Words

/// What is said of the build and of the processors.
extension MachineReadings {
    var build: MachineCheck {
        guard configuration == "debug" else { return MachineCheck("build", configuration) }
        return MachineCheck(
            "build",
            configuration,
            .worthless,
            "a debug build is several times slower: measure with a release build (make bench, swift build -c release)"
        )
    }

    /// Three servers and the load are four that want a processor at once.
    static let coresWanted = 4

    var cores: MachineCheck {
        let found = CountedNoun.text(coreCount, "core")
        guard coreCount < Self.coresWanted else { return MachineCheck("cores", found) }
        return MachineCheck(
            "cores",
            found,
            .warning,
            "three servers and the load share \(coreCount == 1 ? "it" : "them"), so rows with three servers measure the "
                + "machine: compare them with each other, not with other machines, or use "
                + "\(Self.coresWanted) cores or more"
        )
    }

    var neighbours: MachineCheck {
        guard let foreign else { return .unknown("other processes") }
        let found = "\(Self.percent(foreign.share)) of the processors"
        guard foreign.share >= ForeignLoad.bound else { return MachineCheck("other processes", found) }
        let names = busiest.map { "\($0.name) (pid \($0.pid))" }
        let who = names.isEmpty ? "stop what runs" : "stop \(CountedNoun.list(names))"
        return MachineCheck(
            "other processes",
            found,
            foreign.share >= 0.5 ? .worthless : .warning,
            "\(who), or wait for them with --wait-quiet"
        )
    }

    var steal: MachineCheck {
        guard let steal = foreign?.steal else { return .unknown("steal") }
        let found = "\(Self.percent(steal)) of the processors"
        guard steal >= 0.02 else { return MachineCheck("steal", found) }
        return MachineCheck(
            "steal",
            found,
            steal >= 0.5 ? .worthless : .warning,
            "the hypervisor gives this machine's processors to others: measure at another time, or on a machine with "
                + "processors of its own"
        )
    }

    private var frequencyFolders: [String] {
        let folder = "/sys/devices/system/cpu"
        return names(folder).filter { $0.hasPrefix("cpu") && $0.dropFirst(3).allSatisfy(\.isNumber) && $0.count > 3 }
            .map { "\(folder)/\($0)/cpufreq" }
    }

    var frequency: MachineCheck {
        let governors = Set(frequencyFolders.compactMap { line($0 + "/scaling_governor") }).sorted()
        guard !governors.isEmpty else {
            return .unknown("cpu frequency", "no cpufreq here", "usual in a virtual machine: its host decides")
        }
        let found = "governor \(governors.joined(separator: ", "))"
        guard governors != ["performance"] else { return MachineCheck("cpu frequency", found) }
        return MachineCheck(
            "cpu frequency",
            found,
            .warning,
            "an idle processor is slow at first, which shows in latencies at low load: cpupower frequency-set -g performance"
        )
    }

    var turbo: MachineCheck {
        let intel = "/sys/devices/system/cpu/intel_pstate/no_turbo"
        let other = "/sys/devices/system/cpu/cpufreq/boost"
        let path: String
        let isOn: Bool
        if let value = line(intel) {
            (path, isOn) = (intel, value == "0")
        } else if let value = line(other) {
            (path, isOn) = (other, value == "1")
        } else {
            return .unknown("turbo", "no switch here")
        }
        guard isOn else { return MachineCheck("turbo", "off") }
        return MachineCheck(
            "turbo",
            "on",
            .warning,
            "the clock depends on heat and on how many cores are busy, so runs differ: echo \(path == intel ? 1 : 0) > \(path)"
        )
    }

    var machine: MachineCheck {
        let product = line("/sys/class/dmi/id/product_name")
        let marks = ["KVM", "Virtual", "VMware", "QEMU", "HVM", "Google Compute", "Bochs", "OpenStack"]
        let isNamed = product.map { product in marks.contains { product.contains($0) } } ?? false
        let information = text("/proc/cpuinfo") ?? ""
        let flags = information.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ")
        let isVirtual = isNamed || (flags?.contains("hypervisor") ?? false)
        guard isVirtual else {
            // ARM has no such flag.
            guard flags != nil || product != nil else { return .unknown("virtual machine") }
            return MachineCheck("virtual machine", product.map { "no (\($0))" } ?? "no")
        }
        return MachineCheck(
            "virtual machine",
            product.map { "yes (\($0))" } ?? "yes",
            .warning,
            "its host's other guests share disk and processors unseen: repeat runs (--repeats 5), and compare builds in turns "
                + "(zabbench ab)"
        )
    }

    var clockSource: MachineCheck {
        let folder = "/sys/devices/system/clocksource/clocksource0"
        guard let source = line(folder + "/current_clocksource") else { return .unknown("clock source") }
        let fast = ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "stp", "timebase"]
        guard !fast.contains(source) else { return MachineCheck("clock source", source) }
        let others = (line(folder + "/available_clocksource") ?? "").split(separator: " ").map(String.init)
        let better = others.first { fast.contains($0) }
        return MachineCheck(
            "clock source",
            source,
            .warning,
            "reading the time is a system call or worse, which each operation pays for several times: "
                + (better.map { "echo \($0) > \(folder)/current_clocksource" } ?? "boot with clocksource=tsc")
        )
    }

    var processorQuota: MachineCheck {
        guard let quota = ControlGroup(self)?.processorQuota else {
            return text("/proc/self/cgroup") == nil ? .unknown("cpu quota") : MachineCheck("cpu quota", "none")
        }
        let found = String(format: "%.2g of %@", quota, CountedNoun.text(coreCount, "core"))
        guard quota < Double(coreCount) else { return MachineCheck("cpu quota", found) }
        return MachineCheck(
            "cpu quota",
            found,
            .warning,
            "once the quota of a 100 ms period is used up, every thread waits for the next one, which shows in p99: give the "
                + "container whole cores (--cpuset-cpus) instead of a quota (--cpus)"
        )
    }
}
