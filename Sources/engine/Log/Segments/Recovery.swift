import Zab

extension TransactionLog {
    /// Opens the log in `directory`, which is made if it is not there. Everything is synced before it is read, since
    /// what the page cache holds of a former process may not be on the disk, and what a sync may not reach is written
    /// again (see `UnprovenGroups`): what it reports is durable.
    ///
    /// What a crash left unfinished is finished or removed; `recovered` tells.
    ///
    /// - Throws: `corrupt` with file, offset and evidence if something that had been durable is damaged or missing.
    public static func open(
        _ directory: String,
        on disk: D,
        options: LogOptions = LogOptions(),
        mark: IdentityMark = IdentityMark()
    ) throws(LogError) -> TransactionLog<D> {
        precondition(options.segmentSize >= 8192 && options.segmentSize % 4096 == 0)
        var recovery = Recovery(disk, directory: directory, options: options)
        let found: FoundLog<D>
        do {
            found = try recovery.run()
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            throw error
        } catch {
            preconditionFailure("an error of no known type")
        }
        let log = TransactionLog(disk, directory: directory, options: options, found: found, mark: mark)
        // A cut begins a segment: with the identity of what is there, if the caller knows of none.
        if mark.identity == 0 { mark.identity = found.report.ensemble }
        if found.hasTornTail, let newest = found.segments.last {
            try log.cut(after: log.position, in: newest.sequence, file: newest.file, at: newest.end)
        }
        return log
    }
}

/// Finds the log in a directory: which files count, and up to where. See `SegmentFormat`.
struct Recovery<D: Disk> {
    struct File {
        let path: String
        let sequence: UInt64
        let file: D.File
        let size: Int
        let isRecycled: Bool
        /// Nil if the segment was prepared but, as far as can be seen, not started.
        let start: SegmentStart?
    }

    let disk: D
    let directory: String
    let options: LogOptions
    var found = FoundLog<D>()
    /// Of the segment scanned last.
    var unproven = UnprovenGroups()

    init(_ disk: D, directory: String, options: LogOptions) {
        self.disk = disk
        self.directory = directory
        self.options = options
    }

    mutating func run() throws -> FoundLog<D> {
        let files = try openFiles()
        let live = try follow(files)
        try noteEnsemble(of: live)
        let unstarted = files.filter { $0.start == nil }
        if live.isEmpty { try refuseWitnessed(unstarted) }
        for index in live.indices {
            let next = index + 1 < live.count ? live[index + 1].start : nil
            // Before `tidy`: what the newest start has voided must not go before that start is durable.
            if next == nil { try rewriteUnproven(of: live[index], unstarted: unstarted) }
            try scan(live[index], upTo: next, unstarted: unstarted)
        }
        let kept = Set(live.map(\.sequence))
        try tidy(void: files.filter { !kept.contains($0.sequence) }, live: live)
        found.report.segments = found.segments.count
        found.report.committed = min(found.report.committed, found.report.last)
        return found
    }

    private func path(_ name: String) -> String { directory + "/" + name }

    // MARK: Files

    private mutating func openFiles() throws -> [File] {
        try disk.makeDirectory(directory)
        try disk.syncDirectory(DirectoryPath.parent(of: directory))
        try disk.syncDirectory(directory)
        let names = try disk.list(directory)
        var files: [File] = []
        for name in names {
            for prefix in [SegmentName.live, SegmentName.recycled, SegmentName.new] {
                guard let sequence = SegmentFormat.sequence(in: name, prefix: prefix) else { continue }
                guard sequence <= SegmentFormat.sequenceMax else {
                    throw corrupt(path(name), 0, "a valid segment name", "one with an impossible sequence")
                }
                found.nextSequence = max(found.nextSequence, sequence + 1)
                switch prefix {
                case SegmentName.live: files.append(try openSegment(path(name), sequence))
                case SegmentName.recycled: try keepOrRemove(path(name))
                default: try disk.remove(path(name))
                }
            }
        }
        return files.sorted { $0.sequence < $1.sequence }
    }

    private mutating func keepOrRemove(_ path: String) throws {
        let file = try disk.open(path, .existing)
        if found.recycled.count < options.recycledMax, try disk.size(of: file) == options.segmentSize {
            found.recycled.append(path)
        } else {
            try disk.remove(path)
        }
    }

