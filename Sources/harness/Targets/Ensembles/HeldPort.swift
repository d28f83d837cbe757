import Glibc
import Measure

/// A free port of 127.0.0.1, chosen by the kernel, that nobody else gets while this lives. It is bound and does not listen,
/// so dialling it is refused; a server that may share addresses (SO_REUSEADDR, as ours and ZooKeeper's do) can listen on it
/// meanwhile.
///
/// A port that is only looked up can be somebody else's before its server has it, and again when that server is down: a
/// load on two ensembles at once then writes to the other one, and misses what it wrote.
public final class HeldPort: Sendable {
    public let port: Int
    private let descriptor: Int32

    /// - Throws: `TargetError` where the machine has no free ports or descriptors.
    public init() throws(TargetError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw TargetError(
                "no socket for a server's port: \(SystemReason(code: errno).words(or: "use fewer servers"))"
            )
        }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound else {
            let reason = SystemReason(code: errno).words(or: "use fewer servers")
            close(descriptor)
            throw TargetError("no free port on 127.0.0.1: \(reason)")
        }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// As many, all different.
    ///
    /// - Throws: as `init`.
    public static func take(_ count: Int) throws(TargetError) -> [HeldPort] {
        var held: [HeldPort] = []
        for _ in 0..<count { held.append(try HeldPort()) }
        return held
    }

    deinit { close(descriptor) }
}
