import Dispatch
import Glibc
import Report
import Synchronization

/// Turns Ctrl-C and SIGTERM into an orderly end.
///
/// The first signal calls the handler; a second one ends the process at once, and the janitor does the rest. Signals
/// that come within a second of the first are the first: timeout(1) and shells send one to the process and another to
/// its group.
public final class Interruption: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    /// - Parameter line: what is said at the first signal.
    public init(
        saying line: String = "Interrupted: stopping the servers; once more to leave at once.",
        _ handler: @escaping @Sendable () -> Void
    ) {
        let arrival = Arrival(line)
        var sources: [any DispatchSourceSignal] = []
        // A queue of its own has a thread when it needs one, however busy the others are.
        let queue = DispatchQueue(label: "zabbench.signals")
        let isListening = DispatchGroup()
        for name in [SIGINT, SIGTERM, SIGHUP] {
            signal(name, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: name, queue: queue)
            source.setEventHandler { arrival.received(handler) }
            isListening.enter()
            source.setRegistrationHandler { isListening.leave() }
            source.resume()
            sources.append(source)
        }
        // Another thread registers them; a signal that came before would be lost.
        isListening.wait()
        self.sources = Mutex(sources)
    }

    private final class Arrival: Sendable {
        private let first = Mutex<ContinuousClock.Instant?>(nil)
        private let line: String

        init(_ line: String) { self.line = line }

        func received(_ handler: @Sendable () -> Void) {
            let earlier = first.withLock { first in
                defer { first = first ?? .now }
                return first
            }
            guard let earlier else {
                let line = Array("\n\(line)\n".utf8)
                _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
                return handler()
            }
            if earlier.duration(to: .now) > .seconds(1) { _exit(ExitStatus.interrupted.rawValue) }
        }
    }

    /// Stops listening; signals are ignored from here on, the rest is printing.
    public func end() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
    }
}
