import Wire
import Zab

/// The two promises that outlive a crash: `acceptedEpoch`, the newest epoch whose leader this server has agreed to
/// follow, and `currentEpoch`, that of the last leader whose initial history it has made durable. Each is a file with a
/// decimal number, as in ZooKeeper.
///
/// A file is replaced whole: written under another name, synced, renamed, the directory synced. A crash leaves the old
/// number or the new one. What is read is checked: digits, the range of an epoch, and accepted >= current, since an
/// epoch is accepted before it is current. The log's last epoch is not compared with `currentEpoch`: a follower appends
/// and syncs the new leader's history before it makes its epoch current, so a crash in between leaves, by design, a log
/// that is ahead.
public struct EpochFiles<D: Disk>: Sendable {
    public private(set) var accepted: Epoch
    public private(set) var current: Epoch

    private let disk: D
    private let directory: String

    private static var acceptedName: String { "acceptedEpoch" }
    private static var currentName: String { "currentEpoch" }
    private static var temporarySuffix: String { ".tmp" }

    /// Reads both; a file that is not there stands for epoch 0, that of a server that never took part. Makes the
    /// directory if need be, and removes what an interrupted replacement left.
    public init(_ directory: String, on disk: D) throws(LogError) {
        self.disk = disk
        self.directory = directory
        do {
            try disk.makeDirectory(directory)
            try disk.syncDirectory(DirectoryPath.parent(of: directory))
            try disk.syncDirectory(directory)
            let names = try disk.list(directory)
            for name in [Self.acceptedName, Self.currentName] where names.contains(name + Self.temporarySuffix) {
                try disk.remove(directory + "/" + name + Self.temporarySuffix)
            }
            accepted = try Self.read(directory, Self.acceptedName, names, disk)
            current = try Self.read(directory, Self.currentName, names, disk)
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            throw error
        } catch {
            preconditionFailure("an error of no known type")
        }
        guard accepted >= current else {
            throw .corrupt(
                Corruption(
                    path: directory + "/" + Self.acceptedName,
                    offset: 0,
                    expected: "an epoch not below \(current), as \(Self.currentName) has it",
                    found: "\(accepted)"
                )
            )
        }
    }

    /// Replaces `acceptedEpoch`; durable when it returns. Never goes back.
    public mutating func accept(_ epoch: Epoch) throws(LogError) {
        precondition(epoch >= accepted, "accepted epoch \(accepted) cannot go back to \(epoch)")
        try replace(Self.acceptedName, with: epoch)
        accepted = epoch
    }

    /// Replaces `currentEpoch`; durable when it returns. Only when the history of that epoch is durable.
    public mutating func makeCurrent(_ epoch: Epoch) throws(LogError) {
        precondition(epoch >= current, "current epoch \(current) cannot go back to \(epoch)")
        precondition(epoch <= accepted, "epoch \(epoch) was never accepted, \(accepted) was")
        try replace(Self.currentName, with: epoch)
        current = epoch
    }

    private func replace(_ name: String, with epoch: Epoch) throws(LogError) {
        let path = directory + "/" + name
        do throws(DiskError) {
            let file = try disk.open(path + Self.temporarySuffix, .replacing)
            let text = ByteWriter(capacity: 16)
            for byte in String(epoch).utf8 { text.append(byte) }
            text.append(UInt8(ascii: "\n"))
            try disk.write(text.bytes, to: file, at: 0)
            try disk.sync(file)
            try disk.rename(path + Self.temporarySuffix, to: path)
            if !PlantedBug.epochNameNotSynced.isPlanted { try disk.syncDirectory(directory) }
        } catch {
            throw .disk(error)
        }
    }

    private static func read(_ directory: String, _ name: String, _ names: [String], _ disk: D) throws -> Epoch {
        guard names.contains(name) else { return 0 }
        let path = directory + "/" + name
        let file = try disk.open(path, .existing)
        try disk.sync(file)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = try bytes.withUnsafeMutableBytes { try disk.read(file, into: $0, at: 0) }
        var digits = bytes[..<count]
        while let end = digits.last, end == 0x0A || end == 0x0D || end == 0x20 { digits.removeLast() }
        let isNumber = !digits.isEmpty && digits.allSatisfy { 0x30 <= $0 && $0 <= 0x39 }
        guard isNumber, let epoch = Epoch(String(decoding: digits, as: UTF8.self)) else {
            let found = String(decoding: bytes[..<count], as: UTF8.self).debugDescription
            throw LogError.corrupt(
                Corruption(path: path, offset: 0, expected: "a decimal epoch below 2^32", found: found)
            )
        }
        return epoch
    }
}
