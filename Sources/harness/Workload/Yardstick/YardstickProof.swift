import CYardstick
import Glibc

/// Reads the logs of a yardstick's servers back and holds them against what was acknowledged.
///
/// A log is used in place, so the newest 64 MiB of it are there to be read. Each record's checksum continues that of the
/// record before, so that one whole record proves that its server has had all before it, in this order.
public enum YardstickProof {
    /// - Parameter logs: one of each server.
    public static func verify(_ writes: YardstickWrites, logs: [String]) -> Verification {
        let quorum = logs.count / 2 + 1
        var verification = Verification(
            writesAcknowledged: Int(writes.acknowledged),
            acknowledgedVerified: 0,
            ambiguous: Int(writes.sent - writes.acknowledged),
            reordered: writes.reordered,
            unexpected: 0,
            digestsAgree: true,
            servers: [],
            examples: [],
            quorum: quorum
        )
        guard writes.acknowledged > 0 else {
            verification.servers = logs.map { server($0, writes, found: 0, failure: nil) }
            return verification
        }
        let shape = writes.shape.inC
        let records = yardstick_log_records(shape)
        // What was sent beyond may have taken the place of the oldest.
        let first = writes.sent > records ? writes.sent - records + 1 : 1
        guard first <= writes.acknowledged else {
            let failure = "more is in flight than a log holds"
            verification.servers = logs.map { server($0, writes, found: 0, failure: failure) }
            return verification
        }
        let checksum = first > 1 ? yardstick_chain(shape, 0, 1, first - 1) : 0
        let count = Int(writes.acknowledged - first + 1)
        var holders = [UInt8](repeating: 0, count: count)
        for log in logs {
            var found = [UInt8](repeating: 0, count: count)
            let code = yardstick_check_log(log, shape, checksum, first, writes.acknowledged, &found)
            let whole = found.count { $0 > 0 }
            // A log of which nothing is whole shows nothing of what came before, either.
            let earlier = whole > 0 ? Int(first) - 1 : 0
            let failure = code == 0 ? nil : String(cString: strerror(code))
            verification.servers.append(server(log, writes, found: earlier + whole, failure: failure))
            if failure == nil { for place in found.indices { holders[place] &+= found[place] } }
        }
        let lost = holders.count { Int($0) < quorum }
        verification.acknowledgedVerified = lost == count ? 0 : Int(writes.acknowledged) - lost
        if let place = holders.firstIndex(where: { Int($0) < quorum }) {
            verification.examples = [
                Contradiction(
                    path: "write \(first + UInt64(place))",
                    expected: "on \(quorum) of \(logs.count) logs",
                    server: "the yardstick",
                    found: "on \(holders[place])"
                )
            ]
        }
        return verification
    }

    private static func server(_ log: String, _ writes: YardstickWrites, found: Int, failure: String?)
        -> ServerVerification
    {
        ServerVerification(
            endpoint: log,
            zxid: Int64(clamping: writes.acknowledged),
            digest: 0,
            acknowledgedFound: found,
            failure: failure
        )
    }
}
