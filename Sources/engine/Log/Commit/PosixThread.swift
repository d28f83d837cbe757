import CPlatform
import Glibc

/// A thread of our own: for work that sleeps in the kernel, which must not hold up a pool's threads.
public final class PosixThread: @unchecked Sendable {
    private let handle: pthread_t

    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Parameter name: at most 15 bytes show.
    public init(name: String, body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let result = pthread_create(
            &handle,
            nil,
            { context in
                let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
                zb_name_thread(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        precondition(result == 0, "no thread can be started: \(String(cString: strerror(result)))")
        self.handle = handle
    }

    /// Waits until the body has returned. Once only.
    public func join() { pthread_join(handle, nil) }
}
