import Client
import NIOCore

/// Creates and deletes the keys of a run.
struct EtcdKeys: Sendable {
    /// Puts of one transaction: etcd takes 128, and 1.5 MiB.
    private static let batchMax = 100
    private static let batchBytesMax = 512 << 10
    /// Transactions in flight.
    private static let window = 8

    private let plan: LoadPlan
    private let dialer: any EtcdDialer
    private let names: EtcdNames

    init(_ plan: LoadPlan, _ dialer: any EtcdDialer) {
        self.plan = plan
        self.dialer = dialer
        names = EtcdNames(plan)
    }

    /// - Parameter endpoints: tried in turn; the leader first saves a hop.
    func create(endpoints: [Endpoint], eventLoop: any EventLoop) async throws {
        var hasPut = false
        do {
            try await Self.withAny(endpoints, dialer, eventLoop) { connection in
                // What the first attempt has left is ours, and what of it comes later still: transactions that were under way
                // when its connection broke. Both stay, since each is done once, whoever is the first.
                if !hasPut { try await demandNothing(on: connection) }
                hasPut = true
                try await put(on: connection)
            }
        } catch {
            // In a task of its own: whoever cancels the run wants its keys gone all the same.
            if hasPut { _ = await Task { try? await remove(endpoints: endpoints, eventLoop: eventLoop) }.value }
            throw error
        }
    }

    private func demandNothing(on connection: any EtcdConnection) async throws {
        let before = try await connection.call(
            .range(key: names.start, end: names.end, limit: 1, isSerializable: false)
        )
        guard before.entries.isEmpty else {
            throw LoadError.preparation(
                "\(plan.rootPath)/ is there already; another run's name must be chosen, or it be deleted"
            )
        }
    }

    private func put(on connection: any EtcdConnection) async throws {
        let batch = max(1, min(Self.batchMax, Self.batchBytesMax / (plan.payloadBytes + 64)))
        try await Self.createAll(plan.keys, batch: batch, on: connection) { key in
            let owner = KeySlice.owner(of: key, plan: plan)
            let value = names.value(session: owner, key: UInt32(key), sequence: 0, write: 0)
            return EtcdPair(key: names.key(key), value: value)
        }
    }

    func remove(endpoints: [Endpoint], eventLoop: any EventLoop) async throws {
        try await Self.withAny(endpoints, dialer, eventLoop) { connection in
            _ = try await connection.call(.deleteAll(key: names.start, end: names.end))
        }
    }

    /// Creates what is to be there before a load with faults: as many keys with as much data, below one prefix.
    static func create(
        _ state: PlannedState,
        below root: String,
        endpoints: [Endpoint],
        dialer: any EtcdDialer,
        eventLoop: any EventLoop
    ) async throws {
        let value = (0..<state.dataBytes).map { UInt8(truncatingIfNeeded: $0) }
        try await withAny(endpoints, dialer, eventLoop) { connection in
            let batch = max(1, min(batchMax, batchBytesMax / (state.dataBytes + 64)))
            try await createAll(state.znodes, batch: batch, on: connection) { number in
                EtcdPair(key: Array("\(root)/n\(HexDigits.text(UInt32(number)))".utf8), value: value)
            }
        }
    }

    /// Puts `count` pairs that are not there, some transactions at a time.
    static func createAll(
        _ count: Int,
        batch: Int,
        on connection: any EtcdConnection,
        _ pair: @escaping @Sendable (Int) -> EtcdPair
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            for first in stride(from: 0, to: count, by: batch) {
                if underWay == window { try await group.next() } else { underWay += 1 }
                group.addTask {
                    let pairs = (first..<min(first + batch, count)).map(pair)
                    _ = try await connection.call(.createAll(pairs))
                }
            }
            try await group.waitForAll()
        }
    }

    /// Works on the first server that is there.
    private static func withAny(
        _ endpoints: [Endpoint],
        _ dialer: any EtcdDialer,
        _ eventLoop: any EventLoop,
        _ body: (any EtcdConnection) async throws -> Void
    ) async throws {
        var last: any Error = LoadError.badPlan("no server is named")
        for endpoint in endpoints {
            let connection = dialer.dial(endpoint, on: eventLoop)
            do {
                try await body(connection)
                return await connection.close()
            } catch {
                await connection.close()
                guard let failure = error as? EtcdFailure else { throw error }
                last = LoadError.preparation("\(endpoint): \(failure)")
                // What a server refuses the others refuse, too.
                if case .refused = failure { throw last }
            }
        }
        throw last
    }
}
