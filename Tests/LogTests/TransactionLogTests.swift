import Log
import Simulator
import Testing
import Wire
import Zab

@Suite struct TransactionLogTests {
    private let disk = SimulatedDisk()

    private func open(_ size: Int = 8192) throws -> TransactionLog<SimulatedDisk> {
        try .open("/log", on: disk, options: LogOptions(segmentSize: size, recycledMax: 2))
    }

    private func zxids(_ epoch: Epoch, _ range: ClosedRange<UInt32>) -> [Zxid] {
        range.map { Zxid(epoch: epoch, counter: $0) }
    }

    @Test func anEmptyLogIsEmpty() throws {
        let log = try open()
        #expect(log.recovered == RecoveredLog())
        #expect(log.history == HistorySummary() && log.last == .zero && log.chain == 0)
        #expect(try log.items().isEmpty)
        #expect(try log.makeReader().read(after: .zero, through: Zxid(epoch: 9, counter: 9), maxBytes: 100) == nil)
    }

    @Test func historyAndCommittedAreRecovered() throws {
        var log = try open()
        try log.append([.make(zxids(1, 1...5), chain: 0)], committed: .zero)
        try log.append(
            [.make(zxids(1, 6...7) + zxids(3, 1...2), chain: log.chain)],
            committed: Zxid(epoch: 1, counter: 4)
        )
        try log.sync()
        let history = HistorySummary(base: .zero, epochEnds: [Zxid(epoch: 1, counter: 7), Zxid(epoch: 3, counter: 2)])
        #expect(log.history == history)
        let chain = log.chain
        log = try open()
        #expect(log.recovered.history == history && log.recovered.chain == chain)
        #expect(log.recovered.committed == Zxid(epoch: 1, counter: 4))
        #expect(log.recovered.records == 9)
        try log.truncate(after: Zxid(epoch: 1, counter: 3))
        #expect(log.history.epochEnds == [Zxid(epoch: 1, counter: 3)])
        log = try open()
        #expect(log.recovered.history.epochEnds == [Zxid(epoch: 1, counter: 3)])
        #expect(log.recovered.committed <= log.last)
    }

