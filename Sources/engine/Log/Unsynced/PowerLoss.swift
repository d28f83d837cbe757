import Glibc

/// What a loss of power does to the files of a server that was killed: takes back what its `UnsyncedJournal` says was not
/// synced, as one of several kinds of disk would have lost it.
///
/// The models are those of the simulator's `SimulatedDisk.Loss`; its documentation has the reasons.
public enum PowerLoss: String, CaseIterable, Hashable, Sendable {
    /// Nothing of what was not synced is there.
    case lost
    /// All of it is there, except that the last write of each file ends at a 512-byte boundary in its middle.
    case torn
    /// The same at a boundary of a 4-KiB page.
    case tornPages
    /// All changes of names are there and none of contents.
    case namesOnly
    /// All changes of contents are there and none of names.
    case contentsOnly
    /// Each 512-byte sector of each write, each change of a size and of a name by the toss of a coin.
    case scattered
    /// The same with the 4-KiB pages of each write.
    case scatteredPages
    /// In each file and each directory the later changes are there and the earlier ones are not.
    case reordered

    /// What was taken back.
    public struct Toll: Hashable, Sendable {
        /// Sectors of 512 bytes, or parts of them, that were written and not synced; one that was written twice counts
        /// twice.
        public var sectorsUnsynced = 0
        /// Those of them that hold again what they held before.
        public var sectorsTakenBack = 0
        /// Names that were made, renamed or removed, and the directory not synced.
        public var namesUnsynced = 0
        public var namesTakenBack = 0

        public init() {}

        public static func += (total: inout Toll, other: Toll) {
            total.sectorsUnsynced += other.sectorsUnsynced
            total.sectorsTakenBack += other.sectorsTakenBack
            total.namesUnsynced += other.namesUnsynced
            total.namesTakenBack += other.namesTakenBack
        }
    }

    /// Takes back what is in the journal in `directory`, which is empty afterwards. The server must not run, and whoever
    /// calls this must not be stopped within it.
    ///
    /// - Throws: `DiskError` if the journal or the files cannot be read or written.
    public func strike(_ directory: String, using random: inout some RandomNumberGenerator) throws(DiskError) -> Toll {
        let files = UnsyncedFiles(directory: directory)
        let disk = PosixDisk()
        let journal = try disk.open(files.journal, .existing)
        var loss = Losses(model: self, files: files)
        _ = try UnsyncedFiles.forEachEntry(in: journal) { entry, old in
            if entry.isLive { loss.add(entry, Array(old)) }
        }
        for inode in loss.inodes { try loss.takeBackContents(of: inode, &random) }
        for name in loss.directories { try loss.takeBackNames(in: name, &random) }
        try disk.setSize(of: journal, to: 0)
        for inode in try files.inodes() where try UnsyncedFiles.status(files.name(of: inode))?.st_nlink == 1 {
            try UnsyncedFiles.unlink(files.name(of: inode))
        }
        return loss.toll
    }
}

/// One loss of power, file by file and directory by directory.
private struct Losses {
    struct Change {
        var entry: UnsyncedEntry
        /// What the write has put where, up to the end of the file, and what was there before.
        var new: [UInt8] = []
        var old: [UInt8]
    }

    /// What becomes of a change.
    enum Fate { case lost, kept, half, scattered }

    let model: PowerLoss
    let files: UnsyncedFiles
    private(set) var toll = PowerLoss.Toll()
    private(set) var inodes: [UInt64] = []
    private(set) var directories: [String] = []
    private var contents: [UInt64: [Change]] = [:]
    private var names: [String: [UnsyncedEntry]] = [:]
    private let disk = PosixDisk()

    init(model: PowerLoss, files: UnsyncedFiles) {
        self.model = model
        self.files = files
    }

    mutating func add(_ entry: UnsyncedEntry, _ old: [UInt8]) {
        if entry.isOfName {
            let directory = DirectoryPath.parent(of: entry.name)
            if names[directory] == nil { directories.append(directory) }
            names[directory, default: []].append(entry)
        } else {
            if contents[entry.inode] == nil { inodes.append(entry.inode) }
            contents[entry.inode, default: []].append(Change(entry: entry, old: old))
        }
    }

    private func fate(_ index: Int, of count: Int, first: Int) -> Fate {
        let isLast = index == count - 1
        return switch model {
        case .lost, .namesOnly: .lost
        case .contentsOnly: .kept
        case .torn, .tornPages: isLast ? .half : .kept
        case .scattered, .scatteredPages: .scattered
        case .reordered: index >= first ? .kept : .lost
        }
    }

    private var unit: Int { model == .tornPages || model == .scatteredPages ? 4096 : 512 }

    // MARK: Contents

    /// Takes all changes back, the last one first, and then makes those again that have survived.
    mutating func takeBackContents(of inode: UInt64, _ random: inout some RandomNumberGenerator) throws(DiskError) {
        let all = contents[inode]!
        var changes = all.filter { $0.entry.kind != .floor }
        let path = files.name(of: inode)
        guard !changes.isEmpty, try UnsyncedFiles.status(path) != nil else { return }
        let file = try disk.open(path, .existing)
        for index in changes.indices.reversed() { try takeBack(&changes[index], file) }
        let floor = all.filter { $0.entry.kind == .floor }.map(\.entry.count).max() ?? 0
        try disk.setSize(of: file, to: max(changes[0].entry.sizeBefore, floor))

        let first = Int.random(in: 0..<max(1, changes.count), using: &random)
        for (index, change) in changes.enumerated() {
            try remake(change, fate(index, of: changes.count, first: first), file, &random)
        }
    }

