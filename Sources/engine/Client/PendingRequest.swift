import Wire

/// A watch that a request leaves once its answer has come.
struct WatchRequest: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case data, exists, children
    }
    var path: String
    var kind: Kind
}

/// A request and its caller. Confined to the client's event loop after `submit`.
final class PendingRequest: @unchecked Sendable {
    /// The whole frame; the xid at offset 4 is set when it is sent.
    let frame: [UInt8]
    let watch: WatchRequest?
    var xid: Int32 = 0
    private var continuation: CheckedContinuation<[UInt8], any Error>?
    /// Set if the caller gave up before the request had its continuation.
    private(set) var isFinished = false

    init(frame: [UInt8], watch: WatchRequest?) {
        self.frame = frame
        self.watch = watch
    }

    func attach(_ continuation: CheckedContinuation<[UInt8], any Error>) {
        if isFinished { continuation.resume(throwing: CancellationError()) } else { self.continuation = continuation }
    }

    /// Answers the caller, once; a request whose caller has gone still takes its place in the order of answers.
    func finish(_ result: Result<[UInt8], any Error>) {
        isFinished = true
        continuation?.resume(with: result)
        continuation = nil
    }
}
