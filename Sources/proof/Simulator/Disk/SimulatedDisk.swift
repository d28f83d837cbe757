import Log
import Synchronization

/// A disk in memory that forgets what was not synced, and fails when it is told to. Deterministic: the same calls and
/// seeds give the same bytes.
///
/// ## Fault model
///
/// The content of each file, and the names in each directory, have a state that everybody sees and a state that is on
/// the platter. Between them lie the changes since the last sync, in order. `afterCrash` makes the disk that is found
/// when a machine (or, for `Loss.kept`, a process) comes back, by choosing which of these changes survive. Files that
/// no surviving name leads to are gone. A crash can be planned after any change or sync (`crash(after:)`): from there
/// on every call fails, until `afterCrash`.
///
/// - *Files.* `sync` puts the changes of one file on the platter. `syncData` does too, but it is taken at the word of
///   POSIX: that a file became shorter is not needed to read its data, so that waits for `sync`.
/// - *Writes that are durable by themselves* (`FileAccess`) are a write and a sync: of the bytes of that write alone
///   where the file says O_DSYNC in one of its forms, of the whole file where the sync is linked. A crash may come
///   between the two. What such a sync covers, a failed one forgets.
/// - *sync_file_range* puts nothing on the platter: the device's cache is lost with the power.
/// - *Failed syncs.* The changes count as written all the same, as on Linux (ATC'20, "Can Applications Recover from
///   fsync Failures?"): they are seen, they are not on the platter, and no later sync puts them there. Only bytes that
///   are written again are dirty again, and a sync after that persists them. A kernel would take the whole page
///   along; here it is the bytes written alone, so whoever relies on a neighbour is found out.
/// - *Failed writes* leave a part of them, in whole sectors, as a short write does.
/// - *Names.* `syncDirectory` puts the changes of one directory's names on the platter, and nothing of any content. If
///   it fails they stay as they were, for the next one: a journal that cannot be written stops the file system.
/// - *Space.* `setSpace`; where there is none, a write stops at the end of what the file has.
/// - *Damage.* `flipBit`, `misdirect` and `makeStale` change the platter behind everybody's back, and what is seen too,
///   except where the page cache has something newer. The last two need to know what a sector held before: each file
///   remembers that of the 64 sectors that changed last.
///
/// Renames are within one directory (`EXDEV`), and directories are never removed. Files that were opened before a crash
/// belong to the disk of before.
public final class SimulatedDisk: Disk, Sendable {
    /// An open file; closed when the last reference goes.
    public final class File: Sendable {
        public let path: String
        let node: Int
        let access: FileAccess
        let disk: SimulatedDisk

        init(_ disk: SimulatedDisk, node: Int, path: String, access: FileAccess) {
            self.disk = disk
            self.node = node
            self.access = access
            self.path = path
        }

        deinit {
            let wasCounting = disk.meter?.pause()
            disk.state.withLock { $0.close(node) }
            disk.meter?.resume(wasCounting)
        }
    }

    let state: Mutex<DiskState>
    /// Only where a given load is played; another disk made of this one has none.
    let meter: DiskMeter?

    public init() {
        state = Mutex(DiskState())
        meter = nil
    }
    init(meter: DiskMeter) {
        state = Mutex(DiskState())
        self.meter = meter
    }
    private init(_ initial: DiskState) {
        state = Mutex(initial)
        meter = nil
    }

    /// The disk as it is found after a crash at this moment; this one is as it was. What failures were planned is
    /// forgotten, `space` and `faultCounters` go on, and calls and mutations are counted from zero.
    public func afterCrash(_ loss: Loss) -> SimulatedDisk { SimulatedDisk(state.withLock { $0.afterCrash(loss) }) }

    /// Another disk with the same in it, seen and on the platter, that shares nothing with this one but memory that
    /// neither has changed since. Nobody has a file of it open, and no failure is planned.
    public func copy() -> SimulatedDisk { SimulatedDisk(state.withLock { $0.reopened() }) }
}
