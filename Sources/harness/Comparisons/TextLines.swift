import Glibc

/// The lines of a file that anybody may have edited, whatever their ends and whatever stands before the first.
///
/// Not `split`: to Swift, CR LF is one character and no line feed, so a text of Windows' would be one line.
enum TextLines {
    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// The text without the byte order mark that some editors put before it.
    static func unmarked(_ text: String) -> String {
        text.utf8.starts(with: mark) ? String(decoding: text.utf8.dropFirst(mark.count), as: UTF8.self) : text
    }

    /// With LF, CR LF or CR at their ends, which are left out; after the last end there is one more, as a rule empty.
    static func of(_ text: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            var lines: [String] = []
            var start = bytes.starts(with: mark) ? mark.count : 0
            func end(at place: Int) { lines.append(String(decoding: bytes[start..<place], as: UTF8.self)) }
            // A byte at a time is slow in a debug build, and a history may be long.
            while let place = find(0x0a, bytes, from: start, to: bytes.count) {
                while let lone = find(0x0d, bytes, from: start, to: place), lone + 1 < place {
                    end(at: lone)
                    start = lone + 1
                }
                end(at: place > start && bytes[place - 1] == 0x0d ? place - 1 : place)
                start = place + 1
            }
            while let lone = find(0x0d, bytes, from: start, to: bytes.count) {
                end(at: lone)
                start = lone + 1
            }
            end(at: bytes.count)
            return lines
        }
    }

    private static func find(_ byte: Int32, _ bytes: UnsafeBufferPointer<UInt8>, from: Int, to: Int) -> Int? {
        guard let base = bytes.baseAddress, from < to, let found = memchr(base + from, byte, to - from) else {
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
