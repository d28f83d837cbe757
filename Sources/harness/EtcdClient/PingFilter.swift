import NIOCore

/// Takes a server's PING frames out of what it sends, and answers them.
///
/// etcd's gRPC estimates its bandwidth with a PING for nearly every request (`WithInitialWindowSize` would turn that off,
/// and etcd does not use it). swift-nio-http2 takes more than 200 control frames in 30 seconds for an attack and closes the
/// connection, and grpc-swift has no setting for that. So they are answered below HTTP/2, as HTTP/2 would have done.
struct PingFilter {
    private static let headerSize = 9
    private static let pingSize = 17
    private static let pingType: UInt8 = 6
    private static let acknowledgement: UInt8 = 1

    /// The start of a frame that is not whole enough to tell what it is.
    private var rest = ByteBuffer()
    /// Bytes of the frame at hand that have not come yet; they pass.
    private var remaining = 0

    /// - Returns: what is left, and the answers to what was taken out.
    mutating func take(_ bytes: ByteBuffer) -> (passed: ByteBuffer, answers: ByteBuffer) {
        var input = bytes
        if rest.readableBytes > 0 {
            rest.writeBuffer(&input)
            input = rest
            rest = ByteBuffer()
        }
        var passed = ByteBuffer()
        var answers = ByteBuffer()
        while input.readableBytes > 0 {
            if remaining > 0 {
                let size = min(remaining, input.readableBytes)
                var part = input.readSlice(length: size)!
                passed.writeBuffer(&part)
                remaining -= size
                continue
            }
            guard let length = frameLength(input) else { break }
            guard isPing(input, length: length) else {
                remaining = length
                continue
            }
            guard var ping = input.readSlice(length: Self.pingSize) else { break }
            ping.setInteger(Self.acknowledgement, at: ping.readerIndex + 4)
            answers.writeBuffer(&ping)
        }
        rest = input.readableBytes > 0 ? input.slice() : ByteBuffer()
        return (passed, answers)
    }

    /// With its header; nil where that is not whole.
    private func frameLength(_ input: ByteBuffer) -> Int? {
        guard input.readableBytes >= Self.headerSize else { return nil }
        let high = Int(input.getInteger(at: input.readerIndex, as: UInt16.self)!)
        let low = Int(input.getInteger(at: input.readerIndex + 2, as: UInt8.self)!)
        return Self.headerSize + (high << 8 | low)
    }

    private func isPing(_ input: ByteBuffer, length: Int) -> Bool {
        let type = input.getInteger(at: input.readerIndex + 3, as: UInt8.self)!
        let flags = input.getInteger(at: input.readerIndex + 4, as: UInt8.self)!
        return type == Self.pingType && flags & Self.acknowledgement == 0 && length == Self.pingSize
    }
}

/// The filter in a connection's pipeline, next to the socket.
final class PingAnswerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var filter = PingFilter()
    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (passed, answers) = filter.take(unwrapInboundIn(data))
        if answers.readableBytes > 0 {
            context.write(wrapOutboundOut(answers), promise: nil)
            hasAnswered = true
        }
        if passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(passed)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasAnswered {
            hasAnswered = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }
}