    private func takeBack(_ change: inout Change, _ file: PosixDisk.File) throws(DiskError) {
        let entry = change.entry
        switch entry.kind {
        case .write:
            change.new = try read(entry.count, from: file, at: entry.offset)
            let beyond = change.new.count - change.old.count
            if beyond > 0 { change.old += [UInt8](repeating: 0, count: beyond) }
            try write(change.old, to: file, at: entry.offset)
        case .resize where entry.count < entry.sizeBefore:
            try disk.setSize(of: file, to: entry.sizeBefore)
            try write(change.old, to: file, at: entry.count)
        default: break
        }
    }

    private mutating func remake(
        _ change: Change,
        _ fate: Fate,
        _ file: PosixDisk.File,
        _ random: inout some RandomNumberGenerator
    ) throws(DiskError) {
        let entry = change.entry
        guard entry.kind == .write else {
            if fate == .lost || (fate == .scattered && !Bool.random(using: &random)) { return }
            let size = try disk.size(of: file)
            if entry.count < entry.sizeBefore || entry.count > size { try disk.setSize(of: file, to: entry.count) }
            return
        }
        let end = entry.offset + change.new.count
        let pieces = Self.pieces(of: entry.offset..<end, unit: unit)
        for (index, piece) in pieces.enumerated() {
            let isKept =
                switch fate {
                case .lost: false
                case .kept: true
                case .half: index < pieces.count / 2
                case .scattered: Bool.random(using: &random)
                }
            let new = change.new[(piece.lowerBound - entry.offset)..<(piece.upperBound - entry.offset)]
            let sectors = Self.pieces(of: piece, unit: 512).count
            toll.sectorsUnsynced += sectors
            if isKept {
                try write(Array(new), to: file, at: piece.lowerBound)
            } else {
                toll.sectorsTakenBack += sectors
            }
        }
    }

    private static func pieces(of range: Range<Int>, unit: Int) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min((start / unit + 1) * unit, range.upperBound)
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }

    private func read(_ count: Int, from file: PosixDisk.File, at offset: Int) throws(DiskError) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { room.deallocate() }
        return Array(room[..<(try disk.read(file, into: room, at: offset))])
    }

    private func write(_ bytes: [UInt8], to file: PosixDisk.File, at offset: Int) throws(DiskError) {
        let result: Result<Void, DiskError> = bytes.withUnsafeBytes { all in
            do throws(DiskError) { return .success(try disk.write(all, to: file, at: offset)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    // MARK: Names

    mutating func takeBackNames(
        in directory: String,
        _ random: inout some RandomNumberGenerator
    ) throws(DiskError) {
        let changes = names[directory]!
        let touched = Set(changes.flatMap { [$0.name, $0.otherName] }).subtracting([""])
        var seen: [String: UInt64] = [:]
        for path in touched { seen[path] = try UnsyncedFiles.status(path).map { UInt64($0.st_ino) } }
        var wanted = seen
        for change in changes.reversed() { Self.takeBack(change, in: &wanted) }
        let first = Int.random(in: 0..<max(1, changes.count), using: &random)
        for (index, change) in changes.enumerated() {
            let isKept =
                switch model {
                case .lost, .contentsOnly: false
                case .torn, .tornPages, .namesOnly: true
                case .scattered, .scatteredPages: Bool.random(using: &random)
                case .reordered: index >= first
                }
            toll.namesUnsynced += 1
            if isKept { Self.make(change, in: &wanted) } else { toll.namesTakenBack += 1 }
        }
        for path in touched where seen[path] != wanted[path] {
            try UnsyncedFiles.unlink(path)
            if let inode = wanted[path] { try UnsyncedFiles.link(files.name(of: inode), to: path) }
        }
    }

    private static func takeBack(_ change: UnsyncedEntry, in names: inout [String: UInt64]) {
        switch change.kind {
        case .link: names[change.name] = nil
        case .unlink: names[change.name] = change.inode
        case .rename:
            names[change.otherName] = change.replaced == 0 ? nil : change.replaced
            names[change.name] = change.inode
        case .write, .resize, .floor: preconditionFailure("no change of a name")
        }
    }

    /// A rename whose file is not under its old name, since an earlier change is lost, gives the file its new name all
    /// the same, unless it still has another one: a journal never leaves a file with two names after renames.
    private static func make(_ change: UnsyncedEntry, in names: inout [String: UInt64]) {
        switch change.kind {
        case .link: names[change.name] = change.inode
        case .unlink: names[change.name] = nil
        case .rename:
            if names[change.name] == change.inode {
                names[change.name] = nil
                names[change.otherName] = change.inode
            } else if !names.values.contains(change.inode) {
                names[change.otherName] = change.inode
            }
        case .write, .resize, .floor: preconditionFailure("no change of a name")
        }
    }
}
