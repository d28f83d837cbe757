/// Servers of one ensemble, and the znode below which everything is to happen, as ZooKeeper's clients are told them:
/// `h1:2181,h2:2181/app`.
public struct ConnectString: Hashable, Sendable, CustomStringConvertible {
    public var endpoints: [Endpoint]
    /// `/app`; empty where the tree's own root is meant.
    public var chroot: String

    public init(endpoints: [Endpoint], chroot: String = "") {
        self.endpoints = endpoints
        self.chroot = chroot
    }

    /// Blanks around a server do not count; the path comes once, behind the last one.
    ///
    /// - Throws: `ClientError.badEndpoint`, `.badConnectString`.
    public init(_ text: String) throws(ClientError) {
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        let path = Self.trimmed(text[slash...])
        guard !path.contains(",") else {
            throw .badConnectString(
                "the path \(path) holds a comma; give it once, after the last server: h1:2181,h2:2181/app"
            )
        }
        var endpoints: [Endpoint] = []
        for part in text[..<slash].split(separator: ",", omittingEmptySubsequences: false) {
            let name = Self.trimmed(part)
            guard !name.isEmpty else {
                throw .badConnectString(
                    "\"\(text)\" has an empty place where a server belongs; h1:2181,h2:2181 expected"
                )
            }
            let endpoint = try Endpoint(String(name))
            guard !endpoint.host.contains(where: { $0.isWhitespace || $0.isNewline }) else {
                throw .badEndpoint(String(name))
            }
            endpoints.append(endpoint)
        }
        self.init(endpoints: endpoints, chroot: path == "/" ? "" : String(path))
        if let problem = Self.problem(with: chroot) { throw .badConnectString("the path \(chroot) \(problem)") }
    }

    public var description: String { endpoints.map(\.description).joined(separator: ",") + chroot }

    private static func problem(with path: String) -> String? {
        guard !path.isEmpty else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("") { return "has an empty part; /app/bench is an example" }
        if parts.contains(".") || parts.contains("..") { return "is relative; a znode's path has no . and no .. in it" }
        if parts[0] == "zookeeper" { return "is ZooKeeper's own; take another znode" }
        if path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
            return "has a control character"
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var rest = text.drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
