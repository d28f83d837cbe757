import Client
import NIOCore
import Wire

/// The znodes of a recipe: the run's root, the contenders' parent, and what their writes change.
struct RecipeZnodes: Sendable {
    /// What a server holds at the end.
    struct Found: Sendable, Hashable {
        /// Of the shared znode: how often it was written.
        var version: Int32
        /// Numbers of the items that are still in a queue.
        var members: [Int]

        var words: String { "\(version) writes and \(members.count) items" }
    }

    let plan: LoadPlan
    /// Tried in turn.
    let endpoints: [Endpoint]
    let eventLoop: any EventLoop

    private static let patience = TimeAmount.seconds(20)

    /// - Throws: `LoadError.preparation`.
    func create() async throws {
        let paths = [plan.rootPath, plan.recipePath, plan.sharedPath]
        try await CrowdZnodes(plan, eventLoop: eventLoop).create(paths, endpoints: endpoints)
    }

    /// - Throws: `ClientError`.
    func read(at server: Endpoint) async throws -> Found {
        let client = try await connect([server])
        do {
            try await client.sync(plan.rootPath)
            let stat = try await client.getData(plan.sharedPath).stat
            // Ephemeral ones go with their sessions, sooner or later.
            let names = plan.recipe == .queue ? try await client.getChildren(plan.recipePath) : []
            await client.close()
            return Found(version: stat.version, members: names.compactMap { SequentialName(path: $0)?.number }.sorted())
        } catch {
            await client.close()
            throw error
        }
    }

    /// Removes all of them, as far as that succeeds; in a task of its own, so that an interrupted run does it, too.
    func remove() async {
        await Task {
            guard let client = try? await connect(endpoints) else { return }
            let names = (try? await client.getChildren(plan.recipePath)) ?? []
            let paths = names.map { "\(plan.recipePath)/\($0)" } + [plan.recipePath, plan.sharedPath, plan.rootPath]
            await client.close()
            await CrowdZnodes(plan, eventLoop: eventLoop).remove(paths, endpoints: endpoints)
        }.value
    }

    private func connect(_ servers: [Endpoint]) async throws -> ZooKeeperClient {
        try await ZooKeeperClient.connect(
            to: servers,
            configuration: ZooKeeperClient.Configuration(
                connectTimeout: Self.patience,
                credentials: plan.place.credentials
            ),
            eventLoopGroup: eventLoop
        )
    }
}
