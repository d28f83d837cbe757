import Glibc
import Measure
import Synchronization

/// The harness's end of the pipe to its janitor.
public final class JanitorLink: Sendable {
    private let process: ChildProcess
    private let output: Mutex<Int32?>

    /// Starts the janitor.
    ///
    /// - Parameter executable: the zabbench program, absolute.
    public init(executable: String) throws(TargetError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw TargetError(
                "no pipe to the process that cleans up: \(SystemReason(code: errno).words(or: "run again"))"
            )
        }
        // No other child may hold the end whose closing is the signal.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        do {
            process = try ChildProcess(
                executable: executable,
                arguments: ["janitor"],
                directory: "/",
                input: ends[0],
                outputPath: nil
            )
        } catch {
            close(ends[1])
            throw error
        }
        output = Mutex(ends[1])
    }

    /// Tells the janitor.
    ///
    /// - Throws: `TargetError` if it is gone; then nothing may be started that it would have to clean up.
    public func send(_ order: JanitorOrder) throws(TargetError) {
        let bytes = Array(order.line.utf8)
        let isSent = output.withLock { output in
            guard let output else { return false }
            return bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) } == bytes.count
        }
        guard isSent else { throw TargetError("the janitor process \(process.pid) has exited; run the command again") }
    }

    /// Closes the pipe, so that the janitor cleans up what is left, and waits for its end.
    public func finish() async {
        let open = output.withLock { output in
            defer { output = nil }
            return output
        }
        if let open { close(open) }
        _ = await process.waitForExit(seconds: 70)
    }

    /// Waits for the janitor's own end; nil if it still runs then.
    func waitForJanitor(seconds: Double) async -> ChildProcess.Exit? {
        await process.waitForExit(seconds: seconds)
    }

    deinit {
        if let open = output.withLock({ $0 }) { close(open) }
    }
}
