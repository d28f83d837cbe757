import CPlatform
import Glibc

/// For tests of losses of power alone: what was written to the files of one server and not synced yet, kept where
/// kill -9 leaves it, so that it can be taken back afterwards (`PowerLoss`).
///
/// The page cache survives a killed process, so killing a server never tears its files. Here every change is noted,
/// with the bytes that it overwrites, before it is made, and is crossed out after a sync that covers it has returned,
/// before its caller is told. So whatever a server may have said to anybody is not in the journal any more. A sync
/// covers what was completed when it began. Nothing here is synced itself, since only processes die.
///
/// Beyond what `Disk` promises nothing is modelled: a sync that failed on the real disk leaves its changes in the journal.
/// Changes that are under way at the same time must not overlap. Made directories are kept.
final class UnsyncedJournal: @unchecked Sendable {
    /// A change that is noted.
    struct Ticket: Hashable { fileprivate let serial: Int }

    private struct Noted {
        var entry: UnsyncedEntry
        /// Nobody has to tell that it was made before a sync may cover it.
        var isMade: Bool
    }

    private let files: UnsyncedFiles
    private let gate = Gate()

    // Guarded by `gate`.
    private var journal: PosixDisk.File
    private var end = 0
    private var liveBytes = 0
    private var nextSerial = 0
    private var noted: [Int: Noted] = [:]
    /// In their order; only those that are noted.
    private var changes: [UInt64: [Int]] = [:]
    private var nameChanges: [String: [Int]] = [:]
    /// Files that have their second name.
    private var known: Set<UInt64> = []
    private var buffer: UnsafeMutableRawBufferPointer

    /// Before the bytes overwritten, for the header and two paths; O_DIRECT wants what is read to be aligned.
    private static var headRoom: Int { 4 * FileAccess.directAlignment }
    /// A journal that is longer is begun anew when nothing is left in it, or less than half.
    private static var emptyMax: Int { 1 << 20 }
    private static var compactMin: Int { 32 << 20 }

    /// Opens the journal in `directory`, or makes one. What a killed server left in it counts as made and not synced.
    init(_ directory: String) throws(DiskError) {
        files = UnsyncedFiles(directory: directory)
        let disk = PosixDisk()
        try disk.makeDirectory(directory)
        try disk.makeDirectory(files.names)
        let isThere = try UnsyncedFiles.status(files.journal) != nil
        journal = try disk.open(files.journal, isThere ? .existing : .replacing)
        buffer = .allocate(byteCount: 1 << 20, alignment: FileAccess.directAlignment)
        end = try UnsyncedFiles.forEachEntry(in: journal) { entry, _ in
            if entry.isLive { remember(entry, isMade: true) }
        }
        try disk.setSize(of: journal, to: end)
        try UnsyncedFiles.unlink(files.newFile)
        known = Set(try files.inodes())
        for inode in known { try forgetIfGone(inode) }
    }

    deinit { buffer.deallocate() }

