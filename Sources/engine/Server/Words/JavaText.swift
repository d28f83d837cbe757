import Glibc
import NIOCore

/// Values as Java prints them, since programs read them.
enum JavaText {
    /// A mean, to four places: `4.8421`, `0.0`.
    static func mean(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }

    static func hex(_ value: Int64) -> String { String(UInt64(bitPattern: value), radix: 16) }

    /// Seconds since 1970 in the form of strftime(3), in universal time, as servers run.
    static func time(_ seconds: Int, _ form: String) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, form, &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `java.util.Date`'s form: `Mon Nov 30 14:21:08 UTC 2026`.
    static func date(_ seconds: Int) -> String { time(seconds, "%a %b %d %H:%M:%S UTC %Y") }

    /// `InetSocketAddress`'s form, whose slash stands behind the name that nobody has looked up: `/127.0.0.1:2181`,
    /// `/[0:0:0:0:0:0:0:1]:2181`.
    static func address(_ address: SocketAddress?) -> String {
        guard let address, let text = address.ipAddress else { return "null" }
        let port = address.port ?? 0
        guard case .v6 = address else { return "/\(text):\(port)" }
        var octets = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &octets) == 1 else { return "/[\(text)]:\(port)" }
        // An IPv4 client of a socket for both.
        if octets[..<10].allSatisfy({ $0 == 0 }), octets[10] == 255, octets[11] == 255 {
            return "/" + octets[12...].map { "\($0)" }.joined(separator: ".") + ":\(port)"
        }
        let groups = stride(from: 0, to: 16, by: 2).map {
            String(Int(octets[$0]) << 8 | Int(octets[$0 + 1]), radix: 16)
        }
        return "/[" + groups.joined(separator: ":") + "]:\(port)"
    }
}
