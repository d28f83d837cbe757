import Foundation
import Synchronization

/// Which server holds a TCP connection of this machine, by the kernel's word: its tables name each connection's socket, and
/// each process's descriptors name the sockets that it holds.
///
/// It takes the rights to look into the servers' processes, which whoever started them has.
final class ServerSockets: Sendable {
    /// A row of the tables, as far as it matters here.
    struct Connection: Hashable {
        var local: Int
        var remote: Int
        var isEstablished: Bool
        /// The socket's number; 0 where nobody holds it any more.
        var inode: UInt64
    }

    private let pids = Mutex<[Int: Int32]>([:])

    /// A server was started as `pid`.
    func note(_ pid: Int32, of server: Int) { pids.withLock { $0[server] = pid } }

    /// Who dialled from the port `local` to the port `remote`; nil if it was none of the servers, or is gone.
    func dialler(from local: Int, to remote: Int) -> Int? {
        holder { $0.local == local && $0.remote == remote }?.server
    }

    /// A connection that one of the servers has made to one of `ports`; nil where there is none.
    func connection(toAnyOf ports: Set<Int>) -> (server: Int, port: Int)? {
        holder { $0.isEstablished && ports.contains($0.remote) }.map { ($0.server, $0.connection.remote) }
    }

    private func holder(where matches: (Connection) -> Bool) -> (server: Int, connection: Connection)? {
        let found = Self.connections().filter { $0.inode > 0 && matches($0) }
        guard !found.isEmpty else { return nil }
        let sockets = Dictionary(found.map { ("socket:[\($0.inode)]", $0) }) { first, _ in first }
        let pids = pids.withLock { $0 }
        for (server, pid) in pids.sorted(by: { $0.key < $1.key }) {
            let folder = "/proc/\(pid)/fd"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
                if let connection = link.flatMap({ sockets[$0] }) { return (server, connection) }
            }
        }
        return nil
    }

    /// Of both tables: a Java machine's sockets are in the second, whatever they are connected to.
    private static func connections() -> [Connection] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { file in
            text(of: file).map { parse($0) } ?? []
        }
    }

    /// A table as a whole: a file without a size, of which a single read gives one page.
    static func text(of table: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: table) else { return nil }
        defer { try? file.close() }
        return (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The rows of the text of /proc/net/tcp.
    static func parse(_ table: String) -> [Connection] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 9, let local = port(words[1]), let remote = port(words[2]), let inode = UInt64(words[9])
            else { return nil }
            return Connection(local: local, remote: remote, isEstablished: words[3] == "01", inode: inode)
        }
    }

    /// Of `0100007F:9C40`.
    private static func port(_ address: Substring) -> Int? {
        address.lastIndex(of: ":").flatMap { Int(address[address.index(after: $0)...], radix: 16) }
    }
}