    private func openSegment(_ path: String, _ sequence: UInt64) throws -> File {
        let file = try disk.open(path, .existing)
        try disk.sync(file)
        let head = UnsafeMutableRawBufferPointer.allocate(byteCount: SegmentFormat.headerSize, alignment: 16)
        defer { head.deallocate() }
        let count = try disk.read(file, into: head, at: 0)
        let bytes = UnsafeRawBufferPointer(rebasing: head[..<count])
        let identity: SegmentIdentity
        do {
            identity = try SegmentIdentity(reading: bytes)
        } catch {
            let name = "the identity of segment \(sequence), format version \(SegmentFormat.version)"
            switch error {
            case .damaged: throw corrupt(path, 0, name, "other bytes")
            case .version(let other): throw corrupt(path, 8, name, "format version \(other) of another release")
            }
        }
        guard identity.sequence == sequence else {
            throw corrupt(path, 16, "the identity of segment \(sequence)", "that of segment \(identity.sequence)")
        }
        let start = SegmentStart(
            reading: UnsafeRawBufferPointer(rebasing: bytes[min(count, SegmentFormat.identitySize)...]),
            sequence: sequence
        )
        return File(
            path: path,
            sequence: sequence,
            file: file,
            size: try disk.size(of: file),
            isRecycled: identity.isRecycled,
            start: start
        )
    }

    private func corrupt(_ path: String, _ offset: Int, _ expected: String, _ found: String) -> LogError {
        .corrupt(Corruption(path: path, offset: offset, expected: expected, found: found))
    }

    // MARK: Which segments count

    /// Follows the links from the newest segment back. Oldest first.
    private func follow(_ files: [File]) throws -> [File] {
        let started = files.filter { $0.start != nil }
        guard var file = started.last else { return [] }
        var live = [file]
        try check(file)
        while let start = file.start, start.kind != .origin {
            guard let previous = started.first(where: { $0.sequence == start.previous }) else {
                if let blank = files.first(where: { $0.sequence == start.previous }) {
                    throw corrupt(
                        blank.path,
                        SegmentFormat.identitySize,
                        "a start, because \(file.path) continues after it",
                        "other bytes"
                    )
                }
                let name = SegmentName.make(SegmentName.live, start.previous)
                if let older = started.first(where: { $0.sequence < start.previous }) {
                    throw corrupt(
                        path(name),
                        0,
                        "the segment before \(file.path)",
                        "none, although the older \(older.path) exists"
                    )
                }
                break
            }
            guard previous.start!.after <= start.after else {
                throw corrupt(
                    file.path,
                    SegmentFormat.identitySize,
                    "a start after \(previous.start!.after) or later",
                    "a start after \(start.after)"
                )
            }
            try check(previous)
            live.append(previous)
            file = previous
        }
        return live.reversed()
    }

    /// A start whose checksum is right can still say what no log wrote; following it might never end.
    private func check(_ file: File) throws {
        guard let start = file.start else { return }
        guard start.previous < file.sequence, (1...SegmentFormat.sequenceMax).contains(start.firstGroup) else {
            throw corrupt(
                file.path,
                SegmentFormat.identitySize,
                "a start that follows an older segment",
                "one after segment \(start.previous), with group \(start.firstGroup)"
            )
        }
    }

    /// Segments of one log are of one ensemble; the older ones may be from before it had an identity.
    private mutating func noteEnsemble(of live: [File]) throws {
        for file in live {
            guard let identity = file.start?.ensemble, identity != 0 else { continue }
            guard found.report.ensemble == 0 || found.report.ensemble == identity else {
                throw corrupt(
                    file.path,
                    SegmentFormat.identitySize + 56,
                    "the ensemble \(SegmentFormat.hexadecimal(found.report.ensemble)) of \(found.report.ensemblePath)",
                    SegmentFormat.hexadecimal(identity)
                )
            }
            found.report.ensemble = identity
            found.report.ensemblePath = file.path
        }
    }

    // MARK: What is left to do

    /// Removes what does not count, and finishes cuts.
    private mutating func tidy(void files: [File], live: [File]) throws {
        for (index, file) in live.enumerated().dropFirst() where file.start!.kind == .cut {
            let before = found.segments[index - 1]
            if try disk.size(of: before.file) > before.end {
                try disk.setSize(of: before.file, to: before.end)
                try disk.sync(before.file)
            }
        }
        guard !files.isEmpty else { return }
        for file in files {
            if file.size == options.segmentSize, found.recycled.count < options.recycledMax {
                let name = path(SegmentName.make(SegmentName.recycled, file.sequence))
                try disk.rename(file.path, to: name)
                found.recycled.append(name)
            } else {
                try disk.remove(file.path)
            }
        }
        try disk.syncDirectory(directory)
    }
}
