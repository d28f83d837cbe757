import CPlatform
import Client
import NIOCore
import Wire

/// Servers that run already, looked at before anything is written: whether they can be reached, are one whole ensemble
/// and let us in.
public struct ExternalSurvey: Sendable {
    public let connect: ConnectString
    public let credentials: [Credential]
    /// What could not be found out, a line each.
    public let warnings: [String]
    /// Whether the servers are etcd's.
    public let isEtcd: Bool

    /// How long an election may take that is under way.
    private static let patience = 15.0
    /// One session's connection and answers.
    private static let sessionPatience = TimeAmount.seconds(5)

    /// Looks at all servers at the same time.
    ///
    /// - Throws: `ExternalMistake` for what the user can set right in the command; `TargetError` with a line for each
    ///   server that cannot be used.
    public static func make(_ connect: ConnectString, credentials: [Credential]) async throws -> ExternalSurvey {
        try await checkNames(connect.endpoints)
        let reports = try await reports(of: connect.endpoints)
        var servers: [NamedServer] = []
        for (endpoint, result) in try await visit(connect, credentials) {
            servers.append(
                NamedServer(
                    endpoint: endpoint,
                    report: reports[endpoint] ?? MonitorReport(parsing: ""),
                    roster: reports[endpoint]?[.servers].flatMap(EnsembleRoster.init) ?? result.roster,
                    sessionByte: result.sessionByte
                )
            )
        }
        let warning = try MembershipCheck(servers).warning()
        return ExternalSurvey(connect: connect, credentials: credentials, warnings: warning.map { [$0] } ?? [])
    }

    private init(connect: ConnectString, credentials: [Credential], warnings: [String]) {
        self.connect = connect
        self.credentials = credentials
        self.warnings = warnings
        isEtcd = false
    }

    init(etcd endpoints: [Endpoint], warnings: [String]) {
        connect = ConnectString(endpoints: endpoints)
        credentials = []
        self.warnings = warnings
        isEtcd = true
    }

    // MARK: Names

    static func checkNames(_ endpoints: [Endpoint]) async throws {
        var unknown: [String] = []
        var owners: [String: Endpoint] = [:]
        for (endpoint, addresses) in await forEach(endpoints, HostAddresses.resolved) {
            guard let addresses else {
                unknown.append("\(endpoint): cannot resolve the host name \(endpoint.host); check its spelling")
                continue
            }
            for address in addresses.sorted() {
                guard let other = owners.updateValue(endpoint, forKey: address), other != endpoint else { continue }
                throw ExternalMistake(
                    "\(other) and \(endpoint) are the same server (\(address)); list each server once"
                )
            }
        }
        try refuse(unknown)
    }

    static func refuse(_ problems: [String]) throws {
        guard !problems.isEmpty else { return }
        guard problems.count > 1 else { throw TargetError("--connect: \(problems[0])") }
        throw TargetError("--connect: \(problems.count) servers cannot be used:", evidence: problems)
    }

    // MARK: What they say to anybody

    private static func reports(of endpoints: [Endpoint]) async throws -> [Endpoint: MonitorReport] {
        let deadline = zb_monotonic_nanoseconds() + UInt64(patience * 1e9)
        var reports: [Endpoint: MonitorReport] = [:]
        while true {
            var problems: [String] = []
            var waits: [String] = []
            for (endpoint, answer) in await forEach(
                endpoints.filter({ reports[$0] == nil }),
                { await ServerAnswer.asked($0) }
            ) {
                switch answer {
                case .report(let report): reports[endpoint] = report
                case .notYet(let why): waits.append(why)
                case .problem(let why): problems.append(why)
                }
            }
            try refuse(problems)
            guard !waits.isEmpty else { return reports }
            if zb_monotonic_nanoseconds() > deadline {
                try refuse(waits.map { "\($0) for \(Int(patience)) s; does its ensemble have a quorum?" })
            }
            // The servers cannot tell us when they are ready.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: What they say to a client

    private struct Visit: Sendable {
        var roster: EnsembleRoster?
        var sessionByte: UInt8
    }

    private static func visit(_ connect: ConnectString, _ credentials: [Credential]) async throws -> [(Endpoint, Visit)]
    {
        var visits: [(Endpoint, Visit)] = []
        var problems: [String] = []
        let found = await forEach(connect.endpoints) { endpoint -> Result<Visit, any Error> in
            do { return .success(try await visit(endpoint, chroot: connect.chroot, credentials)) } catch {
                return .failure(error)
            }
        }
        for (endpoint, result) in found {
            switch result {
            case .success(let visit): visits.append((endpoint, visit))
            case .failure(let mistake as ExternalMistake): throw mistake
            // The reason begins with the server.
            case .failure(ClientError.unreachable(let reason)): problems.append(reason)
            case .failure(let error): problems.append("\(endpoint): \(error)")
            }
        }
        try refuse(problems)
        return visits
    }

    private static func visit(_ endpoint: Endpoint, chroot: String, _ credentials: [Credential]) async throws -> Visit {
        let client = try await ZooKeeperClient.connect(
            to: [endpoint],
            configuration: ZooKeeperClient.Configuration(connectTimeout: sessionPatience, credentials: credentials)
        )
        do {
            let session = UInt64(bitPattern: try await client.session().id)
            // Servers before 3.5 have none, and it may be kept from us.
            let config = try? await client.getData("/zookeeper/config").data
            if !chroot.isEmpty {
                // A server may be behind the one that somebody has just created it on.
                try await client.sync(chroot)
                guard try await client.exists(chroot) != nil else {
                    throw ExternalMistake(
                        "the znode \(chroot) does not exist; create it first (zkCli.sh -server \(endpoint) create "
                            + "\(chroot)) with the ACL that it needs"
                    )
                }
            }
            await client.close()
            return Visit(
                roster: config.flatMap { EnsembleRoster(parsing: String(decoding: $0, as: UTF8.self)) },
                sessionByte: UInt8(session >> 56)
            )
        } catch {
            await client.close()
            throw error
        }
    }

    // MARK: All at once

    /// In the order of the endpoints.
    static func forEach<Value: Sendable>(
        _ endpoints: [Endpoint],
        _ body: @escaping @Sendable (Endpoint) async -> Value
    ) async -> [(Endpoint, Value)] {
        await withTaskGroup(of: (Int, Value).self) { group in
            for (place, endpoint) in endpoints.enumerated() { group.addTask { (place, await body(endpoint)) } }
            var values: [(Int, Value)] = []
            for await value in group { values.append(value) }
            return values.sorted { $0.0 < $1.0 }.map { (endpoints[$0.0], $0.1) }
        }
    }
}
