import EtcdClient
import Foundation
import Results
import Targets
import Workload

/// Which of a workload's systems are on this machine.
struct SystemOffer {
    /// Nil where no run wants it, and where it is missing.
    private(set) var zookeeper: ZooKeeperInstallation?
    private(set) var etcd: EtcdInstallation?
    private var missing: [PlannedSystem: String] = [:]
    /// No two alike.
    private var wanted: [PlannedSystem] = []

    /// - Parameters:
    ///   - home: of ZooKeeper, as `ZooKeeperInstallation` has it.
    ///   - etcdHome: as `EtcdInstallation` has it.
    ///   - hasEtcdClient: whether this build can speak with etcd.
    init(
        _ runs: [PlannedRun],
        home: String?,
        etcdHome: String? = nil,
        hasEtcdClient: Bool = Etcd.dialer != nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        for run in runs where run.ensemble.placement != .external && !wanted.contains(run.ensemble.system) {
            wanted.append(run.ensemble.system)
        }
        for case .rival(let rival) in wanted {
            do throws(MissingSystem) {
                _ = try RivalLaunch.program(of: rival, environment: environment)
            } catch {
                missing[.rival(rival)] = error.description
            }
        }
        do throws(MissingSystem) {
            if wanted.contains(.zookeeper) {
                zookeeper = try ZooKeeperInstallation(home: home, environment: environment)
            }
        } catch {
            missing[.zookeeper] = error.description
        }
        guard wanted.contains(.etcd) else { return }
        guard hasEtcdClient else {
            missing[.etcd] = Etcd.missing
            return
        }
        do throws(MissingSystem) {
            etcd = try EtcdInstallation(home: etcdHome, environment: environment)
        } catch {
            missing[.etcd] = error.description
        }
    }

    /// Why a run is not made; nil if it is.
    func reason(for run: PlannedRun) -> String? { missing[run.ensemble.system] }

    var skipped: [SkippedRuns] {
        wanted.compactMap { system in
            missing[system].map { SkippedRuns(system: system.rawValue, reason: $0) }
        }
    }

    /// Before anything is made for runs of which none can be.
    ///
    /// - Throws: `TargetError`, one line, if all systems are missing.
    func check(_ runs: [PlannedRun], of file: WorkloadFile) throws(TargetError) {
        guard !runs.isEmpty, runs.allSatisfy({ reason(for: $0) != nil }) else { return }
        throw Self.nothingLeft(of: file, skipped)
    }

    /// - Parameter skipped: all that the runs of a workload need and nobody offers.
    static func nothingLeft(of file: WorkloadFile, _ skipped: [SkippedRuns]) -> TargetError {
        TargetError("\(file.source): no run can be made: \(skipped.map(\.words).joined(separator: "; "))")
    }
}
