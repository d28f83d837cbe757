/// What others had of the machine's processors over a stretch of time: what a measurement beside them has not had.
///
/// Interrupts are in the kernel's books of no process; they are shared out like the time of the processes, since the
/// loopback's own packets are ours. Exact to a clock tick of each processor (10 ms as the kernel reports it): a stretch of
/// a second on two processors is exact to about one part in a hundred.
public struct ForeignLoad: Sendable, Hashable {
    /// Of all processors, from 0 to 1: processes that are not ours.
    public var share: Double
    /// Of all processors, from 0 to 1: what the hypervisor gave to other machines; nil where the kernel does not count.
    public var steal: Double?

    public init(share: Double, steal: Double?) {
        self.share = share
        self.steal = steal
    }

    /// Of all processors: from here on a row is marked, a calibration is not kept, and `--wait-quiet` waits. A tenth is
    /// more than what a quiet machine does by itself, and no more than one busy program has of up to ten processors.
    public static let bound = 0.1

    /// Both together: what was not to be had.
    public var taken: Double { share + (steal ?? 0) }
    public var isAboveBound: Bool { taken >= Self.bound }

    /// All counters at one moment.
    struct Reading: Sendable, Hashable {
        /// CLOCK_MONOTONIC, nanoseconds.
        var at: UInt64
        var processors: ProcessorTicks
        /// Clock ticks of the processes that are ours.
        var own: Double
    }

    /// What the counters grew by; stretches can be added.
    struct Growth: Sendable, Hashable {
        var processes = 0.0
        var interrupts = 0.0
        var steal: Double? = 0
        var all = 0.0
        var own = 0.0

        init() {}

        init(from start: Reading, to end: Reading) {
            processes = end.processors.processes - start.processors.processes
            interrupts = end.processors.interrupts - start.processors.interrupts
            steal = end.processors.steal.flatMap { end in start.processors.steal.map { end - $0 } }
            all = end.processors.all - start.processors.all
            own = end.own - start.own
        }

        static func += (sum: inout Growth, next: Growth) {
            sum.processes += next.processes
            sum.interrupts += next.interrupts
            sum.steal = sum.steal.flatMap { steal in next.steal.map { steal + $0 } }
            sum.all += next.all
            sum.own += next.own
        }
    }

    /// Nil for a stretch without a tick.
    init?(_ growth: Growth) {
        guard growth.all > 0 else { return nil }
        let foreign = max(0, growth.processes - growth.own)
        let interrupts = growth.processes > 0 ? max(0, growth.interrupts) * foreign / growth.processes : 0
        share = min(1, (foreign + interrupts) / growth.all)
        steal = growth.steal.map { min(1, max(0, $0 / growth.all)) }
    }
}
