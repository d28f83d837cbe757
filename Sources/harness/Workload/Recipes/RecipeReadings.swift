/// What the servers hold after a recipe, as far as they could be read.
struct RecipeReadings {
    /// One server's, a voter's if one could be read.
    private(set) var found: RecipeZnodes.Found?
    /// Why too few voters could be read; nil where a quorum was.
    private(set) var unread: String?
    /// Servers that do not agree, observers included.
    private(set) var violations: [String] = []

    /// - Parameters:
    ///   - servers: all of them.
    ///   - observers: those of them that have no vote, and so no part in a quorum.
    ///   - look: reads one server that has caught up.
    static func read<Server: Equatable & Sendable>(
        _ servers: [Server],
        observers: [Server],
        look: (Server) async throws -> RecipeZnodes.Found
    ) async -> Self {
        let voters = servers.filter { !observers.contains($0) }
        let quorum = voters.count / 2 + 1
        var readings = Self()
        var found: [RecipeZnodes.Found] = []
        var read = 0
        var failure = ""
        for server in voters + servers.filter({ observers.contains($0) }) {
            do {
                found.append(try await look(server))
                if voters.contains(server) { read += 1 }
            } catch {
                failure = "\(server): \(error)"
            }
        }
        if read < quorum {
            readings.unread = "only \(read) of \(voters.count) voters could be read, \(quorum) needed; \(failure)"
        }
        if let first = found.first, let other = found.first(where: { $0 != first }) {
            readings.violations.append("two servers end with \(first.words) and \(other.words)")
        }
        readings.found = found.first
        return readings
    }
}
