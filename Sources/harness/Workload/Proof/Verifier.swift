import Client
import NIOCore

/// Reads everything a load has written from each server and holds it against the ledger.
///
/// Each server is asked separately, after a `sync`, for every znode of the run: an acknowledged write counts as found
/// if the znode is not behind it and holds what that write, or an unanswered one after it, has put there.
public enum Verifier {
    /// - Parameters:
    ///   - endpoints: every server of the ensemble, also those that may be down; the quorum is taken over all of them that
    ///     are no observers.
    ///   - observers: those without a vote. They are read, too, and have to hold the same as the others.
    ///   - client: the protocol that the servers speak.
    ///   - patience: how long a server may say nothing before it counts as down.
    public static func verify(
        _ ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        observers: [Endpoint] = [],
        eventLoopGroup: any EventLoopGroup,
        client: LoadClient = .zookeeper,
        patience: TimeAmount = .seconds(10)
    ) async -> Verification {
        let created = CreatedIndex(ledger)
        var rounds = 0
        while true {
            let findings: [ServerFindings]
            switch client {
            case .zookeeper:
                findings = await read(
                    ledger,
                    created,
                    endpoints: endpoints,
                    observers: observers,
                    eventLoopGroup: eventLoopGroup,
                    patience: patience
                )
            case .etcd(let dialer):
                let reading = EtcdReading(ledger, created, dialer: dialer, patience: patience)
                findings = await reading.read(endpoints, eventLoopGroup: eventLoopGroup)
            }
            let verification = judge(ledger, created, findings)
            rounds += 1
            // An unanswered write may still be under way and reach the servers between two of the readings.
            let mayStillMove = !verification.digestsAgree && ledger.ambiguous > 0
            if !mayStillMove || rounds == 3 || Task.isCancelled { return verification }
        }
    }

    private static func read(
        _ ledger: AcknowledgedWrites,
        _ created: CreatedIndex,
        endpoints: [Endpoint],
        observers: [Endpoint],
        eventLoopGroup: any EventLoopGroup,
        patience: TimeAmount
    ) async -> [ServerFindings] {
        // Keys of other shards are not here, and nobody has asked for them.
        let items = ledger.heldKeys
        let findings = endpoints.map { endpoint in
            ServerFindings(
                endpoint: endpoint,
                isVoter: !observers.contains(endpoint),
                ledger: ledger,
                created: created
            )
        }
        await withTaskGroup(of: Void.self) { group in
            for server in findings {
                let eventLoop = eventLoopGroup.any()
                group.addTask {
                    let sweep = Sweep(
                        count: items?.count ?? server.itemCount,
                        frameMax: max(ledger.templates.getCreated.count, 256),
                        endpoints: [server.endpoint],
                        credentials: ledger.plan.place.credentials,
                        eventLoop: eventLoop,
                        patience: patience,
                        syncPath: ledger.plan.rootPath,
                        encode: { item, xid, place in server.encode(items?[item] ?? item, xid: xid, at: place) },
                        handle: { item, reply, _ in server.handle(items?[item] ?? item, reply) }
                    )
                    do { try await sweep.run() } catch { server.failure = "\(error)" }
                    server.judgeTransactions()
                }
            }
        }
        return findings
    }

    private static func judge(
        _ ledger: AcknowledgedWrites,
        _ created: CreatedIndex,
        _ findings: [ServerFindings]
    ) -> Verification {
        let quorum = findings.count { $0.isVoter } / 2 + 1
        let read = findings.filter { $0.failure == nil }
        var found = [Int](repeating: 0, count: read.count)
        var verified = 0
        var missing: [UInt32] = []
        for item in 0..<(findings.first?.itemCount ?? 0) {
            let acknowledged = ServerFindings.acknowledged(item, ledger: ledger, created: created)
            guard acknowledged > 0 else { continue }
            missing.removeAll(keepingCapacity: true)
            for (place, server) in read.enumerated() {
                found[place] += acknowledged - Int(server.missing[item])
                if server.isVoter { missing.append(server.missing[item]) }
            }
            guard missing.count >= quorum else { continue }
            missing.sort()
            verified += acknowledged - Int(missing[quorum - 1])
        }
        var examples = read.flatMap(\.contradictions)
        for server in read.dropFirst() {
            if let difference = server.firstDifference(from: read[0]) { examples.append(difference) }
        }
        if let text = ledger.sessions.lazy.compactMap(\.firstReordered).first {
            examples.append(
                Contradiction(
                    path: ledger.plan.rootPath,
                    expected: "order",
                    server: "the session's server",
                    found: text
                )
            )
        }
        var counts = found.makeIterator()
        return Verification(
            writesAcknowledged: ledger.writesAcknowledged,
            acknowledgedVerified: verified,
            ambiguous: ledger.ambiguous,
            reordered: ledger.reordered,
            unexpected: read.map(\.unexpected).max() ?? 0,
            digestsAgree: read.allSatisfy { $0.digests == read[0].digests },
            servers: findings.map { server in
                ServerVerification(
                    endpoint: server.endpoint.description,
                    zxid: server.zxid,
                    digest: server.digest,
                    acknowledgedFound: server.failure == nil ? counts.next()! : 0,
                    failure: server.failure,
                    isVoter: server.isVoter
                )
            },
            examples: examples,
            quorum: quorum
        )
    }
}
