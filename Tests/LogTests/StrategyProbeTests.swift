import Glibc
import TestSupport
import Testing
import Zab

@testable import Log

/// What this machine offers is not known here; that the probe and the log agree on it is.
@Suite struct StrategyProbeTests {
    /// A folder on the disk, and one in memory where there is such a file system: it refuses more.
    static let roots = ["/tmp", "/dev/shm"].filter { (root: String) in access(root, W_OK) == 0 }

    /// A log with two groups, as a server has it.
    private func runLog(_ strategy: SyncStrategy, in directory: String) throws {
        let options = LogOptions(segmentSize: 16_384, strategy: strategy)
        let log = try TransactionLog.open(directory, on: PosixDisk(), options: options)
        for counter in 1...2 as ClosedRange<UInt32> {
            let zxid = Zxid(epoch: 1, counter: counter)
            try log.append([.make([zxid], chain: log.chain)], committed: .zero)
            try log.sync()
            #expect(log.durable == zxid)
        }
    }

    @Test(arguments: roots) func whatIsOfferedWorksAndWhatIsNotDoesNot(root: String) throws {
        let folder = TemporaryFolder(in: root)
        for strategy in SyncStrategy.all() {
            let objection = try PosixDisk().objection(to: strategy, in: folder.path)
            #expect(!folder.names.contains { $0.contains("probe") }, "\(strategy.label) leaves something behind")
            let directory = folder.path + "/" + strategy.label
            if let objection {
                #expect(objection.contains("; "), "\(strategy.label): \(objection) does not say what can be done")
                // The log itself takes sync_file_range for a hint, so it is not refused there.
                if strategy.method != .syncFileRange {
                    #expect(throws: LogError.self) { try runLog(strategy, in: directory) }
                }
            } else {
                try runLog(strategy, in: directory)
            }
        }
    }

    @Test func whatIsBrokenIsNoObjection() throws {
        let folder = TemporaryFolder()
        let missing = folder.path + "/missing"
        let error = #expect(throws: DiskError.self) {
            try PosixDisk().objection(to: .recycledFdatasync, in: missing)
        }
        #expect(error == DiskError(.open, missing, ENOENT))
        for call in StrategyProbe.Call.allCases {
            for code in [EIO, ENOSPC, EDQUOT, EROFS, EMFILE] {
                #expect(!StrategyProbe.isNotOffered(call, code), "\(call.rawValue): \(code)")
            }
            for code in [ENOSYS, EOPNOTSUPP, EINVAL] {
                #expect(StrategyProbe.isNotOffered(call, code), "\(call.rawValue): \(code)")
            }
        }
        #expect(!StrategyProbe.isNotOffered(.openDirect, EACCES))
        #expect(!StrategyProbe.isNotOffered(.openDsync, EPERM))
    }

    @Test func reasonsNameTheCallTheErrorAndTheRemedy() {
        let ring = StrategyProbe.reason(.ring, EPERM, fileSystem: "this file system (ext4)")
        #expect(ring.hasPrefix("io_uring_setup(2): \(String(cString: strerror(EPERM)))"))
        #expect(ring.contains("sysctl kernel.io_uring_disabled=0"))
        #expect(ring.contains("seccomp"))
        let direct = StrategyProbe.reason(.openDirect, EINVAL, fileSystem: "this file system (tmpfs)")
        #expect(direct.contains("this file system (tmpfs) does not support O_DIRECT"))
        #expect(StrategyProbe.reason(.ring, ENOMEM, fileSystem: "").contains("ulimit -l"))
        #expect(StrategyProbe.reason(.writeDsync, EPERM, fileSystem: "").contains("seccomp"))
    }
}
