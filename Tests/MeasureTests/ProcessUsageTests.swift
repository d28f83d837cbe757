import Foundation
import Glibc
import Testing

@testable import Measure

@Suite struct ProcessUsageTests {
    static let stat = """
        4242 (zab (bench) 1) S 1 4242 4242 0 -1 4194304 2110 0 0 0 153 47 0 0 20 0 9 0 987654 123904000 5120 \
        18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0
        """
    static let status = """
        Name:\tzab (bench) 1
        VmPeak:\t  121000 kB
        VmRSS:\t   20480 kB
        Threads:\t9
        """
    static let io = """
        rchar: 3980
        wchar: 9999999
        write_bytes: 8192000
        cancelled_write_bytes: 4096
        """

    @Test func readsTheKernelsText() throws {
        let usage = try #require(
            ProcessUsage(stat: Self.stat, status: Self.status, io: Self.io, ticksPerSecond: 100)
        )
        #expect(usage.userCPUMicroseconds == 1_530_000)
        #expect(usage.systemCPUMicroseconds == 470_000)
        #expect(usage.residentBytes == 20480 * 1024)
        #expect(usage.writtenBytes == 8_192_000)
        #expect(usage.threads == 9)
        #expect(usage.startTicks == 987_654)
        #expect(usage.session == 4242)
        #expect(usage.terminal == 0)
    }

    @Test func whatMayNotBeReadIsMissingNotZero() throws {
        let usage = try #require(ProcessUsage(stat: Self.stat, status: Self.status, io: nil, ticksPerSecond: 100))
        #expect(usage.writtenBytes == nil)
    }

    @Test(arguments: ["", "4242 (zab", "4242 (zab) S 1 2 3"])
    func brokenTextIsNoUsage(_ stat: String) {
        #expect(ProcessUsage(stat: stat, status: Self.status, io: nil, ticksPerSecond: 100) == nil)
    }

    @Test func readsThisProcess() throws {
        let usage = try #require(ProcessUsage(pid: getpid()))
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.threads >= 1)
        #expect(usage.startTicks == ProcessUsage.startTicks(pid: getpid()))
        // Ticks are rounded down, and the clock was read after them.
        let exact = try #require(usage.cpuMicroseconds)
        #expect(exact > 0 && exact >= usage.userCPUMicroseconds)
    }

    @Test func theClockOfAProcessGoesOnWithItsWork() throws {
        let clock = try #require(ProcessClock(pids: [getpid()]))
        let before = try #require(clock.nanoseconds())
        var sum: UInt64 = 1
        while let now = clock.nanoseconds(), now < before + 5_000_000 { sum = sum &* 3 }
        #expect(sum != 0)
        // Both of two are counted.
        let twice = try #require(ProcessClock(pids: [getpid(), getpid()]))
        let both = try #require(twice.nanoseconds())
        #expect(both >= 2 * (before + 5_000_000))
        #expect(ProcessClock(pids: []) == nil)
        #expect(ProcessClock(pids: [getpid(), -1]) == nil)
    }

    @Test func thereIsNoProcessWithoutAPid() {
        #expect(ProcessUsage(pid: -1) == nil)
    }
}
