import Glibc

/// Lines for standard output, written in large pieces: a trace has tens of thousands.
final class BufferedOutput {
    private var bytes: [UInt8] = []

    func line(_ text: String) {
        bytes += text.utf8
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count > 1 << 16 { flush() }
    }

    /// A closed pipe is the reader's wish to see no more; the run ends all the same.
    func flush() {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress! + start, $0.count - start) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { break }
            start += written
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
