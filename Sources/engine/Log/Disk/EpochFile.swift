import CPlatform
import Wire
import Zab

/// The two promises that outlive a crash: the accepted epoch, the newest whose leader this server has agreed to follow,
/// and the current epoch, that of the last leader whose initial history it has made durable.
///
/// Beside the current epoch stands the identity of the ensemble (`Membership`), which its leader told with it.
///
/// All stand in one sector, with a checksum, which is written again where it is: one fdatasync without a new size or
/// name, so without the file system's journal. An election waits for three such writes one after the other; with files
/// that were replaced whole (ZooKeeper's way) they were four fifths of its time. A sector is written whole or not at
/// all, so a crash leaves the old promises or the new ones; anything else is damage, and is refused, since a server
/// that forgets a promise may make a second leader.
///
/// What is read is checked: the sector, and accepted >= current, since an epoch is accepted before it is current. The
/// log's last epoch is not compared with the current one: a follower appends and syncs the new leader's history before
/// it makes its epoch current, so a crash in between leaves, by design, a log that is ahead.
public struct EpochFile<D: Disk>: Sendable {
    public private(set) var accepted: Epoch = 0
    public private(set) var current: Epoch = 0
    public private(set) var membership = Membership()

    private let disk: D
    private let path: String
    private let file: D.File

    private static var name: String { "epochs" }
    private static var temporaryName: String { "epochs.tmp" }
    /// One file each, a decimal number: what an older version of this program wrote.
    private static var formerNames: [String] { ["acceptedEpoch", "currentEpoch"] }
    private static var size: Int { 512 }
    private static var flagConfirmed: UInt32 { 1 }
    private static var magic: UInt64 { 0x5A42_4550_4F43_4853 }  // "ZBEPOCHS"

    /// Reads the file, or makes one with epoch 0 for a server that never took part. Makes the directory if need be.
    public init(_ directory: String, on disk: D) throws(LogError) {
        self.disk = disk
        path = directory + "/" + Self.name
        let names = try Self.names(in: directory, on: disk)
        let isThere = names.contains(Self.name)
        if !isThere, let former = Self.formerNames.first(where: names.contains) {
            throw .corrupt(
                Corruption(
                    path: directory + "/" + former,
                    offset: 0,
                    expected: "no such file next to a log of this version, which keeps its epochs in \(Self.name)",
                    found: "data of an older version"
                )
            )
        }
        do throws(DiskError) {
            file = try isThere ? disk.open(path, .existing) : Self.make(directory, on: disk)
        } catch {
            throw .disk(error)
        }
        if isThere { try read() }
    }

    private static func names(in directory: String, on disk: D) throws(LogError) -> [String] {
        do throws(DiskError) {
            try disk.makeDirectory(directory)
            try disk.syncDirectory(DirectoryPath.parent(of: directory))
            try disk.syncDirectory(directory)
            return try disk.list(directory)
        } catch {
            throw .disk(error)
        }
    }

    /// Under another name first: a crash leaves a whole file or none.
    private static func make(_ directory: String, on disk: D) throws(DiskError) -> D.File {
        let path = directory + "/" + name
        let file = try disk.open(directory + "/" + temporaryName, .replacing)
        try write(Sector(), to: file, on: disk)
        try disk.sync(file)
        try disk.rename(directory + "/" + temporaryName, to: path)
        try disk.syncDirectory(directory)
        return try disk.open(path, .existing)
    }

    /// - Throws: `LogError.corrupt` if the file is not what was written.
    private mutating func read() throws(LogError) {
        // One byte more than there should be, so that a longer file shows.
        let writer = ByteWriter(capacity: Self.size + 1)
        let room = UnsafeMutableRawBufferPointer(start: writer.reserve(Self.size + 1), count: Self.size + 1)
        let found: Int
        do throws(DiskError) {
            found = try disk.read(file, into: room, at: 0)
        } catch {
            throw .disk(error)
        }
        let sector = Self.decode(UnsafeRawBufferPointer(rebasing: room[..<found]))
        guard let sector else {
            throw damage("\(Self.size) bytes of epochs with a valid checksum", "\(found) other bytes")
        }
        guard sector.accepted >= sector.current else {
            throw damage("an accepted epoch not below the current one, \(sector.current)", "\(sector.accepted)")
        }
        // It may be the write whose sync failed, which is only in memory: nothing that is told may be lost later.
        try write(sector)
    }

