import NIOCore

/// What goes over a link, one after the other: four bytes of length, one of kind, eight of number, and the body.
struct AgentFrame: Equatable {
    enum Kind: UInt8 {
        /// A greeting, the first frame of each side.
        case greeting
        /// Why there will be no answer: a line of text. The last frame.
        case refusal
        /// A question, its answer, or why there is none, with the question's number.
        case question, answer, failure
        /// Something that is told without being asked; the number is that of the question it belongs to.
        case news
        /// For the clocks' distance, and to show that somebody is still there.
        case clockQuestion, clockAnswer
    }

    var kind: Kind
    var number: UInt64
    var body: ByteBuffer

    static let headBytes = 13
    /// Histograms of a long load are the largest: hundreds of kilobytes. More than this is not a frame.
    static let bytesMax = 256 << 20
    /// Before the other side has shown what it is.
    static let greetingBytesMax = 4096

    func write(into out: inout ByteBuffer) {
        out.writeInteger(UInt32(Self.headBytes - 4 + body.readableBytes))
        out.writeInteger(kind.rawValue)
        out.writeInteger(number)
        out.writeImmutableBuffer(body)
    }

    /// The next whole frame of `input`; nil while there is none.
    ///
    /// - Throws: `AgentError` for bytes that are none.
    static func read(from input: inout ByteBuffer, longest: Int) throws(AgentError) -> AgentFrame? {
        guard let length = input.getInteger(at: input.readerIndex, as: UInt32.self) else { return nil }
        guard length >= headBytes - 4, length <= longest else { throw AgentError("what came is no frame of zabbench") }
        guard input.readableBytes >= 4 + Int(length) else { return nil }
        input.moveReaderIndex(forwardBy: 4)
        guard let kind = input.readInteger(as: UInt8.self).flatMap({ Kind(rawValue: $0) }),
            let number = input.readInteger(as: UInt64.self),
            let body = input.readSlice(length: Int(length) - (headBytes - 4))
        else { throw AgentError("what came is no frame of zabbench") }
        return AgentFrame(kind: kind, number: number, body: body)
    }
}
