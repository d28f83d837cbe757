import Glibc

/// Free TCP ports on 127.0.0.1.
///
/// The kernel chooses them: each is bound to port 0 and all are held until every one is known, so they differ. Between
/// their release and the server's own bind somebody else may take one; the ensemble's start then tries again.
public enum LoopbackPorts {
    /// - Throws: `TargetError` where the machine has no free ports or descriptors.
    public static func free(count: Int) throws(TargetError) -> [Int] {
        var held: [Int32] = []
        defer { for socket in held { close(socket) } }
        var ports: [Int] = []
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw TargetError("no socket: \(String(cString: strerror(errno)))") }
            held.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            guard bound else { throw TargetError("no free port on 127.0.0.1: \(String(cString: strerror(errno)))") }
            ports.append(Int(UInt16(bigEndian: address.sin_port)))
        }
        return ports
    }
}
