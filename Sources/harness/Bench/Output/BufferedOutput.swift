import Glibc

/// Lines for standard output, written in large pieces: a trace has tens of thousands.
public final class BufferedOutput {
    public struct Failure: Error, CustomStringConvertible {
        public let code: Int32
        public init(code: Int32) { self.code = code }
        public var description: String {
            "standard output: \(String(cString: strerror(code))): what was to be said is not whole; make room and run again"
        }
    }

    private var bytes: [UInt8] = []
    private var failure: Failure?

    public init() {}

    public func line(_ text: String) { self.text(text + "\n") }

    public func text(_ text: String) {
        bytes += text.utf8
        if bytes.count > 1 << 16 { flush() }
    }

    /// Writes the rest.
    ///
    /// - Throws: `Failure` if anything could not be written, now or before.
    public func finish() throws(Failure) {
        flush()
        if let failure { throw failure }
    }

    /// A closed pipe is the reader's wish to see no more; the run ends all the same.
    private func flush() {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress! + start, $0.count - start) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                if errno != EPIPE, failure == nil { failure = Failure(code: errno) }
                break
            }
            start += written
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
