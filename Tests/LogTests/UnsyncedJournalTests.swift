import Glibc
import Randomness
import TestSupport
import Testing
import Wire
import Zab

@testable import Log

/// What a loss of power takes back from real files, and what a sync saves from it.
@Suite struct UnsyncedJournalTests {
    private let folder = TemporaryFolder()

    private func open() throws -> JournalingDisk { try JournalingDisk(PosixDisk(), journal: folder.path + "/unsynced") }

    private func path(_ name: String) -> String { folder.path + "/data/" + name }

    private func content(_ name: String) throws -> [UInt8]? {
        let names = try PosixDisk().list(folder.path + "/data")
        return names.contains(name) ? try folder.read("data/" + name) : nil
    }

    /// A file of that many sectors of `byte`, it and its name durable.
    private func make(_ name: String, sectors: Int, of byte: UInt8, on disk: JournalingDisk) throws -> PosixDisk.File {
        let unsynced = disk.journal.unsyncedCount
        try disk.makeDirectory(folder.path + "/data")
        let file = try disk.open(path(name), .replacing)
        try write(byte, sectors: 0..<sectors, to: file, on: disk)
        try disk.sync(file)
        try disk.syncDirectory(folder.path + "/data")
        #expect(disk.journal.unsyncedCount == unsynced)
        return file
    }

    private func write(_ byte: UInt8, sectors: Range<Int>, to file: PosixDisk.File, on disk: JournalingDisk) throws {
        try Self.write(
            [UInt8](repeating: byte, count: sectors.count * 512),
            at: sectors.lowerBound * 512,
            to: file,
            on: disk
        )
    }

