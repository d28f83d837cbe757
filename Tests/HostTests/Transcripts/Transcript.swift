import TestSupport
import Wire
import Zab

@testable import Host

/// What a host writes, as lines that a person can read.
enum Transcript {
    static func lines(of bytes: [UInt8], to name: String, _ side: RigSocket.Side?, isHello: Bool) -> [String] {
        if isHello { return ["\(name) < hello"] }
        guard !bytes.isEmpty else { return [] }
        if case .client = side, bytes.count == 4 { return ["\(name) < \(String(decoding: bytes, as: UTF8.self))"] }
        return bytes.withUnsafeBytes { raw in
            var frames = FrameCursor(raw)
            var lines: [String] = []
            while let frame = frames.next() { lines.append("\(name) < \(text(frame, side))") }
            if frames.offset < raw.count { lines.append("\(name) < \(raw.count - frames.offset) bytes of a frame") }
            return lines
        }
    }

    private static func text(_ frame: UnsafeRawBufferPointer, _ side: RigSocket.Side?) -> String {
        guard case .peer(let connection) = side else { return reply(frame) }
        if connection.port == .election { return "notification" }
        guard let decoded = try? PeerFrame(decoding: frame) else { return "no frame" }
        switch decoded {
        case .zab(let message): return name(of: "\(message)")
        default: return name(of: "\(decoded)")
        }
    }

    private static func name(of text: String) -> String { String(text.prefix { $0 != "(" }) }

    /// The answer to a connect request has no xid; it is told by its length.
    private static func reply(_ frame: UnsafeRawBufferPointer) -> String {
        var reader = ByteReader(frame)
        guard let first = try? reader.int32() else { return "nothing" }
        if first == 0, frame.count == 37 { return "session" }
        guard let _ = try? reader.int64(), let code = try? reader.int32() else { return "short reply" }
        return code == 0 ? "reply \(first)" : "reply \(first): \(code)"
    }
}

/// What peers say, as bytes.
enum Said {
    static func hello(of id: UInt8, on port: PeerPort) -> [UInt8] {
        let writer = ByteWriter()
        Hello(id: ServerID(id)).encode(magic: port.magic, into: writer)
        return Array(writer.bytes)
    }

    static func frame(_ frame: PeerFrame) -> [UInt8] {
        let writer = ByteWriter()
        frame.encode(into: writer)
        return Array(writer.bytes)
    }

    static func message(_ message: Message) -> [UInt8] { frame(.zab(message)) }

    static func vote(for leader: UInt8, _ state: PeerState = .looking, round: UInt64 = 1) -> [UInt8] {
        RawFrame.make {
            Notification(
                state: state,
                round: round,
                vote: Vote(peerEpoch: 0, zxid: .zero, leader: ServerID(leader))
            ).encode(into: $0)
        }
    }
}
