import Wire
import Zab

extension FuzzTarget {
    /// Everything that is decoded from one frame, whoever sent it.
    static let wire = FuzzTarget("wire") {
        var seeds = [Encoded.connect(), Encoded.connect(session: 5)] + Encoded.requests + PeerScript.notifications
        seeds += PeerScript.messages.map { Encoded.frame(.zab($0)) }
        seeds.append(
            Encoded.bytes { Hello(id: ServerID(3), identity: 7).encode(magic: PeerLink.quorumMagic, into: $0) }
        )
        seeds.append(Encoded.bytes { ConnectResponse.expired.encode(into: $0) })
        seeds.append(Encoded.bytes { ACL.encode(ACL.openUnsafe, into: $0) })
        seeds.append(Encoded.bytes { Stat().encode(into: $0) })
        return seeds
    } run: { bytes in
        _ = try? Notification(decoding: bytes)
        _ = try? Hello.decode(magic: PeerLink.quorumMagic, bytes)
        _ = try? Hello.decode(magic: PeerLink.electionMagic, bytes)
        var reader = ByteReader(bytes)
        _ = try? ConnectRequest(from: &reader)
        reader = ByteReader(bytes)
        _ = try? ConnectResponse(from: &reader)
        reader = ByteReader(bytes)
        if let list = try? ACL.decodeList(from: &reader) { precondition(list.count * 12 <= bytes.count) }
        reader = ByteReader(bytes)
        if let packet = try? AuthPacket(from: &reader), let secret = packet.secret { _ = Identity.digest(of: secret) }
        reader = ByteReader(bytes)
        _ = try? Stat(from: &reader)
        reader = ByteReader(bytes)
        _ = try? TransactionHeader(from: &reader)
        _ = RecordHeader(at: bytes)
        guard let frame = try? PeerFrame(decoding: bytes) else { return }
        // What decodes is written again as it was, but for a boolean, which may be any byte, and a null vector.
        switch frame {
        case .zab(.learnerInfo), .zab(.ackEpoch): return
        default: break
        }
        let writer = ByteWriter()
        frame.encode(into: writer)
        precondition(writer.bytes.dropFirst(4).elementsEqual(bytes), "another frame")
    }
}
