import NIOCore

/// Stands where a server of ZooKeeper's is dialled for an election, and changes one address.
///
/// The first message of such a connection names its sender's own election address. Where the sender's id is the smaller
/// one, the other hangs up and dials that address: so the connection that both then use would pass the proxy by. Here the
/// address becomes the proxy's port for that way. Everything after the first message passes as it is, and so does a first
/// message that has no address (of ZooKeeper before 3.5).
final class DialBackAddress: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Versions of the message that have an address, or several; an older one begins with its sender's id.
    private static let versions: Set<Int64> = [-65536, -65535]
    /// Of the addresses: what ZooKeeper takes at most.
    private static let longest = 2048

    /// Where whoever is dialled here reaches the sender.
    private let port: Int
    private var held: ByteBuffer?
    private var isOver = false

    init(port: Int) { self.port = port }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        if held == nil { held = bytes } else { held?.writeBuffer(&bytes) }
        guard let begun = held, let changed = Self.changed(begun, port: port) else { return }
        isOver = true
        held = nil
        context.fireChannelRead(wrapInboundOut(changed))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let rest = held { context.fireChannelRead(wrapInboundOut(rest)) }
        held = nil
        context.fireChannelInactive()
    }

    /// The bytes with the address changed; nil while the message is not whole.
    static func changed(_ bytes: ByteBuffer, port: Int) -> ByteBuffer? {
        var rest = bytes
        guard let version = rest.readInteger(as: Int64.self) else { return nil }
        guard versions.contains(version) else { return bytes }
        guard let id = rest.readInteger(as: Int64.self), let length = rest.readInteger(as: Int32.self) else {
            return nil
        }
        guard length > 0, length <= longest else { return bytes }
        guard rest.readSlice(length: Int(length)) != nil else { return nil }
        let address = "127.0.0.1:\(port)"
        var changed = ByteBufferAllocator().buffer(capacity: bytes.readableBytes + address.utf8.count)
        changed.writeInteger(version)
        changed.writeInteger(id)
        changed.writeInteger(Int32(address.utf8.count))
        changed.writeString(address)
        changed.writeBuffer(&rest)
        return changed
    }
}
