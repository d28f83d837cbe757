import Glibc
import Log
import Simulator
import Testing

/// What the disk model promises: the tests of the log and of the cluster are worth no more than this.
@Suite struct SimulatedDiskTests {
    private let disk = SimulatedDisk()
    private let path = "/data/file"

    private func bytes(_ value: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: value, count: count) }

    private func write(_ bytes: [UInt8], to file: SimulatedDisk.File, at offset: Int = 0) throws(DiskError) {
        let source = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { source.deallocate() }
        source.copyBytes(from: bytes)
        try disk.write(UnsafeRawBufferPointer(source), to: file, at: offset)
    }

    /// A file of that content, durable under its name.
    private func durableFile(_ content: [UInt8], named path: String = "/data/file") throws -> SimulatedDisk.File {
        try disk.makeDirectory("/data")
        try disk.syncDirectory("/")
        let file = try disk.open(path, .replacing)
        try write(content, to: file)
        try disk.sync(file)
        try disk.syncDirectory("/data")
        return file
    }

    private func error(_ body: () throws -> Void) -> Int32? {
        do { try body() } catch let error as DiskError { return error.code } catch {}
        return nil
    }

    // MARK: Losses

    @Test func eachLossLeavesWhatItSays() throws {
        let file = try durableFile(bytes(1, 8192))
        try write(bytes(2, 4096), to: file)
        try write(bytes(3, 4096), to: file, at: 4096)
        let other = try disk.open("/data/other", .replacing)
        try write(bytes(4, 1024), to: other)
        #expect(disk.contents(of: path) == bytes(2, 4096) + bytes(3, 4096))

        func found(_ loss: SimulatedDisk.Loss) -> (file: [UInt8]?, other: [UInt8]?) {
            let after = disk.afterCrash(loss)
            #expect(after.isClean(under: "/") == (loss != .kept))
            return (after.contents(of: path), after.contents(of: "/data/other"))
        }
        #expect(found(.lost) == (bytes(1, 8192), nil))
        #expect(found(.kept) == (bytes(2, 4096) + bytes(3, 4096), bytes(4, 1024)))
        #expect(found(.torn) == (bytes(2, 4096) + bytes(3, 2048) + bytes(1, 2048), bytes(4, 512)))
        #expect(found(.tornPages) == (bytes(2, 4096) + bytes(1, 4096), []))
        #expect(found(.namesOnly) == (bytes(1, 8192), []))
        #expect(found(.contentsOnly) == (bytes(2, 4096) + bytes(3, 4096), nil))
        // The process that goes on after `kept` owes the platter what the one before did.
        #expect(disk.afterCrash(.kept).afterCrash(.lost).contents(of: path) == bytes(1, 8192))
    }

    /// Over many seeds every outcome that a loss allows comes up, none that it does not, and a seed gives the same twice.
    @Test(arguments: [512, 4096]) func scatteredDecidesForEachUnit(unit: Int) throws {
        let file = try durableFile(bytes(1, 8192))
        try write(bytes(2, 8192), to: file)
        var units: Set<[UInt8]> = []
        for seed in 0..<UInt64(64) {
            let loss: SimulatedDisk.Loss = unit == 512 ? .scattered(seed: seed) : .scatteredPages(seed: seed)
            let after = try #require(disk.afterCrash(loss).contents(of: path))
            #expect(disk.afterCrash(loss).contents(of: path) == after)
            var firsts: [UInt8] = []
            for start in stride(from: 0, to: 8192, by: unit) {
                #expect(after[start..<(start + unit)].allSatisfy { $0 == after[start] })
                firsts.append(after[start])
            }
            units.insert(firsts)
        }
        if unit == 4096 {
            let all: Set<[UInt8]> = [[1, 1], [1, 2], [2, 1], [2, 2]]
            #expect(units == all)
        } else {
            #expect(units.count > 60)
        }
    }

    @Test func scatteredDecidesForEachName() throws {
        let names = ["/data/a", "/data/b", "/data/c"]
        _ = try durableFile([], named: names[0])
        let file = try disk.open(names[1], .replacing)
        try disk.sync(file)
        try disk.rename(names[0], to: names[2])
        var found: Set<[String]> = []
        for seed in 0..<UInt64(40) { found.insert(disk.afterCrash(.scattered(seed: seed)).paths) }
        let all: Set<[String]> = [[names[0]], [names[2]], [names[0], names[1]], [names[1], names[2]]]
        #expect(found == all)
    }

    @Test func reorderedKeepsTheLaterAndLosesTheEarlier() throws {
        let file = try durableFile(bytes(0, 2048))
        for (index, value) in [UInt8(1), 2, 3, 4].enumerated() {
            try write(bytes(value, 512), to: file, at: index * 512)
        }
        var survivors: Set<[UInt8]> = []
        for seed in 0..<UInt64(40) {
            let after = try #require(disk.afterCrash(.reordered(seed: seed)).contents(of: path))
            survivors.insert([after[0], after[512], after[1024], after[1536]])
        }
        let all: Set<[UInt8]> = [[1, 2, 3, 4], [0, 2, 3, 4], [0, 0, 3, 4], [0, 0, 0, 4]]
        #expect(survivors == all)
    }

    @Test func aDirectoryThatWasNotSyncedTakesItsFilesAlong() throws {
        try disk.makeDirectory("/data")
        let file = try disk.open(path, .replacing)
        try write(bytes(1, 10), to: file)
        try disk.sync(file)
        try disk.syncDirectory("/data")
        #expect(!disk.isClean(under: "/") && disk.isClean(under: "/data"))
        let after = disk.afterCrash(.lost)
        #expect(after.paths.isEmpty && after.contents(of: path) == nil)
        #expect(throws: DiskError(.list, "/data", ENOENT)) { try after.list("/data") }
        try disk.syncDirectory("/")
        #expect(disk.afterCrash(.lost).contents(of: path) == bytes(1, 10))
        try after.makeDirectory("/data")
        #expect(try after.list("/data").isEmpty)
    }

    // MARK: Syncs

    @Test func aFileThatBecameShorterNeedsAnFsync() throws {
        let file = try durableFile(bytes(1, 4096))
        try disk.setSize(of: file, to: 1024)
        try write(bytes(2, 1024), to: file, at: 1024)
        try disk.syncData(file)
        #expect(!disk.isClean(under: "/data"))
        #expect(disk.afterCrash(.lost).contents(of: path) == bytes(1, 1024) + bytes(2, 1024) + bytes(1, 2048))
        #expect(disk.contents(of: path) == bytes(1, 1024) + bytes(2, 1024))
        try disk.sync(file)
        #expect(disk.isClean(under: "/data"))
        #expect(disk.afterCrash(.lost).contents(of: path) == bytes(1, 1024) + bytes(2, 1024))
        try write(bytes(3, 5000), to: file, at: 2048)
        try disk.syncData(file)
        #expect(disk.isClean(under: "/data") && disk.afterCrash(.lost).contents(of: path)?.count == 7048)
    }

    /// The kernel takes pages that it could not write for clean; only what is written again is dirty again.
    @Test func whatAFailedSyncCoveredIsForgottenUntilWrittenAgain() throws {
        let file = try durableFile(bytes(1, 4096))
        try write(bytes(2, 4096), to: file)
        disk.failNext(.sync(code: EIO), under: "/elsewhere")
        disk.failNext(.sync(code: EIO), under: "/data")
        #expect(error { try disk.syncData(file) } == EIO)
        #expect(disk.unsyncedBytes == 4096 && !disk.isClean(under: "/data"))
        try disk.sync(file)
        #expect(disk.contents(of: path) == bytes(2, 4096))
        #expect(disk.platter(of: path) == bytes(1, 4096) && !disk.isClean(under: "/data"))
        // It is the same for the process that comes after.
        let restarted = disk.afterCrash(.kept)
        try restarted.sync(restarted.open(path, .existing))
        #expect(restarted.contents(of: path) == bytes(2, 4096))
        #expect(restarted.afterCrash(.scattered(seed: 1)).contents(of: path) == bytes(1, 4096))

        try write(bytes(2, 1024), to: file, at: 512)
        try disk.sync(file)
        #expect(disk.platter(of: path) == bytes(1, 512) + bytes(2, 1024) + bytes(1, 2560))
        #expect(disk.unsyncedBytes == 3072)
        try write(bytes(2, 4096), to: file)
        try disk.sync(file)
        #expect(disk.platter(of: path) == bytes(2, 4096) && disk.isClean(under: "/data") && disk.unsyncedBytes == 0)
        #expect(disk.faultCounters.failedSyncs == 1 && disk.faultCounters.total == 1)
    }

    @Test func ofAPartialSyncSomePagesArrive() throws {
        let file = try durableFile(bytes(1, 8 * 4096))
        try write(bytes(2, 8 * 4096), to: file)
        disk.failNext(.partialSync(code: EIO, seed: 5))
        #expect(error { try disk.sync(file) } == EIO)
        let platter = try #require(disk.platter(of: path))
        #expect(Set(platter) == [1, 2])
        try disk.sync(file)
        #expect(disk.platter(of: path) == platter)
    }

    @Test func aFailedSyncOfADirectoryIsMadeUpForByTheNext() throws {
        _ = try durableFile(bytes(1, 10))
        try disk.rename(path, to: "/data/new")
        disk.failNext(.directorySync(code: EIO))
        #expect(error { try disk.syncDirectory("/data") } == EIO)
        #expect(disk.paths == ["/data/new"] && disk.afterCrash(.lost).paths == [path])
        let restarted = disk.afterCrash(.kept)
        #expect(restarted.paths == ["/data/new"] && !restarted.isClean(under: "/data"))
        try restarted.syncDirectory("/data")
        #expect(restarted.afterCrash(.lost).paths == ["/data/new"])
        #expect(restarted.faultCounters.failedDirectorySyncs == 1 && restarted.faultCounters.crashes == 1)
    }

    // MARK: Writes, reads and room

    @Test func aShortWriteLeavesWholeSectors() throws {
        let file = try durableFile(bytes(1, 4096))
        disk.failNext(.write(code: ENOSPC, afterByteCount: 1300))
        #expect(error { try write(bytes(2, 4096), to: file) } == ENOSPC)
        #expect(disk.contents(of: path) == bytes(2, 1024) + bytes(1, 3072))
        disk.failNext(.write(code: EIO, afterByteCount: 511))
        #expect(error { try write(bytes(3, 4096), to: file) } == EIO)
        #expect(disk.contents(of: path) == bytes(2, 1024) + bytes(1, 3072))
        disk.fail(call: disk.callCount + 1, with: EIO)
        #expect(error { try write(bytes(4, 4096), to: file) } == EIO)
        #expect(disk.contents(of: path) == bytes(4, 2048) + bytes(1, 2048))
        #expect(disk.faultCounters.failedWrites == 3 && disk.faultCounters.shortWrites == 2)
    }

    @Test func readsAndNamesFailOnceWhenTold() throws {
        let file = try durableFile(bytes(7, 100))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 200, alignment: 1)
        defer { buffer.deallocate() }
        disk.failNext(.read(code: EIO), under: path)
        #expect(error { _ = try disk.read(file, into: buffer, at: 0) } == EIO)
        #expect(try disk.read(file, into: buffer, at: 60) == 40 && buffer[39] == 7)
        #expect(try disk.read(file, into: buffer, at: 100) == 0)
        disk.failNext(.nameChange(code: EIO))
        #expect(error { try disk.rename(path, to: "/data/b") } == EIO)
        try disk.rename(path, to: "/data/b")
        #expect(disk.faultCounters.failedReads == 1 && disk.faultCounters.failedNameChanges == 1)
    }

    @Test func aFullDiskTakesNothingNew() throws {
        let file = try durableFile(bytes(1, 4096))
        disk.setSpace(.noneLeft)
        try write(bytes(2, 4096), to: file)
        try disk.sync(file)
        #expect(error { try write(bytes(3, 4096), to: file, at: 2048) } == ENOSPC)
        #expect(disk.contents(of: path) == bytes(2, 2048) + bytes(3, 2048))
        #expect(error { _ = try disk.open("/data/new", .replacing) } == ENOSPC)
        #expect(error { try disk.makeDirectory("/more") } == ENOSPC)
        #expect(error { try disk.allocate(file, count: 8192) } == ENOSPC)
        try disk.rename(path, to: "/data/b")
        disk.setSpace(.refusing)
        #expect(error { try write(bytes(4, 512), to: file) } == ENOSPC)
        #expect(error { try disk.rename("/data/b", to: path) } == ENOSPC)
        #expect(disk.afterCrash(.lost).space == .refusing)
        try disk.remove("/data/b")
        #expect(disk.faultCounters.refusalsForSpace == 6)
        disk.setSpace(.ample)
        try write(bytes(4, 8192), to: file)
        #expect(disk.faultCounters.refusalsForSpace == 6 && disk.faultCounters.failedWrites == 0)
    }

    @Test func aPlannedCrashStopsEverything() throws {
        let file = try durableFile(bytes(1, 512))
        disk.crash(after: disk.mutationCount + 2)
        try write(bytes(2, 512), to: file)
        try disk.sync(file)
        #expect(disk.isCrashed)
        #expect(error { try write(bytes(3, 512), to: file) } == ECANCELED)
        #expect(error { _ = try disk.open(path, .existing) } == ECANCELED)
        let after = disk.afterCrash(.lost)
        #expect(!after.isCrashed && after.mutationCount == 0 && after.contents(of: path) == bytes(2, 512))
    }

    // MARK: Damage

    @Test func aFlippedBitIsOnThePlatterAndSeenUnlessTheCacheIsNewer() throws {
        let file = try durableFile(bytes(0, 1024))
        #expect(disk.flipBit(path, at: 700, bit: 3))
        #expect(disk.contents(of: path)?[700] == 8 && disk.afterCrash(.lost).contents(of: path)?[700] == 8)
        #expect(!disk.flipBit(path, at: 1024, bit: 0) && !disk.flipBit("/data/none", at: 0, bit: 0))
        try write(bytes(1, 512), to: file)
        #expect(disk.flipBit(path, at: 5, bit: 7))
        #expect(disk.contents(of: path)?[5] == 1 && disk.platter(of: path)?[5] == 128)
        try disk.sync(file)
        #expect(disk.platter(of: path)?[5] == 1 && disk.isClean(under: "/"))
        #expect(disk.faultCounters.flippedBits == 2)
    }

    @Test func aStaleSectorIsWhatItWasBeforeItsLastChange() throws {
        let file = try durableFile(bytes(1, 4096))
        #expect(disk.changedSectors(of: path).isEmpty && !disk.makeStale(path, at: 512))
        for value in [UInt8(2), 3, 3] {
            try write(bytes(value, 1024), to: file, at: 512)
            try disk.syncData(file)
        }
        // A name says nothing of what the blocks held, and neither does a crash.
        try disk.rename(path, to: "/data/recycled")
        try disk.syncDirectory("/data")
        let after = disk.afterCrash(.lost)
        #expect(after.changedSectors(of: "/data/recycled") == [512, 1024])
        #expect(after.makeStale("/data/recycled", at: 1024))
        let expected = bytes(1, 512) + bytes(3, 512) + bytes(2, 512) + bytes(1, 2560)
        #expect(after.contents(of: "/data/recycled") == expected && after.platter(of: "/data/recycled") == expected)
        #expect(!after.makeStale("/data/recycled", at: 0) && after.faultCounters.staleSectors == 1)
    }

    @Test func aMisdirectedSectorIsElsewhereAndLeavesTheOld() throws {
        let file = try durableFile(bytes(1, 2048))
        let other = try durableFile(bytes(9, 1024), named: "/data/other")
        try write(bytes(2, 1024), to: file)
        try disk.sync(file)
        #expect(!disk.misdirect(path, at: 1024, to: "/data/other", at: 0))
        #expect(!disk.misdirect(path, at: 512, to: "/data/other", at: 1024))
        #expect(disk.misdirect(path, at: 512, to: "/data/other", at: 0))
        #expect(disk.contents(of: path) == bytes(2, 512) + bytes(1, 1536))
        #expect(disk.contents(of: "/data/other") == bytes(2, 512) + bytes(9, 512))
        #expect(disk.misdirect(path, at: 0, to: path, at: 1536))
        #expect(disk.platter(of: path) == bytes(1, 1536) + bytes(2, 512))
        #expect(disk.isClean(under: "/") && disk.faultCounters.misdirectedSectors == 2)
        withExtendedLifetime(other) {}
    }

    // MARK: Looking in

    @Test func cleanIsToldForEachDirectory() throws {
        _ = try durableFile([])
        for directory in ["/data/inner", "/more"] { try disk.makeDirectory(directory) }
        #expect(!disk.isClean(under: "/data") && !disk.isClean(under: "/") && disk.isClean(under: "/data/inner"))
        try disk.syncDirectory("/data")
        try disk.syncDirectory("/")
        let file = try disk.open("/data/inner/file", .replacing)
        try disk.syncDirectory("/data/inner")
        #expect(disk.isClean(under: "/"))
        try write(bytes(1, 700), to: file)
        #expect(!disk.isClean(under: "/data/") && !disk.isClean(under: "/") && disk.isClean(under: "/more"))
        #expect(disk.unsyncedBytes == 700)
        try disk.syncData(file)
        #expect(disk.isClean(under: "/") && disk.unsyncedBytes == 0)
        // What no name leads to owes nothing to anybody, as soon as that is durable.
        try write(bytes(2, 700), to: file)
        try disk.remove("/data/inner/file")
        #expect(!disk.isClean(under: "/data"))
        try disk.syncDirectory("/data/inner")
        #expect(disk.isClean(under: "/") && disk.paths == [path])
        try write(bytes(3, 10), to: file)
        try disk.sync(file)
        #expect(disk.isClean(under: "/"))
    }

    @Test func aCopySharesNothing() throws {
        let file = try durableFile(bytes(1, 1024))
        try write(bytes(2, 512), to: file)
        disk.fail(call: disk.callCount + 1, with: EIO)
        let copy = disk.copy()
        let again = try copy.open(path, .existing)
        try copy.setSize(of: again, to: 3)
        try copy.sync(again)
        try copy.remove(path)
        #expect(disk.contents(of: path) == bytes(2, 512) + bytes(1, 512) && disk.platter(of: path) == bytes(1, 1024))
        #expect(error { try disk.sync(file) } == EIO)
        #expect(copy.paths.isEmpty && copy.faultCounters.total == 0)
    }

    /// A file that is open outlives its name, and its place is used again only when it is closed.
    @Test func anOpenFileOutlivesItsName() throws {
        var file: SimulatedDisk.File? = try durableFile(bytes(1, 600))
        try disk.remove(path)
        try disk.syncDirectory("/data")
        let other = try durableFile(bytes(2, 600))
        var byte: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &byte) { try disk.read(file!, into: $0, at: 0) }
        #expect(byte == 1)
        file = nil
        let third = try durableFile(bytes(3, 600), named: "/data/third")
        #expect(disk.contents(of: path) == bytes(2, 600) && disk.contents(of: "/data/third") == bytes(3, 600))
        withExtendedLifetime((other, third)) {}
    }
}
