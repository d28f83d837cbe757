import CPlatform
import Log
import Stepped
import Wire
import Zab

/// Directories of the log as it writes them, and what broken storage makes of them.
enum LogDirectories {
    struct Original: Sendable {
        var files: [(path: String, bytes: [UInt8])]
        /// Every record that was ever written, by its zxid: its checksum.
        var checksums: [UInt64: UInt32]
    }

    static let options = LogOptions(segmentSize: 8192, recycledMax: 2)

    private static func make(_ body: (TransactionLog<MemoryDisk>, inout [UInt64: UInt32]) throws -> Void) -> Original {
        let disk = MemoryDisk()
        var checksums: [UInt64: UInt32] = [:]
        do {
            let log = try TransactionLog.open("l", on: disk, options: options)
            try body(log, &checksums)
        } catch {
            fatalError("a log in memory failed: \(error)")
        }
        return Original(files: disk.paths.map { ($0, disk.contents($0)) }, checksums: checksums)
    }

    static func append(
        _ count: Int,
        to log: TransactionLog<MemoryDisk>,
        epoch: Epoch,
        _ checksums: inout [UInt64: UInt32]
    ) throws {
        let first = log.last.epoch == epoch ? Zxid(rawValue: log.last.rawValue + 1) : Zxid(epoch: epoch, counter: 1)
        let payloads = (0..<count).map { Transactions.all[$0 % 6] }
        let batch = Transactions.batch(payloads, first: first, chain: log.chain)
        var offset = 0
        while offset < batch.bytes.count {
            let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[offset...]))!
            checksums[header.zxid.rawValue] = header.checksum
            offset += header.recordCount
        }
        try log.append([batch], committed: log.last)
    }

    static let originals: [Original] = [
        make { log, checksums in
            try append(3, to: log, epoch: 1, &checksums)
            try log.sync()
        },
        // Several groups and segments, the last group not synced.
        make { log, checksums in
            for round in 1...12 {
                try append(round, to: log, epoch: round < 7 ? 1 : 3, &checksums)
                if round % 3 != 0 { try log.sync() }
            }
        },
        // Cut back, and trimmed, so that files are recycled.
        make { log, checksums in
            for round in 1...10 { try append(6, to: log, epoch: Epoch(1 + round / 4), &checksums) }
            try log.sync()
            try log.truncate(after: Zxid(epoch: 2, counter: 5))
            try append(4, to: log, epoch: 5, &checksums)
            try log.sync()
            try log.trim(keepingAfter: Zxid(epoch: 1, counter: 14))
            for _ in 1...4 { try append(6, to: log, epoch: 5, &checksums) }
            try log.sync()
        },
    ]

    /// Opens the directory and reads everything.
    ///
    /// - Returns: the checksums that were read, by zxid; nil if the log was refused as corrupt.
    static func read(_ disk: MemoryDisk) -> [UInt64: UInt32]? {
        do {
            let log = try TransactionLog.open("l", on: disk, options: options)
            var found: [UInt64: UInt32] = [:]
            try log.forEachBatch(after: log.base) { batch in
                var offset = 0
                while offset < batch.bytes.count {
                    let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[offset...]))!
                    found[header.zxid.rawValue] = header.checksum
                    offset += header.recordCount
                }
            }
            let reader = log.makeReader()
            let position = try reader.position(at: log.last)
            precondition(position.chain == log.chain)
            reader.close()
            // It must be possible to go on, and to find all of it again.
            guard log.last.counter < .max - 8 else { return found }
            var added: [UInt64: UInt32] = [:]
            try append(2, to: log, epoch: log.last.epoch, &added)
            try log.sync()
            let last = log.last
            let again = try TransactionLog.open("l", on: disk, options: options)
            precondition(again.last == last, "what was appended after a recovery is lost")
            return found
        } catch {
            guard case .corrupt = error as? LogError else { fatalError("a disk without faults: \(error)") }
            return nil
        }
    }
}

