import Client
import Foundation
import Glibc

/// What a server's name stands for on this machine.
enum HostAddresses {
    /// The addresses with the port, `127.0.0.1:2181`; nil where the name cannot be resolved. On a thread of its own: a
    /// name service that is out of reach takes its time.
    static func resolved(_ endpoint: Endpoint) async -> Set<String>? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: resolve(endpoint)) }
        }
    }

    private static func resolve(_ endpoint: Endpoint) -> Set<String>? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(endpoint.host, "\(endpoint.port)", &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var found: Set<String> = []
        var next = list
        while let entry = next {
            var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.pointee.ai_addr,
                entry.pointee.ai_addrlen,
                &host,
                socklen_t(host.count),
                nil,
                0,
                NI_NUMERICHOST
            )
            if code == 0 {
                let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                found.insert(Endpoint(host: String(decoding: bytes, as: UTF8.self), port: endpoint.port).description)
            }
            next = entry.pointee.ai_next
        }
        return found.isEmpty ? nil : found
    }
}
