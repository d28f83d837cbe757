import Foundation
import Glibc
import Measure

/// A document of ours that the user names, to be read again.
enum StoredDocument {
    /// - Parameter madeBy: the command that writes such a file, to be followed by its name. Only a file that is missing
    ///   is proposed for it: one that is there may be somebody's only copy of something else.
    /// - Throws: `UsageError`.
    static func data(_ path: String, madeBy command: String) throws(UsageError) -> Data {
        var information = stat()
        guard stat(path, &information) == 0 else {
            guard errno == ENOENT else {
                throw UsageError("\(path): \(SystemReason(code: errno).words(or: "name another file"))")
            }
            throw UsageError("\(path): no such file; make it with \(command) \(path)")
        }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: throw UsageError("\(path): a folder; name a file that --json wrote")
        case S_IFREG, S_IFIFO: break
        default: throw UsageError("\(path): not a file; name one that --json wrote")
        }
        guard access(path, R_OK) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("\(path): cannot be read; make it readable (chmod +r), or name another file")
        }
        return data
    }
}
