import CPlatform
import Host
import Log
import NIOConcurrencyHelpers

/// The descriptors of this process: the soft limit is raised to the hard one once, before the first server, and each server
/// reserves what it needs beside its clients.
enum ProcessDescriptors {
    /// POSIX's least value of what is usual, where the limit cannot be asked for.
    private static let limitUnknown: Int64 = 1024

    private static let budget = NIOLockedValueBox(
        DescriptorBudget(limit: Int(limit(zb_raise_descriptor_limit(Int64(DescriptorBudget.limitMax)))))
    )

    private static func limit(_ told: Int64) -> Int64 { told > 0 ? told : limitUnknown }

    static var limit: Int { budget.withLockedValue { $0.limit } }
    /// Open now, in the whole process; nil where Linux does not tell it at once (before 6.2).
    static var openCount: Int? {
        let count = zb_open_descriptors()
        return count > 0 ? Int(count) : nil
    }

    /// - Throws: `ConfigurationError` if the limit is too small: how much is needed, and how to have it.
    static func reserve(for configuration: ServerConfiguration) throws -> DescriptorReservation {
        try budget.withLockedValue { budget in
            let needs = DescriptorBudget.Needs(
                peers: max(0, configuration.servers.count - 1),
                inFlight: configuration.commit.inFlight,
                strangersPerPeerPort: DescriptorBudget.strangersPerPeerPort(limit: budget.limit),
                http: AdminPorts.descriptors(configuration)
            )
            guard budget.reserve(needs) else {
                throw ConfigurationError(
                    "this process may open \(budget.limit) files and connections, but this server needs "
                        + "\(budget.limitNeeded(for: needs)); raise the hard limit (ulimit -Hn, or LimitNOFILE= in systemd)"
                )
            }
            return DescriptorReservation(needs)
        }
    }

    /// What a process with one server needs so that all of `clients` get a connection.
    ///
    /// - Parameter limit: the process's own.
    static func needed(clients: Int, peers: Int, inFlight: Int, limit: Int) -> Int {
        let needs = DescriptorBudget.Needs(
            peers: peers,
            inFlight: inFlight,
            strangersPerPeerPort: DescriptorBudget.strangersPerPeerPort(limit: limit)
        )
        let spare = max(0, clients - DescriptorBudget.clientsMin)
        return DescriptorBudget(limit: limit).limitNeeded(for: needs) + spare
    }

    fileprivate static func release(_ needs: DescriptorBudget.Needs) { budget.withLockedValue { $0.release(needs) } }

    fileprivate static var current: DescriptorBudget { budget.withLockedValue { $0 } }
}

/// What one server has reserved, until it is let go.
final class DescriptorReservation: Sendable {
    private let needs: NIOLockedValueBox<DescriptorBudget.Needs?>

    fileprivate init(_ needs: DescriptorBudget.Needs) { self.needs = NIOLockedValueBox(needs) }

    /// Clients' connections have descriptors below this; less, while more servers run in this process.
    var clientCeiling: Int { ProcessDescriptors.current.clientCeiling }
    var clientStrangersMax: Int { ProcessDescriptors.current.clientStrangersMax }
    var strangersPerPeerPort: Int {
        DescriptorBudget.strangersPerPeerPort(limit: ProcessDescriptors.current.limit)
    }

    /// Idempotent.
    func release() {
        let held = needs.withLockedValue { needs in
            defer { needs = nil }
            return needs
        }
        if let held { ProcessDescriptors.release(held) }
    }

    deinit { release() }
}

extension ServerNode {
    /// How many descriptors a process needs that runs one server of ours, so that all of `clients` get a connection.
    ///
    /// - Parameters:
    ///   - peers: the other servers.
    ///   - inFlight: groups of its log that are under way at a time.
    ///   - limit: the process's limit, of which a share is kept for strangers.
    public static func descriptorsNeeded(clients: Int, peers: Int, inFlight: Int, limit: Int) -> Int {
        ProcessDescriptors.needed(clients: clients, peers: peers, inFlight: inFlight, limit: limit)
    }
}
