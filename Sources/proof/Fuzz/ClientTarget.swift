import Host
import Replica
import Stepped
import Wire
import Zab
import Znodes

extension FuzzTarget {
    /// Requests of clients to a server that leads alone: nothing that a client sends may trap, or stop the server.
    static let client = FuzzTarget("client") {
        var writer = ScriptWriter()
        for request in Encoded.requests {
            writer.add(0, request)
            writer.add(10)
        }
        let oneByOne = writer.bytes
        writer = ScriptWriter()
        for request in Encoded.requestsOfWatches + Encoded.requests.dropLast() { writer.add(0, request) }
        writer.add(15)
        writer.add(10)
        for request in Encoded.requests { writer.add(0, request) }
        writer.add(12)
        let together = writer.bytes
        writer = ScriptWriter()
        for connection in [UInt8(1), 2, 3] {
            writer.add(connection, Encoded.connect())
            writer.add(10)
            for request in Encoded.requests.prefix(12) { writer.add(connection, request) }
        }
        writer.add(10)
        writer.add(0x1d)
        writer.add(0x1e)
        writer.add(1, Encoded.connect(session: 0x100_0000_0000_0001))
        return [oneByOne, together, writer.bytes]
            + (Encoded.requestsOfWatches + Encoded.requests).map { request in
                var one = ScriptWriter()
                one.add(0, request)
                one.add(10)
                return one.bytes
            }
    } run: { bytes in
        let rig = Rig(ServerID(1), of: [ServerID(1)])
        rig.settle()
        for connection in 0..<4 { rig.open(connection) }
        Encoded.connect().withUnsafeBytes { rig.clientFrame(0, $0) }
        rig.settle()
        precondition(rig.host.member.state.sessionCount == 1, "a server alone leads")
        var script = Script(bytes)
        while let order = script.order() {
            let connection = Int(order >> 4 & 3)
            switch order & 15 {
            case 0, 4...8: rig.clientFrame(0, script.blob())
            case 1...3: rig.clientFrame(Int(order & 3), script.blob())
            case 9: rig.clientBytes(connection, script.blob())
            case 10: rig.settle()
            case 11: rig.advance(milliseconds: 20)
            case 12: rig.advance(milliseconds: 30_000)
            case 13: rig.close(connection)
            case 14: rig.open(connection)
            default: rig.checkSnapshot()
            }
        }
        rig.settle()
        precondition(rig.failure == nil, "a client stopped the server: \(rig.failure!)")
    }
}