    private static func write(_ bytes: [UInt8], at offset: Int, to file: PosixDisk.File, on disk: JournalingDisk) throws
    {
        // O_DIRECT wants aligned memory.
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count,
            alignment: FileAccess.directAlignment
        )
        defer { block.deallocate() }
        block.copyBytes(from: bytes)
        try disk.write(UnsafeRawBufferPointer(block), to: file, at: offset)
    }

    private func strike(_ loss: PowerLoss, seed: UInt64 = 1) throws -> PowerLoss.Toll {
        var random = SplitMix64(seed: seed)
        return try loss.strike(folder.path + "/unsynced", using: &random)
    }

    /// The first byte of each sector; each must hold one byte throughout.
    private func sectors(_ name: String) throws -> [UInt8] {
        let bytes = try #require(try content(name))
        return stride(from: 0, to: bytes.count, by: 512).map { start in
            let sector = bytes[start..<min(start + 512, bytes.count)]
            #expect(sector.allSatisfy { $0 == sector.first }, "a sector in pieces")
            return sector.first!
        }
    }

    @Test func aWriteIsTakenBackUntilItIsSynced() throws {
        let disk = try open()
        let file = try make("a", sectors: 4, of: 1, on: disk)
        try write(2, sectors: 1..<3, to: file, on: disk)
        try write(3, sectors: 2..<6, to: file, on: disk)
        #expect(try sectors("a") == [1, 2, 3, 3, 3, 3])
        #expect(disk.journal.unsyncedCount == 2)
        let toll = try strike(.lost)
        #expect(toll.sectorsUnsynced == 6 && toll.sectorsTakenBack == 6)
        #expect(try sectors("a") == [1, 1, 1, 1])
        // Nothing is left to be taken back.
        #expect(try strike(.lost) == PowerLoss.Toll())

        let again = try open()
        let reopened = try again.open(path("a"), .existing)
        try write(4, sectors: 0..<5, to: reopened, on: again)
        try again.syncData(reopened)
        #expect(again.journal.unsyncedCount == 0)
        #expect(try strike(.lost) == PowerLoss.Toll())
        #expect(try sectors("a") == [4, 4, 4, 4, 4])
    }

    @Test func aSyncCoversItsOwnFileAndNoHintIsASync() throws {
        let disk = try open()
        let (a, b) = (try make("a", sectors: 2, of: 1, on: disk), try make("b", sectors: 2, of: 1, on: disk))
        try write(2, sectors: 0..<2, to: a, on: disk)
        try write(2, sectors: 0..<2, to: b, on: disk)
        try disk.startWriteback(b, at: 0, count: 1024)
        try disk.awaitWriteback(b, at: 0, count: 1024)
        try disk.syncDirectory(folder.path + "/data")
        #expect(disk.journal.unsyncedCount == 2)
        try disk.sync(a)
        #expect(disk.journal.unsyncedCount == 1)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2, 2])
        #expect(try sectors("b") == [1, 1])
    }

    /// A sync covers what was complete when it began.
    @Test func aWriteThatIsUnderWayWhenASyncBeginsIsNotCovered() throws {
        let disk = try open()
        let file = try make("a", sectors: 4, of: 1, on: disk)
        let journal = disk.journal
        try write(2, sectors: 0..<1, to: file, on: disk)
        let early = try journal.willWrite(file, at: 512, count: 512)
        let covered = try journal.coveredBySync(of: file)
        let late = try journal.willWrite(file, at: 1024, count: 512)
        for sector in [1, 2] { try Self.write([UInt8](repeating: 2, count: 512), at: sector * 512, to: file, on: disk) }
        journal.made(early)
        journal.made(late)
        try PosixDisk().syncData(file)
        try journal.synced(covered, isDataOnly: true)
        #expect(journal.unsyncedCount == 4)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2, 1, 1, 1])
    }

    /// With several groups in flight a later one may be durable while an earlier one is not, beyond the file's former end.
    @Test func whatIsDurableBehindAHoleStays() throws {
        let disk = try open()
        _ = try make("a", sectors: 1, of: 1, on: disk)
        let plain = try disk.open(path("a"), .existing)
        let durable = try disk.open(path("a"), .existing, .dsync)
        let early = try disk.journal.willWrite(plain, at: 512, count: 1024)
        try write(3, sectors: 3..<4, to: durable, on: disk)
        try PosixDisk().write(2, sectors: 1..<3, to: plain)
        disk.journal.made(early)
        #expect(try sectors("a") == [1, 2, 2, 3])
        _ = try strike(.lost)
        #expect(try sectors("a") == [1, 0, 0, 3])
    }

    @Test func eachModelTakesBackWhatItSays() throws {
        func after(_ loss: PowerLoss, seed: UInt64 = 1) throws -> [UInt8] {
            let disk = try open()
            let file = try make("a", sectors: 16, of: 1, on: disk)
            try write(2, sectors: 0..<4, to: file, on: disk)
            try write(3, sectors: 4..<8, to: file, on: disk)
            let toll = try strike(loss, seed: seed)
            let found = try sectors("a")
            #expect(toll.sectorsUnsynced == 8 && toll.sectorsTakenBack == found[..<8].count { $0 == 1 })
            #expect(found[8...].allSatisfy { $0 == 1 })
            return Array(found[..<8])
        }
        #expect(try after(.lost) == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(try after(.namesOnly) == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(try after(.contentsOnly) == [2, 2, 2, 2, 3, 3, 3, 3])
        #expect(try after(.torn) == [2, 2, 2, 2, 3, 3, 1, 1])
        #expect(try after(.tornPages) == [2, 2, 2, 2, 1, 1, 1, 1])
        let reordered = try Set((1...20).map { try after(.reordered, seed: $0) })
        #expect(reordered == [[2, 2, 2, 2, 3, 3, 3, 3], [1, 1, 1, 1, 3, 3, 3, 3]])
        #expect(try Set((1...20).map { try after(.scattered, seed: $0) }).count > 10)
        #expect(try after(.scattered, seed: 7) == after(.scattered, seed: 7))
    }

    @Test func aSizeIsTakenBack() throws {
        let disk = try open()
        let file = try make("a", sectors: 4, of: 1, on: disk)
        try disk.setSize(of: file, to: 700)
        try write(2, sectors: 0..<1, to: file, on: disk)
        // POSIX promises nothing of a file that became shorter.
        try disk.syncData(file)
        #expect(disk.journal.unsyncedCount == 1)
        try disk.allocate(try make("b", sectors: 1, of: 1, on: disk), count: 4096)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2, 1, 1, 1])
        #expect(try sectors("b") == [1])
        let again = try open()
        let shorter = try again.open(path("a"), .replacing)
        #expect(try content("a") == [])
        try write(5, sectors: 0..<1, to: shorter, on: again)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2, 1, 1, 1])
        try disk.setSize(of: shorter, to: 512)
        try disk.sync(shorter)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2])
    }

    @Test func namesAreTakenBackUntilTheirDirectoryIsSynced() throws {
        let directory = folder.path + "/data"
        let disk = try open()
        for (name, byte) in [("a", 1), ("b", 2), ("c", 3)] {
            _ = try make(name, sectors: 1, of: UInt8(byte), on: disk)
        }
        func change(_ disk: JournalingDisk) throws {
            let new = try disk.open(path("new"), .replacing)
            try write(4, sectors: 0..<1, to: new, on: disk)
            // That says nothing of its name.
            try disk.sync(new)
            try disk.rename(path("new"), to: path("a"))
            try disk.remove(path("b"))
            try disk.rename(path("c"), to: path("d"))
        }
        try change(disk)
        #expect(disk.journal.unsyncedCount == 4)
        #expect(try PosixDisk().list(directory) == ["a", "d"])
        let toll = try strike(.contentsOnly)
        #expect(toll.namesUnsynced == 4 && toll.namesTakenBack == 4)
        #expect(try PosixDisk().list(directory) == ["a", "b", "c"])
        #expect(try [sectors("a"), sectors("b"), sectors("c")] == [[1], [2], [3]])

        let second = try open()
        try change(second)
        #expect(try strike(.namesOnly).namesTakenBack == 0)
        #expect(try PosixDisk().list(directory) == ["a", "d"])
        #expect(try [sectors("a"), sectors("d")] == [[4], [3]])

        let third = try open()
        try third.rename(path("d"), to: path("e"))
        try third.remove(path("a"))
        try third.syncDirectory(directory)
        #expect(third.journal.unsyncedCount == 0)
        #expect(try strike(.lost) == PowerLoss.Toll())
        #expect(try PosixDisk().list(directory) == ["e"])
        // The second names of files that are gone are gone, too.
        #expect(try PosixDisk().list(folder.path + "/unsynced/names").count == 1)
    }

    /// The page cache outlives a process, and so does what it owes to the disk; the next one's syncs pay it.
    @Test func theNextProcessGoesOnWithTheJournal() throws {
        do {
            let disk = try open()
            let file = try make("a", sectors: 2, of: 1, on: disk)
            _ = try make("b", sectors: 2, of: 1, on: disk)
            try write(2, sectors: 0..<2, to: file, on: disk)
            try write(2, sectors: 0..<2, to: try disk.open(path("b"), .existing), on: disk)
            try disk.rename(path("b"), to: path("c"))
        }
        let next = try open()
        #expect(next.journal.unsyncedCount == 3)
        try next.sync(try next.open(path("a"), .existing))
        #expect(next.journal.unsyncedCount == 2)
        _ = try strike(.lost)
        #expect(try sectors("a") == [2, 2])
        #expect(try sectors("b") == [1, 1])
    }

    /// A process can be killed while it writes to the journal; what it notes then has not been done.
    @Test func anEntryThatWasNotWrittenToItsEndIsIgnored() throws {
        let disk = try open()
        let file = try make("a", sectors: 4, of: 1, on: disk)
        try write(2, sectors: 0..<2, to: file, on: disk)
        let whole = disk.journal.byteCount
        _ = try disk.journal.willWrite(file, at: 1024, count: 1024)
        let both = try folder.read("unsynced/journal")
        #expect(both.count == disk.journal.byteCount)
        for cut in stride(from: whole, to: both.count, by: 13) {
            try folder.write(Array(both[..<cut]), "unsynced/journal")
            #expect(try open().journal.unsyncedCount == 1)
            #expect(try open().journal.byteCount == whole)
            // The state is not under the checksum.
            guard !(4..<8).contains(cut - whole) else { continue }
            var damaged = both
            damaged[cut] ^= 4
            try folder.write(damaged, "unsynced/journal")
            #expect(try open().journal.unsyncedCount == 1, "damage at \(cut)")
        }
        try folder.write(Array(both[..<(both.count - 1)]), "unsynced/journal")
        _ = try strike(.lost)
        #expect(try sectors("a") == [1, 1, 1, 1])
    }

    @Test func theJournalDoesNotGrowWithoutEnd() throws {
        let disk = try open()
        let file = try make("a", sectors: 1024, of: 1, on: disk)
        let other = try make("b", sectors: 2, of: 1, on: disk)
        for round in 0..<8 {
            try write(UInt8(round), sectors: 0..<1024, to: file, on: disk)
            try disk.syncData(file)
        }
        #expect(disk.journal.byteCount < 2 << 20)
        // One that is never synced stands among many that are.
        try write(7, sectors: 0..<2, to: other, on: disk)
        for round in 0..<160 {
            try write(UInt8(round), sectors: 0..<1024, to: file, on: disk)
            try disk.syncData(file)
        }
        #expect(disk.journal.byteCount < 40 << 20)
        #expect(disk.journal.unsyncedCount == 1)
        #expect(try strike(.lost).sectorsTakenBack == 2)
        #expect(try sectors("b") == [1, 1])
    }

    @Test func aFileWithoutANameIsForgotten() throws {
        let disk = try open()
        let file = try make("a", sectors: 2, of: 1, on: disk)
        try write(2, sectors: 0..<2, to: file, on: disk)
        try disk.remove(path("a"))
        try disk.syncDirectory(folder.path + "/data")
        #expect(disk.journal.unsyncedCount == 0)
        try write(3, sectors: 0..<2, to: file, on: disk)
        #expect(disk.journal.unsyncedCount == 0)
    }

    /// What the kernel is told is a sync is one: a group is not to be taken back when its strategy has made it durable, and
    /// is as long as it has not.
    @Test(arguments: SyncStrategy.all()) func everyStrategyClearsWhatItMakesDurable(strategy: SyncStrategy) throws {
        if let reason = try PosixDisk().objection(to: strategy, in: folder.path) {
            print("\(strategy.label) is not offered here: \(reason)")
            return
        }
        let disk = try open()
        let options = LogOptions(segmentSize: 64 << 10, recycledMax: 2, strategy: strategy)
        let log = try TransactionLog.open(folder.path + "/data", on: disk, options: options)
        let first = RecordBatch.make([Zxid(epoch: 1, counter: 1)], chain: 0)
        try log.append([first], committed: .zero)
        try log.sync()
        let isDurable = strategy.method.waitsForDurability
        #expect((disk.journal.unsyncedCount == 0) == isDurable)
        _ = try strike(.lost)
        let after = try TransactionLog.open(folder.path + "/data", on: try open(), options: options)
        #expect(try after.items() == (isDurable ? first.items : []))
    }

    /// The log's whole life on real files, ended after any of its operations, and then each kind of loss.
    @Test(arguments: SyncStrategy.all().filter(\.method.waitsForDurability))
    func whatWasSyncedOutlivesEveryLossOfPower(strategy: SyncStrategy) throws {
        // Where syncs cost nothing, if the strategy can be had there.
        let root = try ["/dev/shm", "/tmp"].first { root in
            let isThere = try UnsyncedFiles.status(root) != nil
            return try isThere && PosixDisk().objection(to: strategy, in: root) == nil
        }
        guard let root else { return }
        let options = LogOptions(segmentSize: 8192, recycledMax: 2, strategy: strategy)
        func run(_ limit: Int) throws -> (folder: TemporaryFolder, candidates: [History], count: Int) {
            let folder = TemporaryFolder(in: root)
            let base = try JournalingDisk(PosixDisk(), journal: folder.path + "/unsynced")
            let disk = CountedDisk(base, limit: limit)
            let script = LogScript(disk, strategy, directory: folder.path + "/data")
            do { try script.run() } catch {}
            return (folder, script.candidates, disk.mutationCount)
        }
        let count = try run(.max).count
        #expect(count > 50)
        var taken = 0
        // Beginning elsewhere for each strategy, since most of them do the same at most of these moments.
        let first = 1 + 6 * SyncStrategy.all().firstIndex(of: strategy)! % 29
        for (index, limit) in stride(from: first, to: count, by: 29).enumerated() {
            let (folder, candidates, _) = try run(limit)
            let loss = PowerLoss.allCases[(index + first) % PowerLoss.allCases.count]
            var random = SplitMix64(seed: UInt64(limit))
            taken += try loss.strike(folder.path + "/unsynced", using: &random).sectorsTakenBack
            let disk = try JournalingDisk(PosixDisk(), journal: folder.path + "/unsynced")
            let comment = "\(strategy.label): ended after operation \(limit), \(loss)"
            do {
                _ = try LogScript.open(folder.path + "/data", on: disk, candidates, options, comment)
            } catch {
                Issue.record("\(comment): \(error)")
            }
        }
        // Where each write syncs itself there is little else to be taken back.
        #expect(taken > 0 || strategy.method.access != .buffered)
    }
}

extension PosixDisk {
    fileprivate func write(_ byte: UInt8, sectors: Range<Int>, to file: File) throws {
        let bytes = [UInt8](repeating: byte, count: sectors.count * 512)
        try bytes.withUnsafeBytes { try write($0, to: file, at: sectors.lowerBound * 512) }
    }
}
