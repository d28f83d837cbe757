import Client
import NIOCore

/// Reads everything that a load has written from each server of etcd.
///
/// Each server is asked by itself, for all of the run's keys in their order, and answers from what it has itself
/// (serializable). Before, it answers one read that the leader has to confirm, so it is not behind what was committed then.
struct EtcdReading {
    /// Keys and about as many bytes of one answer, at most.
    private static let pageMax = 1000
    private static let pageBytesMax = 1 << 20

    private let ledger: AcknowledgedWrites
    private let created: CreatedIndex
    private let dialer: any EtcdDialer
    private let patience: TimeAmount

    /// - Parameter patience: how long a server may say nothing before it counts as down.
    init(_ ledger: AcknowledgedWrites, _ created: CreatedIndex, dialer: any EtcdDialer, patience: TimeAmount) {
        self.ledger = ledger
        self.created = created
        self.dialer = dialer
        self.patience = patience
    }

    func read(_ endpoints: [Endpoint], eventLoopGroup: any EventLoopGroup) async -> [ServerFindings] {
        let findings = endpoints.map { endpoint in
            ServerFindings(endpoint: endpoint, ledger: ledger, created: created, hasParents: false)
        }
        await withTaskGroup(of: Void.self) { group in
            for server in findings {
                let eventLoop = eventLoopGroup.any()
                group.addTask { await read(server, eventLoop: eventLoop) }
            }
        }
        return findings
    }

    private func read(_ server: ServerFindings, eventLoop: any EventLoop) async {
        let connection = dialer.dial(server.endpoint, on: eventLoop)
        let watch = Watch(connection, patience: patience)
        let watching = Task { await watch.run() }
        do throws(EtcdFailure) {
            try await pages(of: server, on: connection, watch: watch)
        } catch {
            server.failure = await watch.hasEnded ? "\(server.endpoint): no answer within \(seconds) s" : "\(error)"
        }
        watching.cancel()
        await connection.close()
    }

    private var seconds: Int64 { patience.nanoseconds / 1_000_000_000 }

    private func pages(
        of server: ServerFindings,
        on connection: any EtcdConnection,
        watch: Watch
    ) async throws(EtcdFailure) {
        let names = EtcdNames(ledger.plan)
        let limit = max(1, min(Self.pageMax, Self.pageBytesMax / (ledger.plan.payloadBytes + 64)))
        _ = try await connection.call(.count(key: names.start, isSerializable: false))
        var seen = [Bool](repeating: false, count: server.itemCount)
        var from = names.start
        while true {
            await watch.answered()
            let page = try await connection.call(.range(key: from, end: names.end, limit: limit, isSerializable: true))
            server.zxid = max(server.zxid, page.revision)
            for entry in page.entries {
                if let item = item(names.name(of: entry.key)) {
                    seen[item] = true
                    server.judge(item, entry)
                } else {
                    server.noteStranger(entry)
                }
            }
            guard page.entries.count == limit, let last = page.entries.last else { break }
            // The next key that there can be.
            from = last.key + [0]
        }
        for item in seen.indices where !seen[item] { server.judge(item, nil) }
    }

    private func item(_ name: EtcdNames.Name?) -> Int? {
        switch name {
        case .key(let number): number < ledger.plan.keys ? number : nil
        case .created(let number, let session):
            created.place(number, session: session).map { ledger.plan.keys + $0 }
        case nil: nil
        }
    }

    /// Closes a connection on which nothing is answered.
    private actor Watch {
        private let connection: any EtcdConnection
        private let patience: TimeAmount
        private var answers = 0
        private(set) var hasEnded = false

        init(_ connection: any EtcdConnection, patience: TimeAmount) {
            self.connection = connection
            self.patience = patience
        }

        func answered() { answers += 1 }

        func run() async {
            while true {
                let before = answers
                do { try await Task.sleep(for: .nanoseconds(patience.nanoseconds)) } catch { return }
                if answers == before { break }
            }
            hasEnded = true
            await connection.close()
        }
    }
}

extension ServerFindings {
    /// A key as etcd holds it, or that it does not have it.
    func judge(_ item: Int, _ found: EtcdEntry?) {
        guard item < plan.keys else {
            guard let found else { return judgeChild(item, nil) }
            found.value.withUnsafeBytes { judgeChild(item, ($0, Self.digest(of: found, $0))) }
            return
        }
        let record = ledger.keys[item]
        guard let found else {
            missing[item] = record.acknowledged
            unexpected += 1
            return note(item, expected: Self.words(record), found: "no key")
        }
        found.value.withUnsafeBytes { judge(item, record, found, $0) }
    }

    private func judge(
        _ item: Int,
        _ record: AcknowledgedWrites.KeyRecord,
        _ found: EtcdEntry,
        _ value: UnsafeRawBufferPointer
    ) {
        digests[item] = Self.digest(of: found, value)
        let owner = KeySlice.owner(of: item, plan: plan)
        let session = ledger.sessions[owner]
        guard let header = Payload.Header(value), value.count == plan.payloadBytes, header.session == UInt32(owner),
            header.key == UInt32(item), header.write <= record.sent, header.sequence <= session.sequence,
            (header.write == 0) == (header.sequence == 0), hasFiller(value)
        else {
            missing[item] = record.acknowledged
            unexpected += 1
            return note(
                item,
                expected: Self.words(record),
                found: "version \(found.version) with \(value.count) bytes that were never written to it"
            )
        }
        let key = item - KeySlice(session: owner, plan: plan).first
        let judgement = ConcurrentJudgement(
            record,
            version: found.version,
            revision: found.modRevision,
            write: header.write,
            sequence: header.sequence,
            isLost: session.concurrent.isLost(key, write: header.write)
        )
        missing[item] = judgement.missing
        if judgement.isUnexpected { unexpected += 1 }
        guard judgement.missing > 0 || judgement.isUnexpected else { return }
        note(
            item,
            expected: Self.words(record),
            found: "version \(found.version), revision \(found.modRevision), \(header)"
        )
    }

    /// A key of the run's that no session has ever written.
    func noteStranger(_ entry: EtcdEntry) {
        unexpected += 1
        guard contradictions.count < Self.contradictionsMax else { return }
        noteStranger(String(decoding: entry.key, as: UTF8.self))
    }

    private static func digest(of entry: EtcdEntry, _ value: UnsafeRawBufferPointer) -> UInt64 {
        digest(value, position: entry.modRevision, version: UInt64(bitPattern: entry.version))
    }

    private static func words(_ record: AcknowledgedWrites.KeyRecord) -> String {
        "version \(record.acknowledged + 1), up to \(record.ambiguousSince) more by unanswered puts, and write "
            + "\(record.lastWrite) of revision \(record.lastMzxid) or an unanswered one after it"
    }
}
