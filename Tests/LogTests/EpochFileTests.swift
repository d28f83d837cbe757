import CPlatform
import Glibc
import Log
import Simulator
import TestSupport
import Testing
import Zab

@Suite struct EpochFileTests {
    /// What the file holds at one time.
    private struct Held: Equatable {
        var accepted: Epoch = 0
        var current: Epoch = 0
        var membership = Membership()

        init() {}
        init(_ accepted: Epoch, _ current: Epoch, _ identity: UInt64, isConfirmed: Bool = false) {
            self.accepted = accepted
            self.current = current
            membership = Membership(identity: identity, isConfirmed: isConfirmed)
        }
        init(_ file: EpochFile<SimulatedDisk>) {
            (accepted, current, membership) = (file.accepted, file.current, file.membership)
        }
    }

    /// Accepts and makes current, up to epoch 3. The second reign is of another identity, since the first was never
    /// established, and is confirmed.
    private func run(on disk: SimulatedDisk, _ done: inout [Held]) throws {
        var file = try EpochFile("/data", on: disk)
        done.append(Held())
        done.append(Held(1, 0, 0))
        try file.accept(1)
        done.append(Held(1, 1, 7))
        try file.makeCurrent(1, identity: 7)
        done.append(Held(2, 1, 7))
        try file.accept(2)
        done.append(Held(2, 2, 8))
        try file.makeCurrent(2, identity: 8)
        done.append(Held(2, 2, 8, isConfirmed: true))
        try file.confirm(8)
        done.append(Held(3, 2, 8, isConfirmed: true))
        try file.accept(3)
        done.append(Held(3, 3, 8, isConfirmed: true))
        try file.makeCurrent(3, identity: 8)
        done.append(Held(3, 3, 8, isConfirmed: true))
    }

    private static let path = "/data/epochs"

    @Test func oneSectorHoldsBoth() throws {
        let disk = SimulatedDisk()
        var file = try EpochFile("/data", on: disk)
        #expect(file.accepted == 0 && file.current == 0)
        try file.accept(17)
        try file.makeCurrent(5)
        let bytes = try #require(disk.contents(of: Self.path))
        #expect(bytes.count == 512 && bytes[8..<16] == [0, 0, 0, 17, 0, 0, 0, 5])
        let again = try EpochFile("/data", on: disk)
        #expect(again.accepted == 17 && again.current == 5)
    }

    /// An election waits for these: no new name, no new size, one sync of data each.
    @Test func aPromiseIsOneWriteAndOneSync() throws {
        let disk = SimulatedDisk()
        var file = try EpochFile("/data", on: disk)
        let before = disk.callCount
        try file.accept(1)
        #expect(disk.callCount == before + 2)
        try file.makeCurrent(1, identity: 7)
        #expect(disk.callCount == before + 4, "the identity comes with the epoch")
    }

    @Test func anEpochOfNoIdentityLeavesTheOneThatIsThere() throws {
        var file = try EpochFile("/data", on: SimulatedDisk())
        try file.accept(2)
        try file.makeCurrent(1, identity: 7)
        try file.confirm(7)
        try file.makeCurrent(2)
        #expect(file.membership == Membership(identity: 7, isConfirmed: true))
    }

    /// The bytes that the version before identities wrote: it starts, and belongs to no ensemble yet.
    @Test func anOlderVersionsFileIsRead() throws {
        let disk = SimulatedDisk()
        _ = try EpochFile("/data", on: disk)
        disk.corrupt(Self.path) { bytes in
            bytes = Array("ZBEPOCHS".utf8) + [0, 0, 0, 9, 0, 0, 0, 8] + Array(repeating: 0, count: 492)
            let checksum = bytes.withUnsafeBytes { zb_crc32c(0, $0.baseAddress, 508) }
            bytes += withUnsafeBytes(of: checksum.bigEndian) { Array($0) }
        }
        let file = try EpochFile("/data", on: disk)
        #expect(Held(file) == Held(9, 8, 0))
    }

