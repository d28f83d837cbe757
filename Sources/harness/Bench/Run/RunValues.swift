import Measure
import NIOCore
import Report
import Results
import Targets
import Workload

/// What is run: one run of a workload, and its place among the others.
struct NumberedRun: Sendable {
    let planned: PlannedRun
    /// From 1.
    let number: Int
    let total: Int
    /// Its part, if its load takes turns with another build's.
    let turn: LoadTurn?
    /// What a closed loop achieves on such an ensemble, where another point of the same curve has found it.
    let capacityPerSecond: Double?
}

/// Where it is run.
struct RunSite: Sendable {
    let ensemble: any Ensemble
    /// Existing folders, one on each disk that the servers' logs lie on; empty where they are not ours.
    let logDisks: [String]
    /// The generator's.
    let loops: any EventLoopGroup
    /// Samples the servers' functions while the load runs.
    let profile: PerfRecorder?
    /// The root of the servers' data as the user named it.
    let dataRoot: String
    /// Nil where the servers are no ZooKeeper of ours.
    let zookeeper: ZooKeeperSite?
    /// Nil where the servers are no etcd of ours.
    let etcd: EtcdLaunch?
    /// The protocol that the servers speak.
    let client: LoadClient
}

/// What is known of the machine, the build and the logs before the run.
struct MachineFacts: Sendable {
    let environment: Measure.Environment
    let commit: String
    /// Of the site's disks; empty where one of them has none.
    let calibrations: [Calibration]
    /// Of the run's strategy.
    let durability: SummaryRow.Durability
    /// Operations a second of this load against the null target; nil where it was not asked for.
    let generatorBound: Double?
    /// How long this storm's sessions take to come back to the null target; nil where it was not asked for.
    let stormBoundMilliseconds: Double?
}

/// Where what is seen goes.
struct RunOutputs: Sendable {
    let folder: ResultsFolder
    let progress: ProgressLine
    /// The workload's name, as rows have it.
    let workload: String
    let sessionStart: Timestamp
}
