import Words

/// What is said of the disk that servers would write to.
extension MachineReadings {
    var fileSystem: MachineCheck {
        guard let storage else { return .unknown("file system") }
        let found = "\(storage.fileSystem) on \(storage.source)"
        switch storage.fileSystem {
        case "ext4", "xfs", "ext3", "f2fs": return MachineCheck("file system", found)
        case "tmpfs", "ramfs", "devtmpfs", "hugetlbfs":
            return MachineCheck(
                "file system",
                found,
                .worthless,
                "memory, where a sync costs nothing and nothing is durable: --data with a folder on a disk"
            )
        case "overlay", "aufs":
            return MachineCheck(
                "file system",
                found,
                .warning,
                "a container's layer; what is below it is not known: mount a volume and name it with --data"
            )
        case "btrfs", "zfs", "bcachefs":
            return MachineCheck(
                "file system",
                found,
                .warning,
                "copies on write, so that no block is written again in place and each sync writes metadata: fine to "
                    + "measure, but not what ext4 or xfs on the same disk would give"
            )
        case let name
        where ["nfs", "cifs", "smb", "ceph", "gluster", "9p", "virtiofs", "fuse", "vboxsf"]
            .contains(where: { name.hasPrefix($0) }):
            return MachineCheck(
                "file system",
                found,
                .warning,
                "another machine's or the host's: syncs measure the way there and its promises: --data with a folder on a "
                    + "disk of this machine"
            )
        default:
            return MachineCheck(
                "file system",
                found,
                .unknown,
                "not one that zabbench knows; zabbench calibrate shows it"
            )
        }
    }

    var mountOptions: MachineCheck {
        guard let storage else { return .unknown("mount options") }
        let options = storage.mountOptions
        let found = options.joined(separator: ",")
        if let option = options.first(where: { ["nobarrier", "barrier=0"].contains($0) }) {
            return MachineCheck(
                "mount options",
                option,
                .worthless,
                "syncs do not flush the disk's cache, so what is called durable is not: mount without \(option)"
            )
        }
        let costly = [
            ("sync", "each write is synced by itself: mount without sync"),
            ("data=journal", "data is written twice: mount with data=ordered"),
            (
                "discard",
                "freed blocks are discarded in the middle of syncs: mount without discard, and run fstrim now and then "
                    + "(fstrim.timer)"
            ),
        ]
        guard let (option, why) = costly.first(where: { options.contains($0.0) }) else {
            return MachineCheck("mount options", found)
        }
        return MachineCheck("mount options", option, .warning, why)
    }

    var writeCache: MachineCheck {
        guard let storage, let cache = storage.writeCache else {
            return .unknown(
                "write cache",
                "the kernel does not say",
                "a sync may end in a cache that a power cut empties"
            )
        }
        let detail = cache == "write back" ? "a sync flushes it" : "nothing to flush"
        return MachineCheck("write cache", "\(cache) (\(detail))")
    }

    var scheduler: MachineCheck {
        guard let storage, let scheduler = storage.scheduler else { return .unknown("disk scheduler") }
        guard ["bfq", "cfq"].contains(scheduler) else { return MachineCheck("disk scheduler", scheduler) }
        return MachineCheck(
            "disk scheduler",
            scheduler,
            .warning,
            "waits for more requests of a process before it serves another, which shows in p99: echo none > "
                + "/sys/block/DISK/queue/scheduler"
        )
    }

    /// Faster than any device's answer: no bus, no flash and no network is that near.
    static let fastestSyncMicroseconds = 8.0
    /// Half a turn of a fast disk takes 2 ms.
    static let fastestRotationMicroseconds = 500.0

    var sync: MachineCheck {
        guard let syncs else {
            return .unknown("sync", "no file could be written", "name a folder that you may write to with --data")
        }
        let time =
            syncs.medianMicroseconds < 1000
            ? "\(Int(syncs.medianMicroseconds.rounded())) µs" : "\(Int((syncs.medianMicroseconds / 1000).rounded())) ms"
        let found = "\(time), median of \(syncs.count)"
        let lie = "so what is called durable is lost with the power: --data with a folder on another disk"
        if syncs.medianMicroseconds < Self.fastestSyncMicroseconds {
            return MachineCheck(
                "sync",
                found,
                .worthless,
                "faster than any device: fdatasync does not reach one, \(lie)"
            )
        }
        if storage?.writeCache == "write back", let flushes = syncs.flushes, flushes == 0 {
            return MachineCheck(
                "sync",
                found + ", no flush",
                .worthless,
                "the disk has a volatile cache and was never asked to flush it, \(lie)"
            )
        }
        if storage?.rotational == true, syncs.medianMicroseconds < Self.fastestRotationMicroseconds {
            return MachineCheck(
                "sync",
                found,
                .warning,
                "faster than a spinning disk can be: a cache answers first, with a battery or without one, or the disk is "
                    + "virtual and only reports itself as rotating"
            )
        }
        return MachineCheck("sync", found)
    }

    var freeSpace: MachineCheck {
        guard let freeBytes else { return .unknown("free space") }
        let found = Self.size(freeBytes)
        guard freeBytes < 5_000_000_000 else { return MachineCheck("free space", found) }
        return MachineCheck(
            "free space",
            found,
            .warning,
            "long runs may not fit, and a disk that is nearly full is slow: make room, or --data with a folder on another "
                + "disk; zabbench run FILE --dry-run says what a workload needs"
        )
    }
}
