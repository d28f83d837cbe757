import Client
import NIOCore

/// The protocol that a load speaks with its servers, and what it needs besides.
public enum LoadClient: Sendable {
    /// ZooKeeper's: our servers, Apache's, and others that speak it.
    case zookeeper
    case etcd(any EtcdDialer)

    func createKeys(
        for ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        eventLoop: any EventLoop
    ) async throws {
        switch self {
        case .zookeeper: try await RunZnodes.create(for: ledger, endpoints: endpoints, eventLoop: eventLoop)
        case .etcd(let dialer):
            try await EtcdKeys(ledger.plan, dialer).create(endpoints: endpoints, eventLoop: eventLoop)
        }
    }

    func removeKeys(of ledger: AcknowledgedWrites, endpoints: [Endpoint], eventLoop: any EventLoop) async throws {
        switch self {
        case .zookeeper: try await RunZnodes.delete(of: ledger, endpoints: endpoints, eventLoop: eventLoop)
        case .etcd(let dialer):
            try await EtcdKeys(ledger.plan, dialer).remove(endpoints: endpoints, eventLoop: eventLoop)
        }
    }

    func session(
        _ index: Int,
        lane: LoadLane,
        parts: [ShardPart]
    ) -> any LaneSession {
        guard parts.count == 1 else { return ShardedSession(index: index, lane: lane, parts: parts) }
        let (endpoints, ledger) = (parts[0].choice(index), parts[0].ledger)
        return switch self {
        case .zookeeper: LoadSession(index: index, lane: lane, endpoints: endpoints, ledger: ledger)
        case .etcd(let dialer):
            EtcdSession(index: index, lane: lane, endpoints: endpoints, ledger: ledger, dialer: dialer)
        }
    }
}
