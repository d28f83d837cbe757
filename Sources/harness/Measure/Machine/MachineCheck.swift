/// One thing about a machine that may distort what is measured on it.
public struct MachineCheck: Codable, Sendable, Hashable {
    public enum Verdict: String, Codable, Sendable, Hashable, CaseIterable {
        case ok
        /// Results can be used, by those who know of it.
        case warning
        /// What is measured is something else than what the results say.
        case worthless
        /// The kernel does not tell, here or to this user.
        case unknown = "cannot_tell"
        /// A program that some command would use; its absence distorts nothing.
        case missing
    }

    /// `clock source`, `memory limit`.
    public var name: String
    /// What was read, in a few words.
    public var found: String
    public var verdict: Verdict
    /// What it does to results and what to do about it; nil where there is nothing to do.
    public var remedy: String?

    public init(_ name: String, _ found: String, _ verdict: Verdict = .ok, _ remedy: String? = nil) {
        self.name = name
        self.found = found
        self.verdict = verdict
        self.remedy = remedy
    }

    /// For what cannot be read here.
    static func unknown(_ name: String, _ found: String = "not readable here", _ remedy: String? = nil) -> MachineCheck
    {
        MachineCheck(name, found, .unknown, remedy)
    }

    private enum CodingKeys: String, CodingKey { case name = "check", found, verdict, remedy = "mend" }
}

extension MachineReadings {
    /// Everything, in the order in which it matters: the build and the processors, the disk, memory, limits, tools.
    public var checks: [MachineCheck] {
        [build, cores, neighbours, steal, frequency, turbo, machine, clockSource, processorQuota]
            + [fileSystem, mountOptions, writeCache, scheduler, sync, freeSpace]
            + [memory, memoryLimit, swap, hugePages, openFiles, lockedMemory, processes, loopback, ports]
            + [perf, valgrind, zooKeeper, etcd, git, swift]
    }
}
