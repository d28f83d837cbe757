import Glibc
import Log
import Simulator
import Testing
import Zab

@Suite struct EpochFilesTests {
    /// Accepts and makes current, up to epoch 3.
    private func run(on disk: SimulatedDisk, _ done: inout [(accepted: Epoch, current: Epoch)]) throws {
        var files = try EpochFiles("/data", on: disk)
        done.append((0, 0))
        for epoch in Epoch(1)...3 {
            done.append((epoch, epoch - 1))
            try files.accept(epoch)
            done.append((epoch, epoch))
            try files.makeCurrent(epoch)
        }
        done.append((3, 3))
    }

    @Test func theyAreAsciiNumbers() throws {
        let disk = SimulatedDisk()
        var files = try EpochFiles("/data", on: disk)
        #expect(files.accepted == 0 && files.current == 0)
        try files.accept(17)
        try files.makeCurrent(5)
        #expect(disk.contents(of: "/data/acceptedEpoch") == Array("17\n".utf8))
        #expect(disk.contents(of: "/data/currentEpoch") == Array("5\n".utf8))
        let again = try EpochFiles("/data", on: disk)
        #expect(again.accepted == 17 && again.current == 5)
    }

    @Test func aCrashLeavesTheOldNumberOrTheNew() throws {
        let whole = SimulatedDisk()
        var all: [(accepted: Epoch, current: Epoch)] = []
        try run(on: whole, &all)
        for mutation in 1...whole.mutationCount {
            for loss in CrashTests.losses {
                let disk = SimulatedDisk()
                disk.crash(after: mutation)
                var done: [(accepted: Epoch, current: Epoch)] = []
                try? run(on: disk, &done)
                // The last was begun, the one before was finished.
                let after = disk.afterCrash(loss)
                let allowed = done.suffix(2) + [(0, 0)].filter { _ in done.count < 2 }
                let files = try EpochFiles("/data", on: after)
                #expect(
                    allowed.contains { $0 == (files.accepted, files.current) },
                    "crash after operation \(mutation), \(loss): \(files.accepted), \(files.current), not \(allowed)"
                )
                #expect(!after.paths.contains { $0.hasSuffix(".tmp") })
            }
        }
    }

    @Test func anyCallCanFail() throws {
        let whole = SimulatedDisk()
        var all: [(accepted: Epoch, current: Epoch)] = []
        try run(on: whole, &all)
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: ENOSPC)
            var done: [(accepted: Epoch, current: Epoch)] = []
            #expect(throws: LogError.self, "call \(call)") { try run(on: disk, &done) }
            let files = try EpochFiles("/data", on: disk.afterCrash(.lost))
            let allowed = done.suffix(2) + [(0, 0)].filter { _ in done.count < 2 }
            #expect(allowed.contains { $0 == (files.accepted, files.current) })
        }
    }

    @Test(arguments: ["", "\n", "x", "-1", "4294967296", "1 2", "0x1", "+5", "\u{661}"])
    func nonsenseIsRefused(text: String) throws {
        let disk = SimulatedDisk()
        var files = try EpochFiles("/data", on: disk)
        try files.accept(3)
        disk.corrupt("/data/acceptedEpoch") { $0 = Array(text.utf8) }
        #expect(corruption { _ = try EpochFiles("/data", on: disk) }?.path == "/data/acceptedEpoch")
    }

    @Test func acceptedBelowCurrentIsRefused() throws {
        let disk = SimulatedDisk()
        var files = try EpochFiles("/data", on: disk)
        try files.accept(3)
        try files.makeCurrent(3)
        disk.corrupt("/data/acceptedEpoch") { $0 = Array("2".utf8) }
        #expect(throws: LogError.self) { try EpochFiles("/data", on: disk) }
        disk.corrupt("/data/acceptedEpoch") { $0 = Array("4294967295".utf8) }
        #expect(try EpochFiles("/data", on: disk).accepted == .max)
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
