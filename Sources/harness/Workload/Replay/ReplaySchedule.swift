import Randomness

/// A recording that an open loop plays: which operation is planned when, on which of the run's znodes.
///
/// Each path of the recording is one znode of the run, below the run's own root, whatever the path was: nothing of a tree
/// that is in use is ever touched. The shape of the tree is not played, so that no operation waits for one on another
/// path: a parent is a znode like its children. What the recording writes first by a create is not there at the start; every
/// other znode is.
///
/// An operation that the recording itself makes impossible (a create of what is there, anything of what is not) is sent all
/// the same, and has to be refused: that is then its answer.
public final class ReplaySchedule: Sendable, Hashable {
    /// The file's path, as errors name it.
    public let source: String
    /// How much faster than it was recorded it is played.
    public let speed: Double
    /// CRC-32C of the file.
    public let checksum: UInt32
    /// Different paths in it.
    public let pathCount: Int
    /// In the order of time.
    let operations: [RecordedOperation]
    /// What is there before the first operation, by znode.
    let start: [StartingNode]

    /// A znode before the first operation.
    struct StartingNode: Sendable {
        var isThere: Bool
        var bytes: UInt32
    }

    /// - Parameters:
    ///   - operations: in the order of time, by the number of their path, as recorded.
    ///   - start: of each path.
    init(source: String, speed: Double, checksum: UInt32, operations: [RecordedOperation], start: [StartingNode]) {
        self.source = source
        self.speed = speed
        self.checksum = checksum
        pathCount = start.count
        // Sessions have neighbouring znodes, and paths that appear together would meet in one of them.
        var places = Array(0..<UInt32(start.count))
        var order = SplitMix64(seed: UInt64(checksum), stream: 0x5245_504c)
        order.shuffle(&places)
        var shuffled = start
        for (path, place) in places.enumerated() { shuffled[Int(place)] = start[path] }
        self.start = shuffled
        self.operations = operations.map { operation in
            var played = operation
            played.at = UInt64(Double(operation.at) / speed)
            played.key = places[Int(operation.key)]
            return played
        }
    }

    /// Until behind the last operation, as it is played.
    public var seconds: Double { Double((operations.last?.at ?? 0) + 1000) / 1e9 }

    public var count: Int { operations.count }

    /// Operations planned from so many seconds after the start until before so many.
    public func count(from: Double, to: Double) -> Int { max(0, place(of: to) - place(of: from)) }

    private func place(of seconds: Double) -> Int {
        let time = UInt64(max(0, seconds) * 1e9)
        var (low, high) = (0, operations.count)
        while low < high {
            let middle = (low + high) / 2
            if operations[middle].at < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many operations of each kind there are, as weights.
    public var mix: OperationMix {
        var counts = [Int](repeating: 0, count: RecordedKind.allCases.count)
        for operation in operations { counts[Int(operation.kind.rawValue)] += 1 }
        func count(_ kind: RecordedKind) -> Int { counts[Int(kind.rawValue)] }
        return OperationMix(
            set: count(.set),
            get: count(.get),
            create: count(.create),
            delete: count(.delete),
            exists: count(.exists)
        )
    }

    /// Mean bytes of data of its sets and creates; 0 where it has none.
    public var meanBytes: Int {
        var (sum, count) = (0, 0)
        for operation in operations where operation.kind == .set || operation.kind == .create {
            sum += operation.bytes
            count += 1
        }
        return count == 0 ? 0 : (sum + count / 2) / count
    }

    /// `replay schedule.csv (5000 operations, crc32c 1a2b3c4d) at 2 times its speed`.
    public var words: String {
        let file = source.split(separator: "/").last.map(String.init) ?? source
        let faster = speed == 1 ? "" : " at \(speed == speed.rounded() ? "\(Int(speed))" : "\(speed)") times its speed"
        return "replay \(file) (\(count) operations, crc32c \(HexDigits.text(checksum)))\(faster)"
    }

    public static func == (one: ReplaySchedule, other: ReplaySchedule) -> Bool {
        one === other
            || one.source == other.source && one.speed == other.speed && one.checksum == other.checksum
                && one.count == other.count
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(speed)
        hasher.combine(checksum)
    }
}

extension LoadPlan {
    /// Plays a recording: what it has in its first `warmUpSeconds` is the warm-up, and the measured part ends with it, or
    /// after `durationSeconds`.
    mutating func play(_ schedule: ReplaySchedule) {
        replay = schedule
        keys = max(schedule.pathCount, clients)
        payloadBytes = max(Payload.headerSize, schedule.meanBytes)
        mix = schedule.mix
        durationSeconds = min(durationSeconds, schedule.seconds - warmUpSeconds)
        let count = schedule.count(from: warmUpSeconds, to: warmUpSeconds + durationSeconds)
        mode = .open(ratePerSecond: Double(max(1, count)) / durationSeconds, arrivals: .fixed)
    }

    /// Another warm-up than it was planned with. Of a recording that is another part, and less or more is left to be measured.
    ///
    /// - Parameter planned: the measured part's length where no recording is over before.
    mutating func warmUp(_ seconds: Double, durationSeconds planned: Double) {
        warmUpSeconds = seconds
        guard let replay else { return }
        durationSeconds = planned
        play(replay)
    }

    /// Leaves a load of the recording's shape that is not the recording: its clients, keys and operations.
    public mutating func stopReplaying() {
        guard replay != nil else { return }
        replay = nil
        // Only what a load has created does it delete.
        if mix.create == 0 { mix.delete = 0 }
        if mix.total == 0 { mix.set = 1 }
    }

    /// Whether the load creates znodes of its own beside its keys, below a parent for each session.
    var hasCreatedNodes: Bool { replay == nil && mix.create > 0 }
}
