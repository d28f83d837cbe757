import Client
import NIOCore
import Wire

/// Creates the znodes that are to be there before a load begins, folders of a thousand each.
public enum StatePreload {
    /// Znodes in one folder.
    private static let folderSize = 1000
    /// Sessions that create at the same time.
    private static let sessions = 4

    /// The znode under which all of them lie.
    public static func rootPath(runID: String) -> String { "/zabbench-state-\(runID)" }

    /// - Parameters:
    ///   - endpoints: the leader first saves a hop.
    ///   - runID: letters, digits and `-`.
    ///   - client: the protocol that the servers speak.
    /// - Throws: `LoadError.preparation`; `CancellationError`.
    public static func create(
        _ state: PlannedState,
        runID: String,
        endpoints: [Endpoint],
        eventLoopGroup: any EventLoopGroup,
        client: LoadClient = .zookeeper
    ) async throws {
        if case .etcd(let dialer) = client {
            return try await EtcdKeys.create(
                state,
                below: rootPath(runID: runID),
                endpoints: endpoints,
                dialer: dialer,
                eventLoop: eventLoopGroup.any()
            )
        }
        let folders = (state.znodes + folderSize - 1) / folderSize
        let root = rootPath(runID: runID)
        let parents = [root] + (0..<folders).map { "\(root)/d\($0)" }
        try await sweep(
            count: parents.count,
            dataBytes: 0,
            endpoints: endpoints,
            eventLoop: eventLoopGroup.any()
        ) { parents[$0] }
        let share = (state.znodes + sessions - 1) / sessions
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in stride(from: 0, to: state.znodes, by: share) {
                group.addTask {
                    try await sweep(
                        count: min(share, state.znodes - first),
                        dataBytes: state.dataBytes,
                        endpoints: endpoints,
                        eventLoop: eventLoopGroup.any()
                    ) { item in
                        let number = first + item
                        return "\(root)/d\(number / folderSize)/n\(number % folderSize)"
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func sweep(
        count: Int,
        dataBytes: Int,
        endpoints: [Endpoint],
        eventLoop: any EventLoop,
        path: @escaping @Sendable (Int) -> String
    ) async throws {
        let data = (0..<dataBytes).map { UInt8(truncatingIfNeeded: $0) }
        let sweep = Sweep(
            count: count,
            frameMax: 512 + dataBytes,
            endpoints: endpoints,
            eventLoop: eventLoop,
            patience: .seconds(20),
            encode: { item, xid, place in
                RunZnodes.encode(.create, xid: xid, at: place) { writer in
                    writer.append(string: path(item))
                    data.withUnsafeBytes { writer.append(buffer: $0) }
                    ACL.encode(ACL.openUnsafe, into: writer)
                    writer.append(CreateMode.persistent.rawValue)
                }
            },
            handle: { item, reply, isRetry in
                switch ErrorCode(rawValue: reply.error) {
                case .ok: nil
                case .nodeExists where isRetry: nil
                default: "creating \(path(item)) was answered with the error \(reply.error)"
                }
            }
        )
        try await sweep.run()
    }
}
