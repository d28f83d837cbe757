import Wire
import Zab

/// Reading a segment's groups, and judging what is behind the last good record.
extension Recovery {
    /// Where the good records of a segment end, and why.
    private struct Stop {
        /// The first byte that is not good.
        var offset: Int
        var expected: String
        var found: String
        /// The sequence that the bad or missing group has.
        var group: UInt64
        /// Where to look for later groups: behind the bad one, if its header is good.
        var resume: Int
        /// False if there is nothing here that anybody could have written.
        var isTorn: Bool
    }

    private struct Scan {
        var cursor: SegmentCursor<D>
        var position: LogPosition
        var group: UInt64
        var end: Int
        var index: [IndexEntry] = []
    }

    /// Reads one segment and adds it to what was found.
    ///
    /// - Parameter next: the start of the segment that follows; nil for the newest.
    mutating func scan(_ file: File, upTo next: SegmentStart?, unstarted: [File]) throws {
        let start = file.start!
        if found.segments.isEmpty {
            found.report.history.base = start.after
            found.report.baseChain = start.chain
            found.report.chain = start.chain
        } else if start.after != found.report.last || start.chain != found.report.chain {
            throw corrupt(
                file,
                SegmentFormat.identitySize,
                "a start after \(found.report.last)",
                "a start after \(start.after)"
            )
        }
        found.report.committed = max(found.report.committed, start.committed)
        unproven = UnprovenGroups()
        var scan = Scan(
            cursor: SegmentCursor(
                disk,
                file.file,
                sequence: file.sequence,
                at: SegmentFormat.headerSize,
                limit: file.size
            ),
            position: LogPosition(zxid: start.after, chain: start.chain),
            group: start.firstGroup - 1,
            end: SegmentFormat.headerSize
        )
        let stop = try read(&scan, file, upTo: next.map { LogPosition(zxid: $0.after, chain: $0.chain) })
        if let stop {
            if next != nil { throw corrupt(file, stop.offset, stop.expected, stop.found) }
            try judge(stop, in: file, unstarted: unstarted)
        }
        found.lastGroup = max(found.lastGroup, scan.group)
        found.report.chain = scan.position.chain
        found.segments.append(
            SegmentCatalog.Segment(
                sequence: file.sequence,
                path: file.path,
                file: file.file,
                startsAfter: start.after,
                chain: start.chain,
                end: scan.end,
                last: scan.position.zxid,
                index: scan.index
            )
        )
    }

    private func corrupt(_ file: File, _ offset: Int, _ expected: String, _ found: String) -> LogError {
        .corrupt(Corruption(path: file.path, offset: offset, expected: expected, found: found))
    }

    /// Reads groups up to the record `target`, where the next segment begins; nil when it is reached. Without a
    /// target, up to where the log stops.
    private mutating func read(_ scan: inout Scan, _ file: File, upTo target: LogPosition?) throws -> Stop? {
        while true {
            if let target, scan.position.zxid == target.zxid {
                guard scan.position.chain == target.chain else {
                    throw corrupt(
                        file,
                        scan.end,
                        "checksum \(target.chain) of record \(target.zxid), as recorded in the next segment",
                        "\(scan.position.chain)"
                    )
                }
                return nil
            }
            let offset = scan.cursor.groupOffset
            guard let header = try scan.cursor.enterGroup(),
                header.sequence == scan.group + 1 || PlantedBug.staleRecordRead.isPlanted
            else {
                return try noGroup(at: offset, scan, file)
            }
            found.report.committed = max(found.report.committed, header.committed)
            unproven.note(header, at: offset)
            let entry = IndexEntry(after: scan.position.zxid, chain: scan.position.chain, offset: offset)
            if scan.index.last.map({ offset - $0.offset >= IndexEntry.spacing }) ?? true { scan.index.append(entry) }
            if let stop = try readRecords(&scan, header, upTo: target) { return stop }
            scan.group = header.sequence
            // A cut within the group leaves the rest of it there, void.
            guard try !scan.cursor.isAtEndOfGroup || scan.cursor.paddingIsBlank() else {
                return Stop(
                    offset: header.recordsEnd(from: offset),
                    expected: "zeros up to the next group",
                    found: "something else",
                    group: header.sequence,
                    resume: header.end(from: offset),
                    isTorn: true
                )
            }
            if let target, scan.position.zxid == target.zxid { continue }
            scan.cursor.leaveGroup()
            scan.end = scan.cursor.groupOffset
        }
    }

    private mutating func readRecords(
        _ scan: inout Scan,
        _ header: GroupHeader,
        upTo target: LogPosition?
    ) throws -> Stop? {
        let cursor = scan.cursor
        let resume = header.end(from: cursor.groupOffset)
        func stop(_ reason: String) -> Stop {
            Stop(
                offset: cursor.offset,
                expected: "the record after \(scan.position.zxid)",
                found: reason,
                group: header.sequence,
                resume: resume,
                isTorn: true
            )
        }
        while !cursor.isAtEndOfGroup {
            if let target, scan.position.zxid == target.zxid { return nil }
            guard let record = try cursor.peek() else { return stop("a truncated or oversized one") }
            let checksum = RecordLayout.checksum(
                of: record.bytes.baseAddress!,
                count: record.bytes.count,
                chain: scan.position.chain
            )
            guard
                checksum == record.header.checksum || PlantedBug.checksumSkipped.isPlanted
                    || PlantedBug.staleRecordRead.isPlanted
            else { return stop("a checksum mismatch") }
            guard scan.position.zxid.mayBeFollowed(by: record.header.zxid) || PlantedBug.staleRecordRead.isPlanted
            else {
                return stop("record \(record.header.zxid)")
            }
            cursor.skip(record)
            scan.position = LogPosition(zxid: record.header.zxid, chain: checksum)
            scan.end = cursor.offset
            note(record.header.zxid)
        }
        return nil
    }