    @Test func truncateToWhatIsNotThereIsRefusedAndHarmless() throws {
        let log = try open()
        try log.append([.make(zxids(1, 1...5) + zxids(2, 1...3), chain: 0)], committed: .zero)
        for zxid in [Zxid(epoch: 1, counter: 9), Zxid(epoch: 2, counter: 4), Zxid(epoch: 0, counter: 1)] {
            #expect(throws: LogError.notInLog(zxid, base: .zero, last: Zxid(epoch: 2, counter: 3))) {
                try log.truncate(after: zxid)
            }
        }
        try log.sync()
        #expect(try log.items().count == 8)
        try log.truncate(after: .zero)
        #expect(try log.items().isEmpty && log.chain == 0 && log.history == HistorySummary())
    }

    @Test func readsFromAnywhereWhileItGrows() throws {
        let log = try open()
        let reader = log.makeReader()
        var all: [Item] = []
        for round in 0..<30 {
            let first = UInt32(round * 4 + 1)
            let batch = RecordBatch.make(zxids(1, first...(first + 3)), chain: log.chain, payloadSize: 100)
            try log.append([batch], committed: .zero)
            all += batch.items
            let read = try #require(try reader.read(after: log.last.advanced(back: 4), through: log.last, maxBytes: 1))
            #expect(read.items == [all[all.count - 4]])
            let rest = try reader.read(after: read.last, through: log.last, maxBytes: 1 << 20)
            #expect(rest?.items == Array(all.suffix(3)))
            #expect(try reader.read(after: log.last, through: .init(epoch: 9, counter: 0), maxBytes: 1) == nil)
        }
        let other = log.makeReader()
        for after in stride(from: 0, to: 119, by: 7) {
            let through = Zxid(epoch: 1, counter: UInt32(min(after + 40, 120)))
            let batch = try #require(
                try other.read(after: after == 0 ? .zero : all[after - 1].zxid, through: through, maxBytes: 1 << 20)
            )
            #expect(batch.items == Array(all[after..<Int(through.counter)]))
            let position = try other.position(at: batch.last)
            #expect(position == LogPosition(zxid: batch.last, chain: batch.chainAfter))
        }
    }

    @Test func aPinnedSegmentIsNotRecycled() throws {
        let log = try open()
        for round in 0..<10 {
            let first = UInt32(round * 4 + 1)
            try log.append([.make(zxids(1, first...(first + 3)), chain: log.chain, payloadSize: 500)], committed: .zero)
            try log.sync()
        }
        let reader = log.makeReader()
        let first = try #require(try reader.read(after: .zero, through: log.last, maxBytes: 1))
        try log.trim(keepingAfter: log.last)
        #expect(!disk.paths.contains { $0.hasSuffix("recycle.0000000000000001") })
        #expect(disk.paths.contains { $0.contains("recycle.") })
        // What it reads next is gone, and it says so.
        #expect(throws: LogError.notInLog(first.last, base: log.base, last: log.last)) {
            try reader.read(after: first.last, through: log.last, maxBytes: 1)
        }
        #expect(log.base > first.last)
    }

    @Test func aReaderSeesACut() throws {
        let log = try open(16384)
        try log.append([.make(zxids(1, 1...20), chain: 0)], committed: .zero)
        let reader = log.makeReader()
        let read = try #require(try reader.read(after: .zero, through: log.last, maxBytes: 600))
        #expect(read.count > 5)
        try log.truncate(after: Zxid(epoch: 1, counter: 5))
        try log.append([.make(zxids(2, 1...2), chain: log.chain, salt: 1)], committed: .zero)
        #expect(throws: LogError.self) { try reader.read(after: read.last, through: log.last, maxBytes: 600) }
        let batch = try reader.read(after: Zxid(epoch: 1, counter: 3), through: log.last, maxBytes: 1 << 20)
        #expect(batch?.items.map(\.zxid) == zxids(1, 4...5) + zxids(2, 1...2))
    }

    /// The worst that a recycled file can hold: groups that a crash had left without their segment's start, with the
    /// group numbers and the chain that would fit behind what is written next.
    @Test func whatACrashLeftInARecycledFileNeverComesBack() throws {
        var log = try open()
        let filler = RecordBatch.make(zxids(1, 1...1), chain: 0, payloadSize: 3500)
        let first = RecordBatch.make(zxids(1, 2...3), chain: filler.chainAfter, payloadSize: 400)
        let second = RecordBatch.make(zxids(1, 4...5), chain: first.chainAfter, payloadSize: 400)
        try log.append([filler], committed: .zero)
        try log.sync()
        try log.append([first], committed: .zero)
        try log.append([second], committed: .zero)
        let path = "/log/log.0000000000000002"
        #expect(disk.contents(of: path)?[512] != 0)
        disk.corrupt(path) { bytes in
            for index in 512..<4096 { bytes[index] = 0 }
        }
        log = try open()
        #expect(try log.items() == filler.items && log.recovered.removals.count == 1)
        // Opened once more, so that only the recycled file's name tells that its number was used.
        log = try open()
        try log.append([first], committed: .zero)
        try log.sync()
        log = try open()
        #expect(try log.items() == filler.items + first.items)
        #expect(!disk.paths.contains(path))
    }

    /// What is reported after a restart is on the disk, even if the process that wrote it died before its sync.
    @Test func whatIsRecoveredIsDurable() throws {
        var log = try open()
        try log.append([.make(zxids(1, 1...3), chain: 0)], committed: .zero)
        try log.sync()
        try log.append([.make(zxids(1, 4...5), chain: log.chain)], committed: .zero)
        log = try open()
        #expect(log.recovered.records == 5)
        let after = try TransactionLog.open(
            "/log",
            on: disk.afterCrash(.lost),
            options: LogOptions(segmentSize: 8192)
        )
        #expect(after.recovered.records == 5 && after.chain == log.chain)
    }

    /// The bytes of a segment, as the format's comment has them. Whoever changes these changes the version.
    @Test func theFormatIsWhatItWas() throws {
        let log = try open()
        try log.append([.make([Zxid(epoch: 1, counter: 1)], chain: 0, payloadSize: 3)], committed: .zero)
        try log.sync()
        let bytes = try #require(disk.contents(of: "/log/log.0000000000000001"))
        #expect(bytes.count == 8192)
        func text(_ range: Range<Int>) -> String {
            bytes[range].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        let first = "0000000000000001"
        let zero = "0000000000000000"
        let identity = ["5a424c4f47534547", "00000001", "00001000", first, zero]
        let start = ["5a424c4f47535441", "00000003", "00000000", first, zero, zero, first, zero]
        let group = ["5a424752", "00000013", first, first, zero, zero, "00000200"]
        #expect(text(0..<32) == identity.joined())
        #expect(text(512..<568) == start.joined())
        #expect(text(4096..<4140) == group.joined())
        #expect(text(4148..<4160) == "00000003" + "0000000100000001")
        #expect(text(508..<512) == GoldenChecksums.identity)
        #expect(text(4092..<4096) == GoldenChecksums.start)
        #expect(text(4140..<4144) == GoldenChecksums.group)
        #expect(bytes[4163...].allSatisfy { $0 == 0 })
    }

    private enum GoldenChecksums {
        static let identity = "7d802305"
        static let start = "3d3934b3"
        static let group = "1fe4ca14"
    }
}

extension Zxid {
    func advanced(back count: UInt32) -> Zxid {
        counter == count ? .zero : Zxid(epoch: epoch, counter: counter - count)
    }
}
