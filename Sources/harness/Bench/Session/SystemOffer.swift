import Foundation
import Results
import Targets
import Workload

/// Which of a workload's systems are on this machine.
struct SystemOffer {
    /// Nil where no run wants it, and where it is missing.
    private(set) var zookeeper: ZooKeeperInstallation?
    private var missing: [PlannedSystem: String] = [:]
    /// No two alike.
    private var wanted: [PlannedSystem] = []

    /// - Parameter home: of ZooKeeper, as `ZooKeeperInstallation` has it.
    init(
        _ runs: [PlannedRun],
        home: String?,
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
        guard wanted.contains(.zookeeper) else { return }
        do throws(MissingSystem) {
            zookeeper = try ZooKeeperInstallation(home: home, environment: environment)
        } catch {
            missing[.zookeeper] = error.description
        }
    }

    /// Why a run is not made; nil if it is.
    func reason(for run: PlannedRun) -> String? { missing[run.ensemble.system] }

    var skipped: [SkippedRuns] {
        wanted.compactMap { system in
            missing[system].map { SkippedRuns(system: system.rawValue, reason: $0) }
        }
    }
}
