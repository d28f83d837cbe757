import Client
import NIOCore
import Synchronization

@testable import Workload

/// Three members of etcd in memory, honest unless told otherwise: what a load and its proof see of etcd, without gRPC.
final class FakeEtcd: EtcdDialer {
    /// What becomes of a put.
    enum Fate {
        case done
        /// Acknowledged, and carried out by nobody.
        case lost
        /// Acknowledged with a revision that is older than one acknowledged before.
        case late
        /// Carried out, and not answered: the connection breaks.
        case unanswered
        case refused
    }

    struct State {
        var keys: [[UInt8]: EtcdEntry] = [:]
        var revision: Int64 = 1
        var puts = 0
        /// Members that do no puts any more.
        var stale: Set<Int> = []
        /// What a stale member holds.
        var old: [[UInt8]: EtcdEntry] = [:]
        var isUp = [true, true, true]
        /// Keys that these members never hear of again once they are created.
        var lagging: Set<[UInt8]> = []
        var laggards: Set<Int> = []
        /// Created, and told to be absent.
        var never: [UInt8]?
        /// Transactions of several puts after which the connection breaks.
        var brokenBatches = 0
        /// The first transactions of several puts break the connection, too, and are carried out with the first put of the load.
        var lateBatches = 0
        var late: [[EtcdPair]] = []
        /// How long a connection takes to close.
        var closingTime = Duration.zero
        var dialled = 0
        var closed = 0
    }

    let state = Mutex(State())
    let fate: @Sendable (Int) -> Fate

    /// - Parameter fate: by the number of the put, from 1; those that create the keys are none.
    init(fate: @escaping @Sendable (Int) -> Fate = { _ in .done }) { self.fate = fate }

    let endpoints = (1...3).map { Endpoint(host: "fake", port: $0) }

    func dial(_ endpoint: Endpoint, on eventLoop: any EventLoop) -> any EtcdConnection {
        state.withLock { $0.dialled += 1 }
        return FakeConnection(self, member: endpoint.port - 1)
    }

    /// The member holds from now on what it holds now.
    func freeze(_ member: Int) {
        state.withLock { state in
            state.old = state.keys
            state.stale.insert(member)
        }
    }

    func change(_ body: (inout [[UInt8]: EtcdEntry]) -> Void) { state.withLock { body(&$0.keys) } }

    fileprivate func answer(_ call: EtcdCall, member: Int) throws(EtcdFailure) -> EtcdAnswer {
        let result = state.withLock { state -> Result<EtcdAnswer, EtcdFailure> in
            guard state.isUp[member] else { return .failure(.disconnected("down")) }
            return carryOut(call, member, &state)
        }
        return try result.get()
    }

    private func carryOut(_ call: EtcdCall, _ member: Int, _ state: inout State) -> Result<EtcdAnswer, EtcdFailure> {
        func said(_ count: Int = 0, _ entries: [EtcdEntry] = []) -> Result<EtcdAnswer, EtcdFailure> {
            .success(EtcdAnswer(revision: state.revision, term: 2, count: count, entries: entries))
        }
        let seen = state.stale.contains(member) ? state.old : state.keys
        switch call {
        case .put(let key, let value):
            state.puts += 1
            for pairs in state.late { createAll(pairs, &state) }
            state.late = []
            switch fate(state.puts) {
            case .done: put(key, value, &state)
            case .lost: state.revision += 1
            case .late:
                put(key, value, &state)
                return .success(EtcdAnswer(revision: 1, term: 2))
            case .unanswered:
                put(key, value, &state)
                return .failure(.disconnected("broken"))
            case .refused: return .failure(.refused("no space"))
            }
            return said()
        case .create(let key, let value):
            guard state.keys[key] == nil else { return said(0) }
            put(key, value, &state)
            return said(1)
        case .createAll(let pairs):
            guard state.lateBatches == 0 else {
                state.lateBatches -= 1
                state.late.append(pairs)
                return .failure(.disconnected("broken"))
            }
            createAll(pairs, &state)
            guard state.brokenBatches == 0 else {
                state.brokenBatches -= 1
                return .failure(.disconnected("broken"))
            }
            return said(pairs.count)
        case .delete(let key):
            state.revision += 1
            return said(state.keys.removeValue(forKey: key) == nil ? 0 : 1)
        case .deleteAll(let key, let end):
            let all = state.keys.keys.filter { !$0.lexicographicallyPrecedes(key) && $0.lexicographicallyPrecedes(end) }
            for key in all { state.keys[key] = nil }
            return said(all.count)
        case .get(let key, _) where key == state.never, .count(let key, _) where key == state.never: return said(0)
        case .get(let key, _) where state.laggards.contains(member) && state.lagging.contains(key):
            return said(1, [EtcdEntry(key: key, value: [], version: 1, modRevision: 2)])
        case .get(let key, _): return said(seen[key] == nil ? 0 : 1, seen[key].map { [$0] } ?? [])
        case .count(let key, _): return said(seen[key] == nil ? 0 : 1)
        case .range(let key, let end, let limit, _):
            let all = seen.values
                .filter { !$0.key.lexicographicallyPrecedes(key) && $0.key.lexicographicallyPrecedes(end) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return said(all.count, Array(all.prefix(limit)))
        }
    }

    private func createAll(_ pairs: [EtcdPair], _ state: inout State) {
        guard let first = pairs.first, state.keys[first.key] == nil else { return }
        for pair in pairs { put(pair.key, pair.value, &state) }
    }

    private func put(_ key: [UInt8], _ value: [UInt8], _ state: inout State) {
        state.revision += 1
        let version = (state.keys[key]?.version ?? 0) + 1
        state.keys[key] = EtcdEntry(key: key, value: value, version: version, modRevision: state.revision)
    }
}

private final class FakeConnection: EtcdConnection {
    private let etcd: FakeEtcd
    private let member: Int

    init(_ etcd: FakeEtcd, member: Int) {
        self.etcd = etcd
        self.member = member
    }

    func call(_ call: EtcdCall) async throws(EtcdFailure) -> EtcdAnswer {
        // The loop has others to see to, as with a socket.
        await Task.yield()
        return try etcd.answer(call, member: member)
    }

    func close() async {
        let time = etcd.state.withLock { $0.closingTime }
        if time > .zero { try? await Task.sleep(for: time) }
        etcd.state.withLock { $0.closed += 1 }
    }
}
