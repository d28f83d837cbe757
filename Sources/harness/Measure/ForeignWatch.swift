import CPlatform
import Glibc

/// Watches what others have of the processors.
public struct ForeignWatch: Sendable {
    public private(set) var history = ForeignHistory()
    private var own: OwnProcesses
    private let processesAtStart: [ProcessTicks]
    private let startedAt: UInt64

    /// Looks at all processes once, to know which are ours: this one and all that it started.
    public init() {
        processesAtStart = ProcessTicks.all()
        startedAt = zb_monotonic_nanoseconds()
        own = OwnProcesses(processes: processesAtStart)
    }

    /// Reads the counters now. It costs tens of microseconds and as much for each process of ours, so it may be done
    /// many times a second.
    ///
    /// - Parameters:
    ///   - named: processes that are ours, too: servers that were there already, or were started again.
    ///   - looksAround: whether all processes are looked at once more, for what we started since without naming it.
    public mutating func sample(named: [Int32] = [], looksAround: Bool = false) {
        if looksAround { own.look(at: ProcessTicks.all()) }
        if let reading = reading(named: named) { history.add(reading) }
    }

    /// Nil where the kernel does not tell.
    private mutating func reading(named: [Int32]) -> ForeignLoad.Reading? {
        guard let processors = ProcessorTicks.read() else { return nil }
        return ForeignLoad.Reading(at: zb_monotonic_nanoseconds(), processors: processors, own: own.ticks(named: named))
    }

    /// Since the last reading but one.
    public var last: ForeignLoad? {
        let two = history.readings.suffix(2)
        guard two.count == 2, let start = two.first, let end = two.last else { return nil }
        return ForeignLoad(ForeignLoad.Growth(from: start, to: end))
    }

    /// The processes of others that had most of the processors since this watch began, at most three. Looks at all
    /// processes once more.
    ///
    /// - Parameter named: as in `sample`.
    public func busiest(named: [Int32]) -> [BusyProcess] {
        let seconds = Double(zb_monotonic_nanoseconds() - startedAt) / 1e9
        return BusyProcess.busiest(
            from: processesAtStart,
            to: ProcessTicks.all(),
            own: Set(named).union([getpid()]),
            ticks: seconds * Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        )
    }
}