extension FuzzTarget {
    /// Segment files, damaged: the log opens with what counts or says that it is corrupt.
    ///
    /// The first byte chooses the directory, the second whether checksums are put right afterwards (bit 0: of headers,
    /// bit 1: of records too); then come changes of files.
    static let log = FuzzTarget("log") {
        var list: [[UInt8]] = []
        for original in UInt8(0)..<3 {
            for repair in UInt8(0)..<4 {
                list.append([original, repair])
                for offset in [
                    8, 16, 24, 32, 40, 512 + 8, 512 + 24, 512 + 32, 512 + 40, 4096 + 4, 4096 + 16, 4096 + 40,
                ] {
                    var writer = ScriptWriter()
                    for byte in [original, repair, 0, 1, UInt8(offset >> 8), UInt8(offset & 0xff)] { writer.add(byte) }
                    writer.add(0, [0, 0, 0, 0, 0, 0, 0, 1])
                    list.append(Array(writer.bytes[..<6]) + writer.bytes[7...])
                }
                for order in UInt8(1)...7 { list.append([original, repair, order, 1, 0, 64]) }
            }
        }
        return list
    } run: { bytes in
        var script = Script(bytes)
        let original = LogDirectories.originals[Int(script.byte()) % LogDirectories.originals.count]
        let repair = script.byte() & 3
        let disk = MemoryDisk()
        for file in original.files { disk.put(file.path, file.bytes) }
        while let order = script.order() { change(disk, order, &script) }
        if repair != 0 {
            for path in disk.paths {
                var content = disk.contents(path)
                StoredBytes.repairSegment(&content, records: repair & 2 != 0)
                disk.put(path, content)
            }
        }
        guard let found = LogDirectories.read(disk), repair == 0 else { return }
        // With its checksums as they were, nothing may come out that was not once written.
        for (zxid, checksum) in found {
            precondition(original.checksums[zxid] == checksum, "record \(Zxid(rawValue: zxid)) was never written")
        }
    }

    private static func change(_ disk: MemoryDisk, _ order: UInt8, _ script: inout Script) {
        let paths = disk.paths
        guard !paths.isEmpty else { return }
        let path = paths[Int(script.byte()) % paths.count]
        var content = disk.contents(path)
        let offset = script.word()
        switch order & 7 {
        case 0:
            let patch = script.blob()
            for (index, byte) in patch.enumerated() where offset + index < content.count {
                content[offset + index] = byte
            }
        case 1: content = Array(content.prefix(offset))
        case 2:
            try? disk.remove(path)
            return
        case 3: content += [UInt8](repeating: 0, count: min(offset * 64, 4 << 20))
        case 4:
            // The same file under a neighbour's name.
            disk.put(paths[offset % paths.count], content)
        case 5: for index in 0..<512 where offset & ~511 + index < content.count { content[offset & ~511 + index] = 0 }
        case 6:
            try? disk.rename(path, to: "l/log." + (offset & 1 == 0 ? "ffffffffffffffff" : "00000000000000ff"))
            return
        default: if offset < content.count { content[offset] ^= script.byte() }
        }
        disk.put(path, content)
    }

    /// The file of epochs; those that begin with a zero byte get a checksum that fits.
    static let epochs = FuzzTarget("epochs") {
        [Array("ZBEPOCHS".utf8), [0, 0, 0, 0, 7, 0, 0, 0, 7], [0, 0, 0, 0, 1, 0, 0, 0, 2], []]
    } run: { bytes in
        let disk = MemoryDisk()
        var content = Array(bytes)
        if bytes.first == 0 {
            var sector = Array("ZBEPOCHS".utf8) + bytes.dropFirst()
            sector += [UInt8](repeating: 0, count: max(0, 508 - sector.count))
            sector.removeSubrange(508...)
            let checksum = sector.withUnsafeBytes { zb_crc32c(0, $0.baseAddress, 508) }
            content = sector + withUnsafeBytes(of: checksum.bigEndian) { Array($0) }
        }
        disk.put("e/epochs", content)
        do {
            let file = try EpochFile("e", on: disk)
            precondition(file.accepted >= file.current)
        } catch {
            guard case .corrupt = error as? LogError else { fatalError("a disk without faults: \(error)") }
        }
    }
}