    private mutating func note(_ zxid: Zxid) {
        found.report.records += 1
        let newest = found.report.history.epochEnds.count - 1
        if newest >= 0, found.report.history.epochEnds[newest].epoch == zxid.epoch {
            found.report.history.epochEnds[newest] = zxid
        } else {
            found.report.history.epochEnds.append(zxid)
        }
    }

    /// There is no next group here. Did somebody begin to write one?
    private func noGroup(at offset: Int, _ scan: Scan, _ file: File) throws -> Stop {
        let bytes = try scan.cursor.bytes(at: offset, count: GroupHeader.size)
        let isOurs = GroupHeader.mayBegin(bytes, segment: file.sequence)
        return Stop(
            offset: offset,
            expected: "group \(scan.group + 1) after record \(scan.position.zxid)",
            found: bytes.isEmpty ? "the end of the file" : "no such header",
            group: scan.group + 1,
            resume: offset + SegmentFormat.sector,
            isTorn: isOurs || (!file.isRecycled && !bytes.isBlank)
        )
    }

    // MARK: Torn or corrupt

    /// The log ends at `stop`. Looks for a witness that the group there had been durable: then it is corruption.
    private mutating func judge(_ stop: Stop, in file: File, unstarted: [File]) throws {
        var isTorn = stop.isTorn
        let later = unstarted.filter { $0.sequence > file.sequence }
        for (other, from) in [(file, stop.resume)] + later.map({ ($0, SegmentFormat.headerSize) }) {
            let seen = try searchWitness(in: other, from: from, of: stop.group)
            if let offset = seen.witness, other.sequence != file.sequence, !isTorn {
                throw corrupt(
                    other,
                    SegmentFormat.identitySize,
                    "the start of a segment, after record \(found.report.last)",
                    "none, although it had been synced, as the group at byte \(offset) proves"
                )
            }
            if let offset = seen.witness, !PlantedBug.corruptMiddleCut.isPlanted {
                throw corrupt(
                    file,
                    stop.offset,
                    stop.expected,
                    "\(stop.found), although it had been synced, as the group at byte \(offset) of \(other.path) proves"
                )
            }
            if other.sequence == file.sequence { isTorn = isTorn || seen.any }
            if other.sequence != file.sequence && seen.any {
                found.report.removals.append(
                    RecoveredLog.Removal(
                        path: other.path,
                        offset: SegmentFormat.identitySize,
                        reason: "incompletely started segment"
                    )
                )
            }
        }
        guard isTorn else { return }
        found.hasTornTail = true
        found.report.removals.append(
            RecoveredLog.Removal(
                path: file.path,
                offset: stop.offset,
                reason: "torn tail truncated (expected \(stop.expected), found \(stop.found))"
            )
        )
    }

    /// No segment is started, as far as can be seen. One that holds a group which knows an earlier one of the same
    /// segment to be durable had been: its start was synced with that one, so it is damaged, and the log is not empty.
    func refuseWitnessed(_ unstarted: [File]) throws {
        for file in unstarted {
            let cursor = SegmentCursor(disk, file.file, sequence: file.sequence, at: 0, limit: file.size)
            var offset = SegmentFormat.headerSize
            var first: UInt64?
            while offset + GroupHeader.size <= file.size {
                let bytes = try cursor.bytes(at: offset, count: GroupHeader.size)
                guard let header = GroupHeader(reading: bytes, segment: file.sequence) else {
                    offset += SegmentFormat.sector
                    continue
                }
                if let first, header.durable >= first {
                    throw corrupt(
                        file,
                        SegmentFormat.identitySize,
                        "the start of a segment",
                        "none, although it had been synced, as the group at byte \(offset) proves"
                    )
                }
                first = first ?? header.sequence
                offset = header.end(from: offset)
            }
        }
    }

    /// Looks at every sector for headers of groups of this very segment.
    private func searchWitness(
        in file: File,
        from offset: Int,
        of group: UInt64
    ) throws -> (witness: Int?, any: Bool) {
        let cursor = SegmentCursor(disk, file.file, sequence: file.sequence, at: offset, limit: file.size)
        var offset = offset
        var any = false
        while offset + GroupHeader.size <= file.size {
            let bytes = try cursor.bytes(at: offset, count: GroupHeader.size)
            guard let header = GroupHeader(reading: bytes, segment: file.sequence) else {
                offset += SegmentFormat.sector
                continue
            }
            if header.durable >= group { return (offset, true) }
            any = true
            offset = header.end(from: offset)
        }
        return (nil, any)
    }
}
