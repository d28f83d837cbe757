import Logging
import NIOCore
import Storage
import Wire
import Zab

/// One connection between two servers, on the election or the quorum port: a hello from the side that dialled, then
/// frames with a length before each. Confined to its server's event loop.
///
/// Whatever a stranger sends here costs this connection and one log line.
final class PeerHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Port { case election, quorum }

    let port: Port
    /// Known from the start on the side that dials; from the hello on the other.
    private(set) var peer: ServerID?
    let dialled: Bool
    private let server: ServerLoop
    private var context: ChannelHandlerContext?
    /// The first bytes, until the hello is whole.
    private var hello: [UInt8] = []
    private var frames: FrameBuffer
    private var paused = false
    private var finished = false

    init(server: ServerLoop, port: Port, dialling peer: ServerID?) {
        self.server = server
        self.port = port
        self.peer = peer
        dialled = peer != nil
        let frameMax = port == .election ? Notification.encodedSize : PeerLink.frameMax
        frames = FrameBuffer(FrameBuffer.Bounds(lengths: 1...frameMax, readAhead: FrameBuffer.turnBytesMax))
    }

    private var magic: UInt32 { port == .election ? PeerLink.electionMagic : PeerLink.quorumMagic }

    func channelActive(context: ChannelHandlerContext) {
        // Given up while it was being dialled.
        guard !finished else {
            context.close(promise: nil)
            return
        }
        self.context = context
        if dialled {
            let hello = ByteWriter(capacity: Hello.size)
            server.hello.encode(magic: magic, into: hello)
            send(hello.bytes)
            server.linkOpened(self)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        guard !finished else { return }
        finished = true
        if peer != nil { server.linkClosed(self) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !finished else { return }
        let bytes = unwrapInboundIn(data)
        server.counters.bytesIn += bytes.readableBytes
        bytes.withUnsafeReadableBytes { read in
            var read = read
            if peer == nil {
                let missing = min(Hello.size - hello.count, read.count)
                hello += read[..<missing]
                guard readHello() else { return }
                read = UnsafeRawBufferPointer(rebasing: read[missing...])
            }
            readFrames(read)
        }
    }

    /// False while it is not whole, and if this is none of ours.
    private func readHello() -> Bool {
        do {
            let said = try hello.withUnsafeBytes { bytes throws(WireError) in
                try Hello.decode(magic: magic, bytes)
            }
            guard let said else { return false }
            let id = said.id
            guard server.configuration.servers.contains(where: { $0.id == id }), id != server.configuration.myself
            else {
                refuse("says it is server \(id), which is not another server of this ensemble")
                return false
            }
            if case .refused(let line) = server.judge(said) {
                // `Acquaintance` says how often.
                if let line { server.logger.warning("\(port) link refused: \(line)") }
                close()
                return false
            }
            if let context { server.doors[port].becameKnown(context.channel) }
            peer = id
            server.linkOpened(self)
            return !finished
        } catch {
            refuse("\(error)")
            return false
        }
    }

    private func readFrames(_ read: UnsafeRawBufferPointer) {
        let seen = frames.frameCount
        var bad: String?
        let problem = frames.receive(read) { take($0, &bad) }
        server.counters.messagesIn += frames.frameCount - seen
        switch problem {
        case nil: break
        case .length(let length):
            bad = bad ?? "frame of \(length) bytes, at most \(frames.bounds.lengths.upperBound) are allowed"
        case .tooMuch(let bytes): bad = bad ?? "\(bytes) bytes wait to be taken, more than there is room for"
        }
        if let bad, !finished { refuse(bad) }
    }

    /// Hands whole frames to the server, until it holds this peer back. Returns how many bytes that were.
    private func take(_ bytes: UnsafeRawBufferPointer, _ bad: inout String?) -> Int {
        guard let peer else { return 0 }
        var taken = 0
        while !finished, !paused, taken < bytes.count {
            let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: taken, as: UInt32.self)))
            let frame = UnsafeRawBufferPointer(rebasing: bytes[(taken + 4)..<(taken + 4 + length)])
            taken += 4 + length
            do {
                try server.received(frame, on: self, from: peer)
            } catch {
                bad = "\(error)"
                return bytes.count
            }
        }
        return finished ? bytes.count : taken
    }

    /// Holds the peer back while the log has as much as it may hold.
    func setPaused(_ wanted: Bool) {
        guard wanted != paused, let context else { return }
        paused = wanted
        context.channel.setOption(.autoRead, value: !wanted).whenFailure { _ in }
        if !wanted {
            var bad: String?
            frames.resume { take($0, &bad) }
            if let bad { refuse(bad) }
            server.scheduleEndOfRound()
        }
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { server.linkWritable(self) }
    }

    func send(_ bytes: UnsafeRawBufferPointer) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        server.counters.bytesOut += bytes.count
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        server.counters.bytesOut += buffer.readableBytes
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func flush() { context?.flush() }

    var channel: (any Channel)? { context?.channel }

    /// Ends the link, with one line.
    func refuse(_ reason: String) {
        let who = peer.map { "server \($0)" } ?? context.map { server.describe($0) } ?? "a stranger"
        let line = "\(port) link of \(who): \(reason); connection closed"
        server.complain(line, of: self)
        close()
        if peer != nil { server.linkClosed(self) }
    }

    /// Closes without telling the server, which asked for it.
    func close() {
        finished = true
        context?.close(promise: nil)
    }
}
