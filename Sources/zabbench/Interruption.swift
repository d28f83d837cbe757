import Dispatch
import Glibc
import Synchronization

/// Turns Ctrl-C and SIGTERM into an orderly end.
///
/// The first signal calls the handler; the second ends the process at once, and the janitor does the rest.
final class Interruption: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(_ handler: @escaping @Sendable () -> Void) {
        let shared = Shared()
        var sources: [any DispatchSourceSignal] = []
        for name in [SIGINT, SIGTERM, SIGHUP] {
            signal(name, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: name, queue: .global())
            source.setEventHandler {
                if shared.count.add(1, ordering: .relaxed).oldValue == 0 {
                    let line = Array("\nInterrupted: stopping the servers; once more to leave at once.\n".utf8)
                    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
                    handler()
                } else {
                    _exit(130)
                }
            }
            source.resume()
            sources.append(source)
        }
        self.sources = Mutex(sources)
    }

    /// Stops listening; signals are ignored from here on, the rest is printing.
    func end() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
    }

    /// An atomic cannot be captured, an object that holds one can.
    private final class Shared: Sendable {
        let count = Atomic<Int>(0)
    }
}
