import Glibc

/// Lines for standard output, written in large pieces: a trace has tens of thousands.
public final class BufferedOutput {
    private var bytes: [UInt8] = []
    private var failure: Int32?

    public init() {}

    public func line(_ text: String) { self.text(text + "\n") }

    public func text(_ text: String) {
        bytes += text.utf8
        if bytes.count > 1 << 16 { flush() }
    }

    /// Writes the rest.
    ///
    /// - Throws: `ExplainedEnd` if anything could not be written, now or before.
    public func finish() throws(ExplainedEnd) {
        flush()
        if let failure { try Output.explain(failure) }
    }

    /// What comes after a failure is not written: a text with a hole would be taken for a whole one.
    private func flush() {
        if failure == nil { failure = bytes.withUnsafeBytes { Output.put($0, to: STDOUT_FILENO) } }
        bytes.removeAll(keepingCapacity: true)
    }
}
