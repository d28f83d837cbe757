import Glibc

/// The beginning of a small file of /proc, read without anything that a busy sampler would pay for.
enum ProcFile {
    /// As much as one line of it needs; nil where it cannot be read.
    static func head(_ path: String, bytes capacity: Int = 2048) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { buffer -> String? in
            let count = read(file, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
        }
    }
}
