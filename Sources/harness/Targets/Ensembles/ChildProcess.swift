import CPlatform
import Foundation
import Glibc
import Measure
import Synchronization

/// A process that we started: a server or the janitor.
///
/// It runs in a session of its own, so that Ctrl-C and a closed terminal reach the harness alone, which stops its
/// servers in order. It inherits its standard streams and no other descriptor. A thread of ours waits for its end, so a
/// signal is only ever sent to the process that was started, never to another that got its pid afterwards.
public final class ChildProcess: Sendable {
    public enum Exit: Sendable, Hashable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        public var description: String {
            switch self {
            case .code(let code): "exit code \(code)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    private struct State {
        var exit: Exit?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Exit?, Never>] = [:]
    }

    public let pid: Int32
    /// The start in clock ticks since boot: with the pid the process's name for ever.
    public let startTicks: UInt64
    private let takesGroupAlong: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - directory: where it runs.
    ///   - input: a descriptor for its standard input; nil for /dev/null.
    ///   - outputPath: the file that its standard output and error are appended to; nil to share ours.
    ///   - takesGroupAlong: whether what it has started and left behind in its session is killed when it ends.
    public init(
        executable: String,
        arguments: [String],
        directory: String,
        input: Int32? = nil,
        outputPath: String?,
        takesGroupAlong: Bool = false
    ) throws(TargetError) {
        self.takesGroupAlong = takesGroupAlong
        var child = pid_t(0)
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = zb_spawn(&child, executable, &words, directory, input ?? -1, outputPath)
        guard code == 0 else {
            throw TargetError(
                "\(executable): cannot be started in \(directory): "
                    + SystemReason(code: code).words(or: "is it there, executable, and of this architecture?")
            )
        }
        pid = child
        // Until it is waited for, even an exited child keeps its pid, so this reads the right process.
        startTicks = ProcessUsage.startTicks(pid: child) ?? 0
        Thread.detachNewThread { [self] in reap() }
    }

    /// How it ended; nil while it runs.
    public var exit: Exit? { state.withLock { $0.exit } }

    /// Sends a signal; false if the process has ended.
    @discardableResult
    public func send(signal: Int32) -> Bool {
        state.withLock { state in
            guard state.exit == nil else { return false }
            return kill(pid, signal) == 0
        }
    }

    /// Waits for its end, at most so long; nil if it still runs then.
    public func waitForExit(seconds: Double) async -> Exit? {
        await withCheckedContinuation { continuation in
            let waiter: Int? = state.withLock { state in
                if state.exit != nil { return nil }
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = continuation
                return state.nextWaiter
            }
            guard let waiter else { return continuation.resume(returning: exit) }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
                state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: nil)
            }
        }
    }

    /// Asks it to end, and makes it end if it does not within the bound.
    public func stop(seconds: Double) async {
        guard send(signal: SIGTERM) else { return }
        // A stopped process (SIGSTOP) sees SIGTERM only when it goes on.
        send(signal: SIGCONT)
        if await waitForExit(seconds: seconds) != nil { return }
        send(signal: SIGKILL)
        _ = await waitForExit(seconds: seconds)
    }

    private func reap() {
        var information = siginfo_t()
        // Waits without reaping: under the lock below the pid is still ours, so `send` cannot hit another process.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        // For the same reason the group of that name is still ours.
        if takesGroupAlong { kill(-pid, SIGKILL) }
        let waiters = state.withLock { state in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            state.exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: exit) }
    }
}
