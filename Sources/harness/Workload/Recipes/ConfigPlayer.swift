import Client
import Wire

/// What the writer of a configuration and its subscribers know together.
final class ConfigDesk {
    /// Of each subscriber, the values that it saw, in their order.
    private(set) var seen: [[UInt64]]
    /// The last value that was acknowledged.
    private(set) var written: UInt64 = 0
    /// The value that is being written, or was written last.
    var current: UInt64 = 0
    private var behind = 0
    private var isAcknowledged = true
    /// Whether a change is under way whose fate nobody knows.
    var isChanging: Bool { !isAcknowledged }
    weak var writer: ConfigWriter?

    init(subscribers: Int) {
        seen = Array(repeating: [], count: subscribers)
        // Each has to read the value that is there before anything is written.
        behind = subscribers
    }

    func saw(_ value: UInt64, by subscriber: Int) {
        let before = seen[subscriber].last
        seen[subscriber].append(value)
        // Everybody is behind before the first look, and whenever a new value is on the way.
        guard value == current, before != value else { return }
        behind -= 1
        goOn()
    }

    func began(_ value: UInt64) {
        current = value
        isAcknowledged = false
        behind = seen.count
    }

    func acknowledged() {
        written = current
        isAcknowledged = true
        goOn()
    }

    private func goOn() { if behind == 0, isAcknowledged { writer?.everybodyHasSeenIt() } }
}

/// Changes the value, and again when every subscriber has seen it.
final class ConfigWriter: RecipePlayer {
    private let session: CrowdSession
    private let lane: RecipeLane
    private let desk: ConfigDesk
    private let filler: [UInt8]
    private var ticket: Int?

    init(session: CrowdSession, lane: RecipeLane, desk: ConfigDesk) {
        self.session = session
        self.lane = lane
        self.desk = desk
        filler = Payload.filler(size: lane.plan.payloadBytes, seed: lane.plan.seed)
    }

    /// The subscribers' first look begins it all.
    func begin() {}
    func watchFired(_ event: WatchEvent) {}

    func everybodyHasSeenIt() {
        if let ticket { lane.ended(ticket) }
        ticket = nil
        guard lane.mayBegin else { return }
        ticket = lane.began()
        let value = desk.current + 1
        desk.began(value)
        var data = filler
        data.withUnsafeMutableBytes { bytes in
            Payload.store(
                session: UInt32(truncatingIfNeeded: session.index),
                key: Payload.createdKey,
                sequence: value,
                write: 0,
                at: bytes.baseAddress!
            )
        }
        let version = Int32(truncatingIfNeeded: value - 1)
        session.setData(lane.plan.sharedPath, data: data, version: version) { (code, _) throws(WireError) in
            if code == .badVersion {
                return self.lane.violate("the value is not at version \(version), and nobody else changes it")
            }
            guard code == .ok else { return self.lane.refused(self.session, "changing the value", code) }
            self.lane.counters.wrote()
            self.desk.acknowledged()
        }
    }
}

/// Reads the value, leaves a watch on it, and reads it again when that fires.
final class ConfigSubscriber: RecipePlayer {
    private let session: CrowdSession
    private let lane: RecipeLane
    private let desk: ConfigDesk
    /// Looks without an answer.
    private var looks = 0
    private var hasSynced = false
    /// Whether it knows at the end all that it was told of.
    var isTold: Bool { hasSynced && looks == 0 }

    init(session: CrowdSession, lane: RecipeLane, desk: ConfigDesk) {
        self.session = session
        self.lane = lane
        self.desk = desk
    }

    /// Waits for the events of all that was committed before. It does not look by itself, which a lost watch would hide behind.
    func settle() { session.sync(lane.plan.sharedPath) { self.hasSynced = true } }

    func begin() { look() }

    func watchFired(_ event: WatchEvent) { if event.kind == .dataChanged { look() } }

    private func look() {
        looks += 1
        session.getData(lane.plan.sharedPath, watch: true) { (code, data, stat) throws(WireError) in
            self.looks -= 1
            guard code == .ok, let data else { return self.lane.refused(self.session, "the value", code) }
            self.lane.counters.read()
            // The znode is empty until the first change, and each change is one version.
            let value = Payload.Header(data)?.sequence ?? 0
            guard Int64(stat.version) == Int64(value) else {
                return self.lane.violate("session \(self.session.index) read value \(value) at version \(stat.version)")
            }
            self.desk.saw(value, by: self.session.index)
        }
    }
}
