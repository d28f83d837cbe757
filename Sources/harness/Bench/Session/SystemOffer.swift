import Foundation
import Results
import Targets
import Workload

/// Which of a workload's systems are on this machine.
struct SystemOffer {
    /// Nil where no run wants it, and where it is missing.
    private(set) var zookeeper: ZooKeeperInstallation?
    private var missing: [PlannedSystem: String] = [:]

    /// - Parameter home: of ZooKeeper, as `ZooKeeperInstallation` has it.
    init(
        _ runs: [PlannedRun],
        home: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        guard runs.contains(where: { $0.ensemble.system == .zookeeper }) else { return }
        do throws(MissingSystem) {
            zookeeper = try ZooKeeperInstallation(home: home, environment: environment)
        } catch {
            missing[.zookeeper] = error.description
        }
    }

    /// Why a run is not made; nil if it is.
    func reason(for run: PlannedRun) -> String? { missing[run.ensemble.system] }

    var skipped: [SkippedRuns] {
        PlannedSystem.allCases.compactMap { system in
            missing[system].map { SkippedRuns(system: system.rawValue, reason: $0) }
        }
    }
}
