import Foundation
import Glibc

/// Finds the process that listens on a port of this machine, so that somebody else's server on it can be measured too.
public enum ListeningProcess {
    /// The pid; nil if nobody listens there or the process is not ours to look at. Reads all of /proc: once per run.
    public static func pid(port: Int) -> Int32? {
        var inodes: Set<String> = []
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
            guard let table = ServerSockets.text(of: file) else { continue }
            inodes.formUnion(listeningInodes(port: port, table: table))
        }
        guard !inodes.isEmpty else { return nil }
        let targets = Set(inodes.map { "socket:[\($0)]" })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for pid in names.compactMap({ Int32($0) }).sorted() {
            let folder = "/proc/\(pid)/fd"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name) else {
                    continue
                }
                if targets.contains(link) { return pid }
            }
        }
        return nil
    }

    /// The inodes of listening sockets (state 0A) on `port` in the text of /proc/net/tcp.
    static func listeningInodes(port: Int, table: String) -> [String] {
        var inodes: [String] = []
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            guard words.count > 9, words[3] == "0A", let colon = words[1].lastIndex(of: ":") else { continue }
            if Int(words[1][words[1].index(after: colon)...], radix: 16) == port { inodes.append(String(words[9])) }
        }
        return inodes
    }
}
