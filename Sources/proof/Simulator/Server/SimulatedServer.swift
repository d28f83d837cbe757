import Log
import Zab

/// One server's machine: its disk, its clock, its power, and the process on it, if there is one.
final class SimulatedServer {
    let index: Int
    let id: ServerID
    /// Counts starts and ends, so that what was meant for an earlier process does not reach a later one.
    @exclusivity(unchecked) private(set) var life = 0
    @exclusivity(unchecked) private(set) var process: SimulatedProcess?
    @exclusivity(unchecked) private(set) var isPowered = true
    var disk = SimulatedDisk()
    /// The process stands still until then.
    @exclusivity(unchecked) var pausedUntil: Nanoseconds = 0
    /// What it would have got meanwhile.
    var deferred: [Event] = []
    /// Until then it loses power at the next thing that it does seldom.
    var armedUntil: Nanoseconds = 0
    /// In parts per million of virtual time.
    var clockRate: UInt64
    private let clockOrigin: Nanoseconds
    /// Milliseconds that the wall clock is wrong.
    var wallClockError: Int64 = 0
    /// What the server found broken; it stays down until somebody repairs it.
    var damage: String?
    /// A start is planned already.
    var isStarting = false

    init(index: Int, id: ServerID, clockRate: UInt64, probe: LoadProbe? = nil) {
        self.index = index
        self.id = id
        self.clockRate = clockRate
        clockOrigin = UInt64(index + 1) * 1_000_000_000_000
        if let probe { disk = SimulatedDisk(meter: probe.disk) }
    }

    var isRunning: Bool { process != nil }

    /// What the server's own monotonic clock shows.
    func clock(_ now: Nanoseconds) -> Nanoseconds { clockOrigin + now / 1_000_000 * clockRate + now % 1_000_000 }

    /// How long something takes that the server's clock measures as `duration`.
    func virtual(_ duration: Nanoseconds) -> Nanoseconds { max(1, duration * 1_000_000 / clockRate) }

    func wallClock(_ now: Nanoseconds) -> Int64 { 1_700_000_000_000 + Int64(now / 1_000_000) + wallClockError }

    func began(_ process: SimulatedProcess) {
        life += 1
        isPowered = true
        self.process = process
    }

    /// The process is gone; nothing that it had planned happens.
    func ended(isPowered: Bool) {
        life += 1
        process = nil
        pausedUntil = 0
        self.isPowered = isPowered
    }

    func powerOn() { isPowered = true }
}
