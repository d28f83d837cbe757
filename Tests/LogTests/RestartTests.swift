import Glibc
import Log
import Simulator
import Testing
import Wire
import Zab

/// A call fails, the process ends and starts again on the same page cache, and then the power goes. A sync that failed
/// has left pages that are seen, not on the disk, and clean: a sync of the new process succeeds and does nothing for
/// them (ATC'20). So what recovery reports must have been written again, or be known to be durable in another way.
@Suite struct RestartTests {
    private static let losses: [SimulatedDisk.Loss] = [.lost, .scattered(seed: 3), .reordered(seed: 4)]

    private struct Found: Equatable {
        var base: Zxid
        var chain: UInt32
        var items: [Item]

        init(_ disk: SimulatedDisk) throws {
            let log = try TransactionLog.open("/data", on: disk, options: LogOptions(segmentSize: 8192, recycledMax: 2))
            base = log.base
            chain = log.chain
            items = try log.items()
        }

        /// Not `==`: an expectation that fails would print all of both.
        func isSame(as other: Found) -> Bool { self == other }
    }

    /// - Parameter seed: pages of a failed sync reach the platter by its coins; without it none does.
    @Test(arguments: [nil, 1] as [UInt64?]) func whatARestartReportsSurvivesThePower(seed: UInt64?) throws {
        let whole = SimulatedDisk()
        try LogScript(whole).run()
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: EIO, pageSeed: seed)
            let script = LogScript(disk)
            #expect(throws: LogError.self, "call \(call)") { try script.run() }
            let restarted = disk.afterCrash(.kept)
            let found = try Found(restarted)
            for loss in Self.losses {
                let after = restarted.afterCrash(loss)
                do {
                    let again = try Found(after)
                    #expect(again.isSame(as: found), "call \(call) failed, restarted, \(loss)")
                } catch {
                    Issue.record("call \(call) failed, restarted, \(loss): \(error)")
                }
            }
            LogScript<SimulatedDisk>.check(restarted, script.candidates, "call \(call) failed, restarted, went on")
        }
    }

    /// The first restart meets the same disk again and fails too, at any of its calls.
    @Test func aRestartThatFailsCanBeRepeated() throws {
        let whole = SimulatedDisk()
        try LogScript(whole).run()
        for call in stride(from: 1, through: whole.callCount, by: 5) {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: EIO)
            let script = LogScript(disk)
            #expect(throws: LogError.self) { try script.run() }
            let counted = disk.afterCrash(.kept)
            _ = try Found(counted)
            for step in stride(from: 1 + call % 3, through: counted.callCount, by: 3) {
                let first = disk.afterCrash(.kept)
                first.fail(call: step, with: EIO)
                #expect(throws: LogError.self) { try Found(first) }
                let second = first.afterCrash(.kept)
                let found = try Found(second)
                do {
                    let again = try Found(second.afterCrash(.lost))
                    #expect(again.isSame(as: found), "call \(call) failed, then \(step) of the restart")
                } catch {
                    Issue.record("call \(call) failed, then \(step) of the restart: \(error)")
                }
            }
        }
    }

    @Test func epochsThatARestartReportsSurviveThePower() throws {
        func run(_ disk: SimulatedDisk) throws {
            var files = try EpochFile("/data", on: disk)
            for epoch in Epoch(1)...3 {
                try files.accept(epoch)
                try files.makeCurrent(epoch)
            }
        }
        let whole = SimulatedDisk()
        try run(whole)
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: EIO)
            #expect(throws: LogError.self) { try run(disk) }
            let restarted = disk.afterCrash(.kept)
            let found = try EpochFile("/data", on: restarted)
            for loss in Self.losses {
                let again = try EpochFile("/data", on: restarted.afterCrash(loss))
                #expect(again.accepted == found.accepted && again.current == found.current, "call \(call), \(loss)")
            }
        }
    }

    @Test func snapshotsThatARestartReportsSurviveThePower() throws {
        func run(_ disk: SimulatedDisk) throws {
            let store = try SnapshotStore("/data", on: disk)
            for counter in UInt32(1)...3 {
                let position = LogPosition(zxid: Zxid(epoch: 1, counter: counter), chain: counter)
                let writer = try store.begin(position)
                let bytes = [UInt8](repeating: UInt8(counter), count: 9000)
                let chunk = SnapshotChunk.of(bytes)
                try writer.append(chunk.bytes)
                try writer.finish()
                try store.purge(keeping: 1, upTo: position.zxid)
            }
        }
        func newest(_ disk: SimulatedDisk) throws -> SnapshotStore<SimulatedDisk>.Valid? {
            let search = try SnapshotStore("/data", on: disk).newestValid()
            #expect(search.invalid.isEmpty)
            return search.newest
        }
        let whole = SimulatedDisk()
        try run(whole)
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: EIO)
            #expect(throws: LogError.self) { try run(disk) }
            let restarted = disk.afterCrash(.kept)
            let found = try newest(restarted)
            for loss in Self.losses {
                let again = try newest(restarted.afterCrash(loss))
                #expect(again == found, "call \(call), \(loss)")
            }
        }
    }
}
