import Foundation
import Log
import Targets
import Words
import Workload

/// Whether the systems that stand beside each other in a folder all sync what they acknowledge, or none of them does:
/// otherwise their rows would compare a disk with none.
struct DurabilityBalance {
    struct Side: Hashable {
        var system: String
        /// `fdatasync_recycled, natural`, `forceSync=yes`.
        var setting: String
        var isSynced: Bool
    }

    private let sides: [Side]

    init(_ sides: [Side]) { self.sides = sides }

    /// As they are to be: ours by their strategies, ZooKeeper by the flags that its Java machine will get, etcd by the
    /// variables that stand for its flags, rivals by what the workload says of them.
    init(_ runs: [PlannedRun], environment: [String: String] = ProcessInfo.processInfo.environment) {
        let flags = ZooKeeperInstallation.flags(environment)
        let zookeeper = ZooKeeperProperties(arguments: flags, environment: environment)
        let etcd = EtcdFlags(arguments: [], environment: environment)
        self.init(
            runs.filter { $0.ensemble.placement != .external }.compactMap { run in
                switch run.ensemble.system {
                case .zabbench:
                    Side(
                        system: run.ensemble.system.rawValue,
                        setting: String(run.ensemble.log.words.dropFirst(2)),
                        isSynced: run.ensemble.log.strategy.method.waitsForDurability
                    )
                case .zookeeper:
                    Side(
                        system: run.ensemble.system.rawValue,
                        setting: zookeeper.durability,
                        isSynced: zookeeper.isSynced
                    )
                case .etcd:
                    Side(system: run.ensemble.system.rawValue, setting: etcd.durability, isSynced: etcd.isSynced)
                case .rival(let rival): Self.side(of: rival)
                case .yardstick:
                    Side(system: run.ensemble.system.rawValue, setting: YardstickLaunch.durability, isSynced: true)
                }
            }
        )
    }

    /// Nil where its workload says nothing, which it may where no other system stands beside it.
    private static func side(of rival: PlannedRival) -> Side? {
        rival.durability.map {
            Side(system: rival.name, setting: "declared \($0.rawValue)", isSynced: $0 == .synced)
        }
    }

    /// One line that says which do and which do not; nil where there is nothing to say.
    var complaint: String? {
        guard Set(sides.map(\.system)).count > 1 else { return nil }
        let (synced, lax) = (names { $0.isSynced }, names { !$0.isSynced })
        guard !synced.isEmpty, !lax.isEmpty else { return nil }
        return "unequal durability: \(CountedNoun.list(lax)) without a sync before the acknowledgement, "
            + "\(CountedNoun.list(synced)) with one"
    }

    private func names(_ isMeant: (Side) -> Bool) -> [String] {
        var names: [String] = []
        for side in sides where isMeant(side) {
            let name = "\(side.system) (\(side.setting))"
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// What may be done about it.
    static let advice = "make them alike, or have every row marked with --allow-unequal-durability"
}
