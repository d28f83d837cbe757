import Glibc

/// What goes to stdout: results and nothing else.
public enum Output {
    /// A closed pipe is the reader's choice and no error of ours.
    public static func write(_ text: String) { _ = put(text, to: STDOUT_FILENO) }

    /// Writes all of a text to an open file.
    ///
    /// - Returns: nil, or the number of the system's error; what came before it is written.
    public static func put(_ text: String, to file: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + offset, bytes.count - offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            offset += count
        }
        return nil
    }
}
