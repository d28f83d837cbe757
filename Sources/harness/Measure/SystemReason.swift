import Foundation
import Glibc

/// Why the system refused something, in its own words and with what may help.
public struct SystemReason: Sendable, Hashable {
    /// errno.
    public var code: Int32

    public init(code: Int32) { self.code = code }

    /// What Foundation's error stands for; nil where no call of the system is behind it.
    public init?(_ error: any Error) {
        if let error = error as? POSIXError {
            code = error.code.rawValue
        } else if let below = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error, let reason = Self(below)
        {
            self = reason
        } else if (error as NSError).domain == NSPOSIXErrorDomain {
            code = Int32(truncatingIfNeeded: (error as NSError).code)
        } else {
            return nil
        }
    }

    /// `Permission denied`.
    public var words: String { String(cString: strerror(code)) }

    /// What to do, without a full stop; nil where it depends on what was done.
    public var advice: String? {
        switch code {
        case ENOSPC, EDQUOT: "free some space"
        case EACCES, EPERM: "change its permissions"
        case EROFS: "the file system is mounted read-only"
        case EIO: "the disk or its file system may have failed, check dmesg"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case EAGAIN, ENOMEM: "end other programs, or raise the limits of processes and memory (ulimit -u)"
        case EADDRNOTAVAIL, EADDRINUSE: "end programs that hold ports, or widen net.ipv4.ip_local_port_range"
        default: nil
        }
    }

    /// Both: `Permission denied; change its permissions`, and after an `or` what else would do.
    ///
    /// - Parameter other: `choose another folder with --data`.
    public func words(or other: String? = nil) -> String {
        let ways = [advice, other].compactMap { $0 }
        return words + (ways.isEmpty ? "" : "; " + ways.joined(separator: ", or "))
    }

    /// Of any error: the system's reason where there is one.
    public static func words(of error: any Error, or other: String? = nil) -> String {
        guard let reason = SystemReason(error) else {
            return "\(error.localizedDescription)" + (other.map { "; " + $0 } ?? "")
        }
        return reason.words(or: other)
    }
}
