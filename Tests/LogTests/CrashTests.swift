import Glibc
import Log
import Testing
import Wire
import Zab

/// A crash after every operation of a script, with every way to lose what was not synced.
@Suite struct CrashTests {
    static let losses: [CrashingDisk.Loss] =
        [.lost, .kept, .torn, .namesOnly, .contentsOnly] + (1...3).map { .scattered(seed: $0) }

    private func mutationCount() throws -> Int {
        let disk = CrashingDisk()
        try LogScript(disk).run()
        return disk.mutationCount
    }

    private func run(crashingAfter mutation: Int) -> (CrashingDisk, [History]) {
        let disk = CrashingDisk()
        disk.crash(after: mutation)
        let script = LogScript(disk)
        do { try script.run() } catch {}
        return (disk, script.candidates)
    }

    @Test func withoutACrashEverythingIsThere() throws {
        let disk = CrashingDisk()
        let script = LogScript(disk)
        try script.run()
        #expect(script.candidates.count == 1 && script.candidates[0].items.count > 10)
        LogScript<CrashingDisk>.check(disk, script.candidates, "no crash")
    }

    @Test func everyCrashLeavesAPrefixThatHoldsWhatWasSynced() throws {
        let count = try mutationCount()
        #expect(count > 100)
        for mutation in 1...count {
            let (disk, candidates) = run(crashingAfter: mutation)
            for loss in Self.losses {
                LogScript<CrashingDisk>.check(
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
        for mutation in stride(from: 1, through: count, by: 2) {
            let (disk, candidates) = run(crashingAfter: mutation)
            for loss in [CrashingDisk.Loss.torn, .scattered(seed: UInt64(mutation))] {
                var step = 1
                while true {
                    let first = disk.afterCrash(loss)
                    first.crash(after: step)
                    _ = try? TransactionLog.open("/data", on: first, options: LogScript(first).options)
                    guard first.isCrashed else { break }
                    for second in [CrashingDisk.Loss.lost, .scattered(seed: UInt64(step))] {
                        LogScript<CrashingDisk>.check(
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
        let whole = CrashingDisk()
        try LogScript(whole).run()
        for call in 1...whole.callCount {
            let disk = CrashingDisk()
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
            for loss in [CrashingDisk.Loss.lost, .kept, .scattered(seed: UInt64(call))] {
                LogScript<CrashingDisk>.check(
                    disk.afterCrash(loss),
                    script.candidates,
                    "call \(call) failed, \(loss)",
                    goesOn: false
                )
            }
        }
    }
}