    private func locked<T>(_ body: () throws(DiskError) -> T) throws(DiskError) -> T {
        let result: Result<T, DiskError> = gate.withLock {
            do throws(DiskError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    // MARK: Contents

    /// To be called before these bytes are written. Nil for a file without a name, which no crash can bring back.
    func willWrite(_ file: PosixDisk.File, at offset: Int, count: Int) throws(DiskError) -> Ticket? {
        try note(.write, file, offset: offset, count: count) { size in
            offset..<max(offset, min(offset + count, size))
        }
    }

    /// To be called before the size is changed.
    func willResize(_ file: PosixDisk.File, to count: Int) throws(DiskError) -> Ticket? {
        try note(.resize, file, offset: 0, count: count) { size in min(count, size)..<size }
    }

    private func note(
        _ kind: UnsyncedEntry.Kind,
        _ file: PosixDisk.File,
        offset: Int,
        count: Int,
        overwriting: (_ size: Int) -> Range<Int>
    ) throws(DiskError) -> Ticket? {
        try locked { () throws(DiskError) in
            var status = stat()
            if fstat(file.descriptor, &status) != 0 { throw DiskError(.fstat, file.path, errno) }
            guard status.st_nlink > 0 else { return nil }
            var entry = UnsyncedEntry(kind)
            entry.inode = UInt64(status.st_ino)
            entry.offset = offset
            entry.count = count
            entry.sizeBefore = Int(status.st_size)
            if !known.contains(entry.inode) {
                try UnsyncedFiles.link(descriptor: file.descriptor, to: files.name(of: entry.inode))
                known.insert(entry.inode)
            }
            let old = overwriting(entry.sizeBefore)
            entry.oldCount = try readOld(old, of: file)
            return try append(entry, isMade: false)
        }
    }

    private func readOld(_ range: Range<Int>, of file: PosixDisk.File) throws(DiskError) -> Int {
        guard !range.isEmpty else { return 0 }
        // O_DIRECT also wants what is read to begin and to end at whole blocks.
        let unit = file.access == .direct ? FileAccess.directAlignment : 1
        precondition(range.lowerBound % unit == 0, "a write that begins within a block")
        let wanted = (range.count + unit - 1) / unit * unit
        reserve(wanted)
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[Self.headRoom..<(Self.headRoom + wanted)])
        return min(range.count, try PosixDisk().read(file, into: room, at: range.lowerBound))
    }

    private func reserve(_ count: Int) {
        guard buffer.count < Self.headRoom + count else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: Self.headRoom + count, alignment: FileAccess.directAlignment)
    }

    /// The change is made.
    func made(_ ticket: Ticket?) {
        guard let ticket else { return }
        gate.withLock { noted[ticket.serial]?.isMade = true }
    }

    /// To be called before a sync of that file begins: what it will cover.
    func coveredBySync(of file: PosixDisk.File) throws(DiskError) -> [Ticket] {
        try locked { () throws(DiskError) in
            var status = stat()
            if fstat(file.descriptor, &status) != 0 { throw DiskError(.fstat, file.path, errno) }
            return (changes[UInt64(status.st_ino)] ?? [])
                .filter { noted[$0]!.isMade && noted[$0]!.entry.kind != .floor }.map { Ticket(serial: $0) }
        }
    }

    /// A sync that covers these has returned.
    ///
    /// - Parameter isDataOnly: fdatasync, taken at its word (POSIX: what is needed to read the data back): that the file
    ///   became shorter need not be durable.
    func synced(_ tickets: [Ticket], isDataOnly: Bool) throws(DiskError) {
        guard !tickets.isEmpty else { return }
        try locked { () throws(DiskError) in
            var serials: [Int] = []
            for ticket in tickets {
                guard let entry = noted[ticket.serial]?.entry else { continue }
                if isDataOnly, entry.kind == .resize, entry.count < entry.sizeBefore,
                    let status = try UnsyncedFiles.status(files.name(of: entry.inode)),
                    Int(status.st_size) < entry.sizeBefore
                {
                    continue
                }
                serials.append(ticket.serial)
            }
            try crossOutChanges(serials)
            try shorten()
        }
    }

    private func crossOutChanges(_ serials: [Int]) throws(DiskError) {
        let gone = Set(serials)
        for inode in Set(serials.map { noted[$0]!.entry.inode }) {
            let all = changes[inode] ?? []
            let rest = all.filter { !gone.contains($0) && noted[$0]!.entry.kind != .floor }
            let grownTo = all.filter(gone.contains).map { noted[$0]!.entry }.filter { $0.end > $0.sizeBefore }.map(
                \.end
            )
            if !rest.isEmpty, let size = grownTo.max() {
                var floor = UnsyncedEntry(.floor)
                floor.inode = inode
                floor.count = size
                _ = try append(floor, isMade: true)
            }
            for serial in rest.isEmpty ? changes[inode]! : all.filter(gone.contains) { try crossOut(serial) }
        }
    }

    // MARK: Names

    /// Makes an empty file under a name that nobody has; does nothing if somebody has it.
    ///
    /// - Returns: whether it was made.
    func makeFile(_ path: String) throws(DiskError) -> Bool {
        try locked { () throws(DiskError) in
            guard try UnsyncedFiles.status(path) == nil else { return false }
            // First where only this journal looks, so that it can be noted under its inode before it has its name.
            _ = try PosixDisk().open(files.newFile, .replacing)
            let status = try UnsyncedFiles.status(files.newFile)!
            var entry = UnsyncedEntry(.link)
            entry.inode = UInt64(status.st_ino)
            entry.name = path
            try PosixDisk().rename(files.newFile, to: files.name(of: entry.inode))
            known.insert(entry.inode)
            _ = try append(entry, isMade: true)
            try UnsyncedFiles.link(files.name(of: entry.inode), to: path)
            return true
        }
    }

    func rename(_ path: String, to other: String) throws(DiskError) {
        try changeName(.rename, path, other) { () throws(DiskError) in try PosixDisk().rename(path, to: other) }
    }

    func remove(_ path: String) throws(DiskError) {
        try changeName(.unlink, path, "") { () throws(DiskError) in try PosixDisk().remove(path) }
    }

    private func changeName(
        _ kind: UnsyncedEntry.Kind,
        _ path: String,
        _ other: String,
        _ body: () throws(DiskError) -> Void
    ) throws(DiskError) {
        try locked { () throws(DiskError) in
            // The kernel has the words for a name that is not there.
            guard let inode = try secondName(path) else { return try body() }
            var entry = UnsyncedEntry(kind)
            entry.inode = inode
            entry.name = path
            entry.otherName = other
            if !other.isEmpty {
                precondition(DirectoryPath.parent(of: path) == DirectoryPath.parent(of: other), "no move is modelled")
                entry.replaced = try secondName(other) ?? 0
            }
            let serial = try append(entry, isMade: false).serial
            try body()
            noted[serial]!.isMade = true
        }
    }

    /// The inode of the file, which has its second name now; nil if there is none.
    private func secondName(_ path: String) throws(DiskError) -> UInt64? {
        guard let status = try UnsyncedFiles.status(path) else { return nil }
        let inode = UInt64(status.st_ino)
        if known.insert(inode).inserted { try UnsyncedFiles.link(path, to: files.name(of: inode)) }
        return inode
    }

    /// To be called before a sync of that directory begins: what it will cover.
    func coveredBySync(ofDirectory path: String) -> [Ticket] {
        gate.withLock {
            (nameChanges[path] ?? []).filter { noted[$0]!.isMade }.map { Ticket(serial: $0) }
        }
    }

    func syncedDirectory(_ tickets: [Ticket]) throws(DiskError) {
        guard !tickets.isEmpty else { return }
        try locked { () throws(DiskError) in
            var touched: Set<UInt64> = []
            for ticket in tickets {
                guard let entry = noted[ticket.serial]?.entry else { continue }
                touched.formUnion([entry.inode, entry.replaced])
                try crossOut(ticket.serial)
            }
            for inode in touched where known.contains(inode) { try forgetIfGone(inode) }
            try shorten()
        }
    }

    /// A file that has no other name, and that no change of a name can give one back, is gone with all that it held.
    private func forgetIfGone(_ inode: UInt64) throws(DiskError) {
        let isNamed = noted.values.contains {
            $0.entry.isOfName && ($0.entry.inode == inode || $0.entry.replaced == inode)
        }
        guard !isNamed, let status = try UnsyncedFiles.status(files.name(of: inode)), status.st_nlink == 1 else {
            return
        }
        for serial in changes[inode] ?? [] { try crossOut(serial) }
        try UnsyncedFiles.unlink(files.name(of: inode))
        known.remove(inode)
    }

    // MARK: The journal's file

    @discardableResult
    private func remember(_ entry: UnsyncedEntry, isMade: Bool) -> Int {
        let serial = nextSerial
        nextSerial += 1
        noted[serial] = Noted(entry: entry, isMade: isMade)
        liveBytes += entry.length
        if entry.isOfName {
            nameChanges[DirectoryPath.parent(of: entry.name), default: []].append(serial)
        } else {
            changes[entry.inode, default: []].append(serial)
        }
        return serial
    }

    /// The bytes overwritten are at `headRoom` of the buffer.
    private func append(_ entry: UnsyncedEntry, isMade: Bool) throws(DiskError) -> Ticket {
        var entry = entry
        entry.place = end
        let start = Self.headRoom - UnsyncedEntry.headerSize - entry.nameBytes
        precondition(start >= 0, "paths of more than PATH_MAX bytes")
        entry.write(to: buffer.baseAddress! + start)
        try write(UnsafeRawBufferPointer(rebasing: buffer[start..<(start + entry.length)]), at: end)
        end += entry.length
        return Ticket(serial: remember(entry, isMade: isMade))
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        try PosixDisk().write(bytes, to: journal, at: offset)
    }

    private func crossOut(_ serial: Int) throws(DiskError) {
        guard let entry = noted.removeValue(forKey: serial)?.entry else { return }
        liveBytes -= entry.length
        var state = UnsyncedEntry.synced
        try withUnsafeBytes(of: &state) { one throws(DiskError) in
            try write(one, at: entry.place + UnsyncedEntry.stateOffset)
        }
        if entry.isOfName {
            Self.remove(serial, from: &nameChanges, DirectoryPath.parent(of: entry.name))
        } else {
            Self.remove(serial, from: &changes, entry.inode)
        }
    }

    private static func remove<Key>(_ serial: Int, from lists: inout [Key: [Int]], _ key: Key) {
        lists[key]?.removeAll { $0 == serial }
        if lists[key]?.isEmpty == true { lists[key] = nil }
    }

    private func shorten() throws(DiskError) {
        if noted.isEmpty, end > Self.emptyMax {
            try PosixDisk().setSize(of: journal, to: 0)
            end = 0
        } else if end > Self.compactMin, liveBytes < end / 2 {
            try compact()
        }
    }

    /// Copies what is left to a new journal, which then takes the old one's name: a kill finds one of the two.
    private func compact() throws(DiskError) {
        let disk = PosixDisk()
        let new = try disk.open(files.newJournal, .replacing)
        var places: [Int: Int] = [:]
        var newEnd = 0
        for serial in noted.keys.sorted() {
            let entry = noted[serial]!.entry
            reserve(entry.length)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<entry.length])
            _ = try disk.read(journal, into: bytes, at: entry.place)
            try disk.write(UnsafeRawBufferPointer(bytes), to: new, at: newEnd)
            places[serial] = newEnd
            newEnd += entry.length
        }
        try disk.rename(files.newJournal, to: files.journal)
        journal = new
        end = newEnd
        for (serial, place) in places { noted[serial]!.entry.place = place }
    }

    // MARK: For tests

    /// Changes that are noted and not crossed out, of contents and of names.
    var unsyncedCount: Int { gate.withLock { noted.values.count { $0.entry.kind != .floor } } }
    /// Bytes of the journal's file.
    var byteCount: Int { gate.withLock { end } }
}

extension UnsyncedEntry {
    /// The size that the file has at least when the change is made.
    fileprivate var end: Int { kind == .write ? offset + count : count }
}
