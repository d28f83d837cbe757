import Foundation
import NIOCore

/// The two directions of a connection.
struct LinkPair: Sendable {
    /// What the dialling server says, and what it is answered.
    var there: LinkDirection
    var back: LinkDirection

    var isCut: Bool { there.isCut || back.isCut }
}

/// Who may come through a door.
enum LinkVisitors: Sendable {
    /// One server, which alone knows this door.
    case one(LinkPair)
    /// All others, by id: whose connection it is, the kernel says.
    case several([Int: LinkPair], ServerSockets)

    /// Whether anybody who may come is cut off.
    var isAnyCut: Bool {
        switch self {
        case .one(let pair): pair.isCut
        case .several(let pairs, _): pairs.values.contains(where: \.isCut)
        }
    }

    /// Whose connection a door has accepted; fails for somebody else's. The tables are read on another thread: a
    /// millisecond in which the proxy would hold everything up.
    func pair(of channel: any Channel) -> EventLoopFuture<LinkPair> {
        switch self {
        case .one(let pair): return channel.eventLoop.makeSucceededFuture(pair)
        case .several(let pairs, let sockets):
            let promise = channel.eventLoop.makePromise(of: LinkPair.self)
            guard let local = channel.remoteAddress?.port, let remote = channel.localAddress?.port else {
                promise.fail(ChannelError.unknownLocalAddress)
                return promise.futureResult
            }
            DispatchQueue.global().async {
                if let pair = sockets.dialler(from: local, to: remote).flatMap({ pairs[$0] }) {
                    promise.succeed(pair)
                } else {
                    promise.fail(TargetError("port \(remote) of the proxy was dialled by none of the other servers"))
                }
            }
            return promise.futureResult
        }
    }
}
