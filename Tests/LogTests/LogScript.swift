import Log
import Simulator
import Testing
import Wire
import Zab

/// Drives a log through everything that it can do, and keeps account of what it may hold at every moment.
final class LogScript<D: Disk> {
    let disk: D
    let directory: String
    let options: LogOptions
    private(set) var log: TransactionLog<D>?
    /// What the disk may hold now: one history, or two while it changes from one into the other.
    private(set) var candidates = [History()]
    private var committed = Zxid.zero
    private var next = Zxid(epoch: 1, counter: 1)

    /// Whether all that will go wrong is the end of a process, which no acknowledged record must be lost in.
    private let isProcessCrash: Bool

    init(
        _ disk: D,
        _ strategy: SyncStrategy = .recycledFdatasync,
        directory: String = "/data",
        isProcessCrash: Bool = false
    ) {
        self.disk = disk
        self.directory = directory
        self.isProcessCrash = isProcessCrash
        options = LogOptions(segmentSize: 8192, recycledMax: 2, strategy: strategy)
    }

    private var history: History {
        get { candidates[candidates.count - 1] }
        set { candidates[candidates.count - 1] = newValue }
    }

    private func batch(_ count: Int, size: Int = 40, salt: UInt8) -> RecordBatch {
        var zxids: [Zxid] = []
        for _ in 0..<count {
            zxids.append(next)
            next = next.advanced(by: 1)
        }
        return .make(zxids, chain: history.position.chain, payloadSize: size, salt: salt)
    }

    private func append(_ count: Int, size: Int = 40, salt: UInt8 = 0) throws {
        let batch = batch(count, size: size, salt: salt)
        history.append(batch)
        try log!.append([batch], committed: committed)
    }

    private func sync() throws {
        try log!.sync()
        if options.strategy.method.waitsForDurability || isProcessCrash { history.sync() }
        #expect(log!.durable == history.position.zxid)
        committed = log!.durable
    }

    private func truncate(after zxid: Zxid) throws {
        candidates = [history, history.cut(after: zxid)]
        try log!.truncate(after: zxid)
        candidates.removeFirst()
    }

    private func reset(to position: LogPosition) throws {
        candidates = [history, History(origin: position)]
        try log!.reset(to: position)
        candidates.removeFirst()
    }

    private func trim(keepingAfter zxid: Zxid) throws {
        candidates[0].baseMax = zxid
        try log!.trim(keepingAfter: zxid)
    }

    /// Appends, rolls, cuts, trims, and starts anew; some thirty groups over some ten segments.
    func run() throws {
        log = try TransactionLog.open(directory, on: disk, options: options)
        try append(3)
        try sync()
        try append(1)
        try append(2, size: 600)
        try sync()
        for size in [10, 700, 300] { try append(2, size: size) }
        try sync()
        for _ in 0..<3 {
            try append(3, size: 500)
            try sync()
        }
        let third = history.items[2].zxid
        let middle = history.items[history.items.count - 4].zxid
        try truncate(after: middle)
        next = Zxid(epoch: 2, counter: 1)
        for _ in 0..<3 {
            try append(4, size: 300, salt: 1)
            try sync()
        }
        try trim(keepingAfter: third)
        try trim(keepingAfter: middle)
        // Two groups wait for one sync, over the end of a segment.
        for size in [900, 900, 900, 900] { try append(1, size: size, salt: 2) }
        try sync()
        try append(1)
        try truncate(after: log!.base.counter > 0 ? history.items[history.items.count - 3].zxid : .zero)
        next = Zxid(epoch: 3, counter: 1)
        try append(2, size: 200, salt: 3)
        try sync()
        // The cut is behind a record that has not been synced.
        try append(3, size: 200, salt: 3)
        try truncate(after: history.items[history.items.count - 2].zxid)
        next = Zxid(epoch: 3, counter: history.position.zxid.counter + 1)
        try append(1, salt: 4)
        next = Zxid(epoch: 4, counter: 8)
        try reset(to: LogPosition(zxid: Zxid(epoch: 4, counter: 7), chain: 0xC0FFEE))
        for _ in 0..<3 {
            try append(2, size: 800, salt: 5)
            try sync()
        }
        // One batch that no segment holds, with a record that none holds either.
        try append(7, size: 900, salt: 6)
        try sync()
        try append(1, size: 5000, salt: 6)
        try append(1, salt: 6)
        try sync()
    }

    /// Opens the log, and returns it with what it holds if that is what one of the histories may leave.
    static func open(
        _ directory: String,
        on disk: D,
        _ candidates: [History],
        _ options: LogOptions,
        _ comment: @autoclosure () -> String
    ) throws -> (TransactionLog<D>, [Item])? {
        let log = try TransactionLog.open(directory, on: disk, options: options)
        let found = try log.items()
        let objections = candidates.map { $0.objection(to: found, base: log.base, chain: log.chain) }
        guard objections.contains(nil) else {
            Issue.record("\(comment()): \(objections.compactMap { $0 })")
            return nil
        }
        #expect(log.recovered.committed <= log.last)
        return (log, found)
    }

    /// Opens the disk and compares; then goes on writing, and compares again.
    static func check(
        _ disk: SimulatedDisk,
        _ candidates: [History],
        _ comment: @autoclosure () -> String,
        strategy: SyncStrategy = .recycledFdatasync,
        goesOn: Bool = true
    ) {
        do {
            let options = LogOptions(segmentSize: 8192, recycledMax: 2, strategy: strategy)
            guard
                let (log, found) = try LogScript<SimulatedDisk>.open("/data", on: disk, candidates, options, comment())
            else { return }
            guard goesOn else { return }
            let more = RecordBatch.make(
                [Zxid(epoch: 9, counter: 1), Zxid(epoch: 9, counter: 2)],
                chain: log.chain,
                salt: 9
            )
            try log.append([more], committed: log.last)
            try log.sync()
            try log.flush()
            let reopened = try TransactionLog.open("/data", on: disk.afterCrash(.lost), options: options)
            let again = try reopened.items()
            #expect(again == found + more.items, "\(comment()): then appended and lost power")
        } catch {
            Issue.record("\(comment()): \(error)")
        }
    }
}
