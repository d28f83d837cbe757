import EtcdClient
import Foundation
import Targets
import Workload

/// Another system's installation on this machine, as `zabbench ab` names it: `zookeeper:/opt/apache-zookeeper-3.9.3-bin`, or
/// `zookeeper` for Debian's packages.
struct InstallationUnderTest: Sendable, Hashable {
    /// Systems that two installations of can be compared. Who adds one says in `side` where it is found, and in
    /// `home(in:)` how a session is told.
    static let systems: [PlannedSystem] = [.zookeeper, .etcd]

    /// As the user named it.
    let name: String
    let system: PlannedSystem
    /// Its folder; nil for the packages of the distribution.
    let home: String?

    /// Nil for what names none: a build of ours.
    init?(_ name: String) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let system = Self.systems.first(where: { $0.rawValue == parts[0] }) else { return nil }
        self.name = name
        self.system = system
        home = parts.count > 1 ? parts[1] : nil
    }

    /// Both sides' installations; nil where both are builds of ours.
    ///
    /// - Throws: `UsageError` where they are of two systems, where one is not there, and where only one of them syncs.
    static func both(
        _ a: String,
        _ b: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(UsageError) -> [InstallationUnderTest]? {
        let (one, other) = (InstallationUnderTest(a), InstallationUnderTest(b))
        guard let one, let other, one.system == other.system else {
            guard one == nil, other == nil else {
                throw UsageError(
                    "ab compares two versions of one system; for two systems zabbench run a workload with "
                        + "ensemble.systems: [zabbench, \((one ?? other)?.system.rawValue ?? "")]"
                )
            }
            return nil
        }
        let sides = [try one.side("A", environment), try other.side("B", environment)]
        if let complaint = DurabilityBalance(sides).complaint { throw UsageError("\(complaint); make them alike") }
        return [one, other]
    }

    /// Whether it will sync what it acknowledges, once it is known to be there.
    private func side(_ letter: String, _ environment: [String: String]) throws(UsageError) -> DurabilityBalance.Side {
        if let home {
            guard !home.isEmpty else {
                throw UsageError(
                    "\(name): name a folder after the colon, or leave both out for the distribution's packages"
                )
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: home, isDirectory: &isFolder), isFolder.boolValue else {
                throw UsageError("\(name): there is no folder \(home)")
            }
        }
        do throws(MissingSystem) {
            switch system {
            case .zookeeper:
                let found = try ZooKeeperInstallation(home: home, environment: environment)
                let properties = ZooKeeperProperties(arguments: found.flags, environment: environment)
                return DurabilityBalance.Side(
                    system: "\(letter), \(name)",
                    setting: properties.durability,
                    isSynced: properties.isSynced
                )
            case .etcd:
                guard Etcd.dialer != nil else { throw MissingSystem(Etcd.missing) }
                _ = try EtcdInstallation(home: home, environment: environment)
                let flags = EtcdFlags(arguments: [], environment: environment)
                return DurabilityBalance.Side(
                    system: "\(letter), \(name)",
                    setting: flags.durability,
                    isSynced: flags.isSynced
                )
            case .zabbench, .yardstick, .rival: preconditionFailure("\(system.rawValue) is no installation")
            }
        } catch {
            throw UsageError("\(name): \(error)")
        }
    }

    /// Has a session start its servers.
    func home(in options: inout BenchSession.Options) {
        switch system {
        case .zookeeper: options.zookeeperHome = home
        case .etcd: options.etcdHome = home
        case .zabbench, .yardstick, .rival: break
        }
    }
}
