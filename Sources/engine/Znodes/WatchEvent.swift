import Wire

/// A client connection of this server, as the shell numbers them.
public typealias WatcherID = Int32

/// A watch that fired: what to tell which connection.
public struct WatchEvent: Hashable, Sendable {
    public static let created: Int32 = 1
    public static let deleted: Int32 = 2
    public static let dataChanged: Int32 = 3
    public static let childrenChanged: Int32 = 4

    public var watcher: WatcherID
    /// One of the four above (`Watcher.Event.EventType`).
    public var type: Int32
    /// UTF-8. Events of one change share the array's storage.
    public var path: [UInt8]

    public init(watcher: WatcherID, type: Int32, path: [UInt8]) {
        self.watcher = watcher
        self.type = type
        self.path = path
    }

    /// What a notification has for bytes, with its length and header.
    static func encodedSize(pathCount: Int) -> Int { 4 + 16 + 12 + pathCount }

    /// Appends the body of the notification, `WatcherEvent{type, state = 3 (SyncConnected), path}`; the caller puts the
    /// reply header with xid -1 in front.
    public func encode(into writer: ByteWriter) {
        writer.append(type)
        writer.append(Int32(3))
        path.withUnsafeBytes { writer.append(buffer: $0) }
    }
}
