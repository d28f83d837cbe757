import Glibc
import Measure
import Report

/// What goes to standard output: results and nothing else. Every command writes by way of this, so that none takes a
/// full disk for a success.
public enum Output {
    /// Writes all of a text. A closed pipe is its reader's choice and no error.
    ///
    /// - Throws: `ExplainedEnd` if the text is not whole.
    public static func write(_ text: String) throws(ExplainedEnd) {
        if let error = put(text, to: STDOUT_FILENO) { try explain(error) }
    }

    /// - Parameter error: the system's number.
    /// - Throws: `ExplainedEnd`, unless a pipe was closed.
    static func explain(_ error: Int32) throws(ExplainedEnd) {
        guard error != EPIPE else { return }
        let reason = SystemReason(code: error).words
        Diagnostics.line("zabbench: standard output: \(reason): the output is incomplete; make room and run again")
        throw ExplainedEnd(.failed)
    }

    /// Writes all of a text to an open file.
    ///
    /// - Returns: nil, or the number of the system's error; what came before it is written.
    static func put(_ text: String, to file: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { put($0, to: file) }
    }

    static func put(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32? {
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(file, bytes.baseAddress! + offset, bytes.count - offset)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            offset += count
        }
        return nil
    }
}
