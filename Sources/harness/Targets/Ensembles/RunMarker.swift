import Client
import NIOCore
import Synchronization
import Wire

/// A znode on somebody else's servers that is there as long as this process makes runs on them. Each run's root names
/// it, so that whoever finds such a root can tell a run that goes on from one whose process was killed.
///
/// It is ephemeral, with a session that outlives those of a load: where it is gone, nobody writes any more.
public final class RunMarker: Sendable {
    /// ZooKeeper's usual most is 20 ticks of 2 s.
    private static let sessionTimeout = TimeAmount.seconds(40)

    /// From the tree's root.
    public let path: String
    private let survey: ExternalSurvey
    private let state = Mutex<(client: ZooKeeperClient?, keeper: Task<Void, Never>?)>((nil, nil))

    /// - Parameter name: that nobody else has: letters, digits and `-`.
    private init(name: String, survey: ExternalSurvey) {
        path = "\(survey.connect.chroot)/\(Leftovers.markerPrefix)\(name)"
        self.survey = survey
    }

    /// Creates it.
    ///
    /// - Returns: nil where the servers have no ephemeral znodes, as the null target has none.
    /// - Throws: `TargetError`, also where one of the servers does not know it: then they are not one ensemble.
    public static func place(_ name: String, _ survey: ExternalSurvey) async throws -> RunMarker? {
        let marker = RunMarker(name: name, survey: survey)
        do {
            try await marker.open()
        } catch ClientError.server(.unimplemented) {
            return nil
        } catch ClientError.server(.noAuth) {
            throw TargetError(
                "--connect: no permission to create a znode below \(survey.connect.chroot)/; its ACL requires "
                    + "another identity: give it with --auth digest:user:password"
            )
        } catch {
            throw TargetError("--connect: creating \(marker.path): \(error)")
        }
        do {
            try await marker.checkSeenEverywhere()
        } catch {
            await marker.remove()
            throw error
        }
        let keeper = Task { await marker.keep() }
        marker.state.withLock { $0.keeper = keeper }
        return marker
    }

    /// The session, for what else is to be done on the servers.
    var client: ZooKeeperClient? { state.withLock { $0.client } }

    private func open() async throws {
        let client = try await ZooKeeperClient.connect(
            to: survey.connect.endpoints,
            configuration: ZooKeeperClient.Configuration(
                sessionTimeout: Self.sessionTimeout,
                credentials: survey.credentials
            )
        )
        do {
            try await client.create(path, data: Array((RunOwner.current?.text ?? "").utf8), mode: .ephemeral)
        } catch {
            await client.close()
            throw error
        }
        state.withLock { $0.client = client }
    }

    private func checkSeenEverywhere() async throws {
        for endpoint in survey.connect.endpoints {
            let client = try await ZooKeeperClient.connect(
                to: [endpoint],
                configuration: ZooKeeperClient.Configuration(credentials: survey.credentials)
            )
            let isSeen: Bool
            do {
                try await client.sync(path)
                isSeen = try await client.exists(path) != nil
            } catch {
                await client.close()
                throw TargetError("--connect: \(endpoint): \(error)")
            }
            await client.close()
            guard isSeen else {
                throw TargetError(
                    "--connect: the servers are not one ensemble: \(endpoint) does not have what was written through "
                        + "another server; list the servers of one ensemble"
                )
            }
        }
    }

    /// Makes it anew after a session that has expired.
    private func keep() async {
        while let client, !Task.isCancelled {
            for await _ in client.events {}
            while !Task.isCancelled {
                do {
                    try await open()
                    break
                } catch {
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    /// Removes it.
    public func remove() async {
        let (client, keeper) = state.withLock { ($0.client, $0.keeper) }
        keeper?.cancel()
        await client?.close()
        await keeper?.value
    }
}
