import Client
import NIOCore
import Synchronization
import Wire

/// Many znodes at a time: made, changed, read and removed over one session each.
struct CrowdZnodes: Sendable {
    let plan: LoadPlan
    let eventLoop: any EventLoop
    /// Longer than any request of these.
    private static let frameExtra = 512
    private static let patience = TimeAmount.seconds(20)

    init(_ plan: LoadPlan, eventLoop: any EventLoop) {
        self.plan = plan
        self.eventLoop = eventLoop
    }

    /// Creates them in their order, so parents first; the first one is marked as the run's.
    ///
    /// - Parameter endpoints: tried in turn; the leader first saves a hop.
    /// - Throws: `LoadError.preparation`.
    func create(_ paths: [String], endpoints: [Endpoint]) async throws {
        let owner = plan.place.owner
        try await sweep(paths, endpoints: endpoints, longest: owner.utf8.count) { item, xid, place in
            RunZnodes.encode(.create, xid: xid, at: place) { writer in
                writer.append(string: paths[item])
                writer.append(string: item == 0 ? owner : "")
                ACL.encode(ACL.openUnsafe, into: writer)
                writer.append(CreateMode.persistent.rawValue)
            }
        } handle: { item, reply, isRetry in
            switch ErrorCode(rawValue: reply.error) {
            case .ok: nil
            case .nodeExists where isRetry: nil
            default: "creating \(paths[item]) was refused: \(Refusal.words(reply.error))"
            }
        }
    }

    /// Writes data into each, which raises its version by one.
    ///
    /// - Returns: how many of the writes were acknowledged.
    /// - Throws: `LoadError.preparation`.
    func change(_ paths: [String], data: String, endpoints: [Endpoint]) async throws -> Int {
        try await sweep(paths, endpoints: endpoints, longest: data.utf8.count) { item, xid, place in
            RunZnodes.encode(.setData, xid: xid, at: place) { writer in
                writer.append(string: paths[item])
                writer.append(string: data)
                writer.append(Int32(0))
            }
        } handle: { item, reply, isRetry in
            switch ErrorCode(rawValue: reply.error) {
            case .ok: nil
            // The first attempt was carried out, and its answer lost.
            case .badVersion where isRetry: nil
            default: "changing \(paths[item]) was refused: \(Refusal.words(reply.error))"
            }
        }
        return paths.count
    }

    /// Which of them hold `data` on one server, written by the first change and no other, once that server has caught up.
    ///
    /// - Throws: `LoadError.preparation` if the server cannot be read.
    func holders(_ paths: [String], data: String, at endpoint: Endpoint) async throws -> [Bool] {
        let found = FoundZnodes(count: paths.count)
        let wanted = Array(data.utf8)
        try await sweep(paths, endpoints: [endpoint], longest: 0, syncPath: paths.first) { item, xid, place in
            RunZnodes.encode(.getData, xid: xid, at: place) { writer in
                writer.append(string: paths[item])
                writer.append(false)
            }
        } handle: { item, reply, _ in
            guard reply.error == 0 else { return nil }
            var reader = ByteReader(reply.body)
            do throws(WireError) {
                let bytes = try reader.buffer().map(Array.init) ?? []
                let stat = try Stat(from: &reader)
                found.note(item, bytes == wanted && stat.version == 1)
                return nil
            } catch {
                return "\(error)"
            }
        }
        return found.holds
    }

    /// Removes them in their order, as far as that succeeds.
    func remove(_ paths: [String], endpoints: [Endpoint]) async {
        try? await sweep(paths, endpoints: endpoints, longest: 0) { item, xid, place in
            RunZnodes.encode(.delete, xid: xid, at: place) { writer in
                writer.append(string: paths[item])
                writer.append(Int32(-1))
            }
        } handle: { _, _, _ in
            nil
        }
    }

    private func sweep(
        _ paths: [String],
        endpoints: [Endpoint],
        longest: Int,
        syncPath: String? = nil,
        _ encode: @escaping Sweep.Encode,
        handle: @escaping Sweep.Handle
    ) async throws {
        guard !paths.isEmpty else { return }
        let sweep = Sweep(
            count: paths.count,
            frameMax: Self.frameExtra + longest + (paths.map(\.utf8.count).max() ?? 0),
            endpoints: endpoints,
            credentials: plan.place.credentials,
            eventLoop: eventLoop,
            patience: Self.patience,
            syncPath: syncPath,
            encode: encode,
            handle: handle
        )
        try await sweep.run()
    }
}

/// Which znodes of a sweep hold what they should.
private final class FoundZnodes: Sendable {
    private let state: Mutex<[Bool]>

    init(count: Int) { state = Mutex(Array(repeating: false, count: count)) }

    var holds: [Bool] { state.withLock { $0 } }
    func note(_ item: Int, _ isThere: Bool) { state.withLock { $0[item] = isThere } }
}