    /// What the file holds: accepted epoch at 8, current one at 12, identity at 16, flags at 24, checksum at 508; older
    /// versions of this program left zeros behind the epochs.
    private struct Sector {
        var accepted: Epoch = 0
        var current: Epoch = 0
        var membership = Membership()
    }

    /// Nil if the bytes are not such a file.
    private static func decode(_ bytes: UnsafeRawBufferPointer) -> Sector? {
        guard bytes.count == size, bytes.get(UInt64.self, at: 0) == magic,
            bytes.get(UInt32.self, at: size - 4) == zb_crc32c(0, bytes.baseAddress, size - 4)
        else { return nil }
        return Sector(
            accepted: bytes.get(Epoch.self, at: 8),
            current: bytes.get(Epoch.self, at: 12),
            membership: Membership(
                identity: bytes.get(UInt64.self, at: 16),
                isConfirmed: bytes.get(UInt32.self, at: 24) & flagConfirmed != 0
            )
        )
    }

    private func damage(_ expected: String, _ found: String) -> LogError {
        .corrupt(Corruption(path: path, offset: 0, expected: expected, found: found))
    }

    private static func write(_ sector: Sector, to file: D.File, on disk: D) throws(DiskError) {
        let bytes = ByteWriter(capacity: size)
        let base = bytes.reserve(size)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        base.put(magic, at: 0)
        base.put(sector.accepted, at: 8)
        base.put(sector.current, at: 12)
        base.put(sector.membership.identity, at: 16)
        base.put(sector.membership.isConfirmed ? flagConfirmed : 0, at: 24)
        base.put(zb_crc32c(0, base, size - 4), at: size - 4)
        try disk.write(bytes.bytes, to: file, at: 0)
    }

    /// Makes `epoch` the accepted one; durable when it returns. Never goes back.
    public mutating func accept(_ epoch: Epoch) throws(LogError) {
        precondition(epoch >= accepted, "accepted epoch \(accepted) cannot go back to \(epoch)")
        try write(Sector(accepted: epoch, current: current, membership: membership))
    }

    /// Makes `epoch` the current one; durable when it returns. Only when the history of that epoch is durable.
    ///
    /// - Parameter identity: that of the epoch's leader, written with it; 0 leaves what is there.
    public mutating func makeCurrent(_ epoch: Epoch, identity: UInt64 = 0) throws(LogError) {
        precondition(epoch >= current, "current epoch \(current) cannot go back to \(epoch)")
        precondition(epoch <= accepted, "epoch \(epoch) was never accepted, \(accepted) was")
        let isNew = identity != 0 && identity != membership.identity
        let next = isNew ? Membership(identity: identity) : membership
        try write(Sector(accepted: accepted, current: epoch, membership: next))
    }

    /// Makes the identity a confirmed one, or this one that; durable when it returns. Once in the life of a server's
    /// data.
    public mutating func confirm(_ identity: UInt64) throws(LogError) {
        precondition(identity != 0 && (membership.shown == 0 || membership.shown == identity))
        try write(
            Sector(
                accepted: accepted,
                current: current,
                membership: Membership(identity: identity, isConfirmed: true)
            )
        )
    }

    private mutating func write(_ sector: Sector) throws(LogError) {
        do throws(DiskError) {
            try Self.write(sector, to: file, on: disk)
            if !PlantedBug.epochNotSynced.isPlanted { try disk.syncData(file) }
        } catch {
            throw .disk(error)
        }
        (accepted, current, membership) = (sector.accepted, sector.current, sector.membership)
    }
}