    @Test func aCrashLeavesTheOldNumberOrTheNew() throws {
        let whole = SimulatedDisk()
        var all: [Held] = []
        try run(on: whole, &all)
        for mutation in 1...whole.mutationCount {
            for loss in CrashTests.losses {
                let disk = SimulatedDisk()
                disk.crash(after: mutation)
                var done: [Held] = []
                try? run(on: disk, &done)
                // The last was begun, the one before was finished.
                let after = disk.afterCrash(loss)
                let allowed = done.suffix(2) + [Held()].filter { _ in done.count < 2 }
                let file = try EpochFile("/data", on: after)
                #expect(
                    allowed.contains(Held(file)),
                    "crash after operation \(mutation), \(loss): \(Held(file)), not \(allowed)"
                )
                #expect(!after.paths.contains { $0.hasSuffix(".tmp") })
            }
        }
    }

    @Test func anyCallCanFail() throws {
        let whole = SimulatedDisk()
        var all: [Held] = []
        try run(on: whole, &all)
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: ENOSPC)
            var done: [Held] = []
            #expect(throws: LogError.self, "call \(call)") { try run(on: disk, &done) }
            let file = try EpochFile("/data", on: disk.afterCrash(.lost))
            let allowed = done.suffix(2) + [Held()].filter { _ in done.count < 2 }
            #expect(allowed.contains(Held(file)))
        }
    }

    @Test func anyFlippedBitIsRefused() throws {
        let disk = SimulatedDisk()
        var file = try EpochFile("/data", on: disk)
        try file.accept(3)
        let whole = try #require(disk.contents(of: Self.path))
        for bit in 0..<(whole.count * 8) {
            disk.corrupt(Self.path) { $0[bit / 8] ^= 1 << (bit % 8) }
            #expect(corruption { _ = try EpochFile("/data", on: disk) }?.path == Self.path, "bit \(bit)")
            disk.corrupt(Self.path) { $0 = whole }
        }
    }

    @Test(arguments: [0, 1, 511, 513, 1024]) func anotherSizeIsRefused(size: Int) throws {
        let disk = SimulatedDisk()
        var file = try EpochFile("/data", on: disk)
        try file.accept(3)
        disk.corrupt(Self.path) { $0 = Array(($0 + $0).prefix(size)) }
        #expect(corruption { _ = try EpochFile("/data", on: disk) }?.path == Self.path)
    }

    @Test func acceptedBelowCurrentIsRefused() throws {
        let disk = SimulatedDisk()
        _ = try EpochFile("/data", on: disk)
        for (accepted, isRefused) in [(UInt8(2), true), (3, false)] {
            disk.corrupt(Self.path) { bytes in
                bytes[11] = accepted
                bytes[15] = 3
                let checksum = bytes.withUnsafeBytes { zb_crc32c(0, $0.baseAddress, 508) }
                bytes[508...] = withUnsafeBytes(of: checksum.bigEndian) { ArraySlice($0) }
            }
            if isRefused {
                #expect(corruption { _ = try EpochFile("/data", on: disk) }?.found == "2")
            } else {
                #expect(try EpochFile("/data", on: disk).current == 3)
            }
        }
    }

    /// What an older version kept elsewhere is not forgotten in silence.
    @Test(arguments: ["acceptedEpoch", "currentEpoch"]) func formerFilesAreRefused(name: String) throws {
        let disk = SimulatedDisk()
        try disk.makeDirectory("/data")
        _ = try disk.open("/data/" + name, .replacing)
        #expect(corruption { _ = try EpochFile("/data", on: disk) }?.path == "/data/" + name)
    }

    @Test func aDirectoryIsOpenedOnce() throws {
        let folder = TemporaryFolder()
        do {
            let lock = try DirectoryLock(folder.path)
            #expect(throws: LogError.locked(path: folder.path)) { try DirectoryLock(folder.path) }
            withExtendedLifetime(lock) {}
        }
        _ = try DirectoryLock(folder.path)
    }
}
