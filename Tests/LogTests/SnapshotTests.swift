import Glibc
import Log
import Randomness
import Simulator
import TestSupport
import Testing
import Zab

@Suite struct SnapshotTests {
    private func position(_ counter: UInt32) -> LogPosition {
        LogPosition(zxid: Zxid(epoch: 1, counter: counter), chain: counter &* 77)
    }

    private func payload(_ counter: UInt32, _ count: Int) -> [UInt8] {
        var random = SplitMix64(seed: UInt64(counter))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private func append<D>(_ bytes: [UInt8], to writer: SnapshotFileWriter<D>) throws(LogError) {
        let copy = SnapshotChunk.of(bytes)
        try writer.append(copy.bytes)
    }

    private func take(_ counter: UInt32, chunks: [Int], in store: SnapshotStore<SimulatedDisk>) throws {
        let writer = try store.begin(position(counter))
        for count in chunks { try append(payload(counter, count), to: writer) }
        try writer.finish()
    }

    private func read(_ counter: UInt32, in store: SnapshotStore<SimulatedDisk>) throws -> [[UInt8]] {
        let reader = try store.open(position(counter).zxid)
        #expect(reader.position == position(counter))
        var chunks: [[UInt8]] = []
        while let chunk = try reader.next() { chunks.append(Array(chunk)) }
        #expect(try reader.next() == nil)
        return chunks
    }

    @Test func whatIsWrittenIsRead() throws {
        let disk = SimulatedDisk()
        let store = try SnapshotStore("/data", on: disk)
        #expect(try store.newestValid().newest == nil)
        let sizes: [Int] = [10, 1, 307200, 262144, 716800, 3]
        try take(5, chunks: sizes, in: store)
        try take(9, chunks: [], in: store)
        let chunks = try read(5, in: store)
        let counts: [Int] = [10, 1, 262144, 45056, 262144, 262144, 262144, 192512, 3]
        #expect(chunks.map(\.count) == counts)
        let expected = sizes.flatMap { payload(5, $0) }
        #expect(chunks.flatMap(\.self) == expected)
        #expect(try read(9, in: store) == [])
        let found = try store.newestValid()
        #expect(found.newest?.position == position(9) && found.invalid.isEmpty)
        #expect(try store.list() == [position(5).zxid, position(9).zxid])
    }

    @Test func anyByteFlippedOrCutIsFoundAndTheOneBeforeIsTaken() throws {
        let disk = SimulatedDisk()
        let store = try SnapshotStore("/data", on: disk)
        try take(5, chunks: [10], in: store)
        try take(6, chunks: [100, 50], in: store)
        let path = "/data/snapshot.0000000100000006"
        let good = try #require(disk.contents(of: path))
        #expect(good.count == 64 + 108 + 58 + 24)
        for place in good.indices {
            for change in 0..<2 {
                disk.corrupt(path) {
                    $0 = good
                    if change == 0 { $0[place] ^= 4 } else { $0.removeLast(good.count - place) }
                }
                let found = try store.newestValid()
                #expect(found.newest?.position == position(5), "byte \(place)")
                guard case .corrupt(let corruption) = found.invalid.first else {
                    Issue.record("byte \(place): \(found.invalid)")
                    continue
                }
                #expect(corruption.path == path && corruption.offset <= place)
            }
        }
        disk.corrupt(path) { $0 = good + [0] }
        #expect(try store.newestValid().newest?.position == position(5))
        disk.corrupt(path) { $0 = good }
        #expect(try store.newestValid().newest?.position == position(6))
    }

    private func script(_ disk: SimulatedDisk, _ finished: inout [UInt32]) throws {
        let store = try SnapshotStore("/data", on: disk)
        for counter in UInt32(1)...4 {
            let writer = try store.begin(position(counter))
            for count in [600, 1100] { try append(payload(counter, count), to: writer) }
            if counter == 2 {
                writer.abandon()
                continue
            }
            try writer.finish()
            finished.append(counter)
            try store.purge(keeping: 2, upTo: position(counter).zxid)
        }
    }

    private func check(_ disk: SimulatedDisk, _ finished: [UInt32], _ comment: String) throws {
        let store = try SnapshotStore("/data", on: disk)
        let found = try store.newestValid()
        #expect(found.invalid.isEmpty, "\(comment): \(found.invalid)")
        let newest = found.newest?.position.zxid.counter ?? 0
        #expect(newest >= finished.last ?? 0, "\(comment): \(newest), not \(finished)")
        if newest > 0 {
            #expect(try read(newest, in: store) == [payload(newest, 600), payload(newest, 1100)])
        }
        #expect(!disk.paths.contains { $0.hasSuffix(".tmp") })
    }

    @Test func aCrashLeavesWholeSnapshots() throws {
        let whole = SimulatedDisk()
        var all: [UInt32] = []
        try script(whole, &all)
        #expect(all == [1, 3, 4])
        #expect(try SnapshotStore("/data", on: whole).list().map(\.counter) == [3, 4])
        for mutation in 1...whole.mutationCount {
            let disk = SimulatedDisk()
            disk.crash(after: mutation)
            var finished: [UInt32] = []
            try? script(disk, &finished)
            for loss in CrashTests.losses {
                try check(disk.afterCrash(loss), finished, "crash after operation \(mutation), \(loss)")
            }
        }
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: ENOSPC)
            var finished: [UInt32] = []
            try? script(disk, &finished)
            try check(disk.afterCrash(.lost), finished, "call \(call) failed")
        }
    }

    @Test func theThreadWritesWhatItIsGiven() throws {
        let folder = TemporaryFolder()
        let store = try SnapshotStore(folder.path, on: PosixDisk())
        nonisolated(unsafe) let room = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        defer { room.deallocate() }
        sem_init(room, 0, 0)
        let log = Collector<SnapshotEvent>()
        let thread = SnapshotThread(store, capacity: 4) { event in
            log.add(event)
            if event == .room { sem_post(room) }
        }
        thread.start()
        let chunk = SnapshotChunk.of(payload(1, 100_000))
        for counter in [UInt32(1), 2] {
            while !thread.begin(position(counter)) { sem_wait(room) }
            for _ in 0..<20 {
                while !thread.offer(chunk) { sem_wait(room) }
            }
            while !(counter == 1 ? thread.finish() : thread.abandon()) { sem_wait(room) }
        }
        while !thread.begin(position(3)) { sem_wait(room) }
        thread.stop()
        #expect(log.all.filter { $0 != .room } == [.finished(position(1))])
        #expect(folder.names == ["snapshot.0000000100000001"])
        let found = try store.newestValid()
        #expect(found.newest?.payloadBytes == 2_000_000 && found.newest?.position == position(1))
    }
}

extension SnapshotChunk {
    static func of(_ bytes: [UInt8]) -> SnapshotChunk { bytes.withUnsafeBytes { SnapshotChunk(copying: $0) } }
}
