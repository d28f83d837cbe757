import Glibc
import Log
import Simulator
import Testing
import Wire
import Zab

/// A crash after every operation of a script, with every way to lose what was not synced.
@Suite struct CrashTests {
    static let losses: [SimulatedDisk.Loss] =
        [.lost, .kept, .torn, .tornPages, .namesOnly, .contentsOnly]
        + [1, 2].flatMap { [.scattered(seed: $0), .scatteredPages(seed: $0), .reordered(seed: $0)] }

    private func mutationCount() throws -> Int {
        let disk = SimulatedDisk()
        try LogScript(disk).run()
        return disk.mutationCount
    }

    private func run(crashingAfter mutation: Int) -> (SimulatedDisk, [History]) {
        let disk = SimulatedDisk()
        disk.crash(after: mutation)
        let script = LogScript(disk)
        do { try script.run() } catch {}
        return (disk, script.candidates)
    }

    @Test func withoutACrashEverythingIsThere() throws {
        let disk = SimulatedDisk()
        let script = LogScript(disk)
        try script.run()
        #expect(script.candidates.count == 1 && script.candidates[0].items.count > 10)
        LogScript<SimulatedDisk>.check(disk, script.candidates, "no crash")
    }

    @Test func everyCrashLeavesAPrefixThatHoldsWhatWasSynced() throws {
        let count = try mutationCount()
        #expect(count > 100)
        for mutation in 1...count {
            let (disk, candidates) = run(crashingAfter: mutation)
            for loss in Self.losses {
                LogScript<SimulatedDisk>.check(
                    disk.afterCrash(loss),
                    candidates,
                    "crash after operation \(mutation), \(loss)"
                )
            }
        }
    }

    /// Recovery is itself interrupted, everywhere, and done again.
    @Test func recoveryCanBeInterrupted() throws {
        let count = try mutationCount()
        for mutation in stride(from: 1, through: count, by: 3) {
            let (disk, candidates) = run(crashingAfter: mutation)
            let seed = UInt64(mutation)
            let others: [SimulatedDisk.Loss] = [.tornPages, .scatteredPages(seed: seed), .reordered(seed: seed)]
            for loss in [.torn, .scattered(seed: seed), others[mutation / 3 % 3]] {
                var step = 1
                while true {
                    let first = disk.afterCrash(loss)
                    first.crash(after: step)
                    _ = try? TransactionLog.open("/data", on: first, options: LogScript(first).options)
                    guard first.isCrashed else { break }
                    for second in [SimulatedDisk.Loss.lost, .scattered(seed: UInt64(step)), .reordered(seed: seed)] {
                        LogScript<SimulatedDisk>.check(
                            first.afterCrash(second),
                            candidates,
                            "crash after operation \(mutation), \(loss), and \(step) of recovery, \(second)",
                            goesOn: false
                        )
                    }
                    step += 1
                }
            }
        }
    }

    /// Any call fails: a typed error, nothing more is done, and nothing acknowledged is lost.
    @Test(arguments: [EIO, ENOSPC]) func everyCallCanFail(code: Int32) throws {
        let whole = SimulatedDisk()
        try LogScript(whole).run()
        for call in 1...whole.callCount {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: code)
            let script = LogScript(disk)
            do {
                try script.run()
                Issue.record("call \(call) failed, and nobody minded")
            } catch let error as LogError {
                guard case .disk(let cause) = error else {
                    Issue.record("call \(call): \(error)")
                    continue
                }
                #expect(cause.code == code)
                if code == ENOSPC { #expect(error.description.hasPrefix("the disk is full")) }
                if let log = script.log {
                    #expect(throws: error) { try log.sync() }
                    #expect(throws: error) { try log.append([], committed: .zero) }
                }
            }
            let seed = UInt64(call)
            for loss in [SimulatedDisk.Loss.lost, .kept, .scattered(seed: seed), .reordered(seed: seed)] {
                LogScript<SimulatedDisk>.check(
                    disk.afterCrash(loss),
                    script.candidates,
                    "call \(call) failed, \(loss)",
                    goesOn: false
                )
            }
        }
    }

    /// A disk that fills up in the middle of any write, or fails there: whatever sectors of it are left, what had been
    /// synced is there, both for the process that starts again and after a loss of power.
    @Test func everyWriteCanBeShort() throws {
        let whole = SimulatedDisk()
        try LogScript(whole).run()
        var counters = DiskFaultCounters()
        for call in 1...whole.callCount {
            for (code, byteCount) in [(ENOSPC, 512), (ENOSPC, 1 << 20), (EIO, 1536)] {
                let disk = SimulatedDisk()
                disk.fail(call: call, with: code, writtenByteCount: byteCount)
                let script = LogScript(disk)
                #expect(throws: LogError.self) { try script.run() }
                guard disk.faultCounters.failedWrites == 1 else { break }
                counters += disk.faultCounters
                for loss in [SimulatedDisk.Loss.kept, .scattered(seed: UInt64(call))] {
                    LogScript<SimulatedDisk>.check(
                        disk.afterCrash(loss),
                        script.candidates,
                        "call \(call) wrote \(byteCount) bytes and failed, \(loss)"
                    )
                }
            }
        }
        #expect(counters.failedWrites > 100 && counters.shortWrites > 100)
    }
}
