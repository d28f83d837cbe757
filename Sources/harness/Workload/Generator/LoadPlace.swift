import Client
import Wire

/// Where on the servers a load lies, and who its sessions say that they are.
public struct LoadPlace: Sendable, Hashable {
    /// The znode below which everything lies, such as `/app`; empty for the tree's root.
    public var chroot: String
    /// Said by every session after it has connected.
    public var credentials: [Credential]
    /// The data of the run's root znode: the path of a znode that is there as long as whoever makes the run. Empty
    /// where nobody will have to tell.
    public var owner: String

    public init(chroot: String = "", credentials: [Credential] = [], owner: String = "") {
        self.chroot = chroot
        self.credentials = credentials
        self.owner = owner
    }
}

/// What a server's error means for whoever runs a load, and what to do.
enum Refusal {
    static func words(_ code: Int32) -> String {
        switch ErrorCode(rawValue: code) {
        case .noAuth:
            "no permission (noAuth, -102); its parent's ACL wants another identity: "
                + "--auth digest:user:password gives one"
        case .noNode: "its parent is not there (noNode, -101)"
        case let known?: "\(known), \(code)"
        case nil: "error \(code)"
        }
    }
}
