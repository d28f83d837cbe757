import Glibc
import Log
import Synchronization

/// A disk in memory that forgets what was not synced.
///
/// ## Fault model
///
/// Contents and names each have a state that everybody sees and a state that is on the platter. Between them lie the
/// changes since the last sync, in order. `afterCrash` makes the disk that a machine finds when it comes back, by
/// choosing which of these changes survive:
///
/// - `lost`: none. `kept`: all (the process died, the machine did not).
/// - `torn`: all, except that the last write of each file ends at a 512-byte boundary in its middle.
/// - `namesOnly`, `contentsOnly`: all of the one kind, none of the other.
/// - `scattered(seed)`: each sector of each write, each change of size and each change of a name, by the toss of a coin.
///
/// Files that no surviving name leads to are gone. A crash can be planned after any change or sync (`crash(after:)`):
/// from there on every call fails, until `afterCrash`. Any call can be made to fail with an errno (`fail(call:with:)`).
/// A sync that fails marks the changes as written all the same, as Linux does: they are seen, and they are not on the
/// platter, and no later sync puts them there (ATC'20). A write that fails leaves its first half.
final class CrashingDisk: Disk, Sendable {
    enum Loss: Hashable, Sendable {
        case lost, kept, torn, namesOnly, contentsOnly
        case scattered(seed: UInt64)
    }

    final class File: Sendable {
        fileprivate let node: Int
        let path: String
        fileprivate init(node: Int, path: String) {
            self.node = node
            self.path = path
        }
    }

    private enum ContentChange {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)
    }

    private struct Content {
        var seen: [UInt8] = []
        var platter: [UInt8] = []
        var changes: [ContentChange] = []
    }

    private enum NameChange {
        case link(String, Int)
        case unlink(String)
        case rename(String, String)
        case makeDirectory(String)
    }

    private struct Names {
        var files: [String: Int] = [:]
        var directories: Set<String> = ["/"]

        mutating func apply(_ change: NameChange) {
            switch change {
            case .link(let path, let node): files[path] = node
            case .unlink(let path): files[path] = nil
            case .rename(let path, let other):
                if let node = files.removeValue(forKey: path) { files[other] = node }
            case .makeDirectory(let path): directories.insert(path)
            }
        }
    }

    private struct State {
        var contents: [Content] = []
        var seen = Names()
        var platter = Names()
        var nameChanges: [NameChange] = []
        var mutations = 0
        var calls = 0
        var crashAfter: Int?
        var failures: [Int: Int32] = [:]
        var isCrashed = false
    }

    private let state: Mutex<State>

    init() { state = Mutex(State()) }
    private init(_ initial: sending State) { state = Mutex(initial) }

    // MARK: Faults

    /// Changes and syncs so far: the places where `crash(after:)` can strike.
    var mutationCount: Int { state.withLock { $0.mutations } }
    /// All calls so far: what `fail(call:with:)` counts.
    var callCount: Int { state.withLock { $0.calls } }
    var isCrashed: Bool { state.withLock { $0.isCrashed } }

    func crash(after mutation: Int) { state.withLock { $0.crashAfter = mutation } }
    func fail(call: Int, with code: Int32) { state.withLock { $0.failures[call] = code } }

    /// The disk as it is found after a crash at this moment.
    func afterCrash(_ loss: Loss) -> CrashingDisk {
        CrashingDisk(state.withLock { Self.survivors(of: $0, loss) })
    }

    private static func survivors(of state: State, _ loss: Loss) -> State {
        var random = SplitMix(state: 0)
        if case .scattered(let seed) = loss { random = SplitMix(state: seed) }
        var after = State()
        after.platter = state.platter
        for change in state.nameChanges {
            switch loss {
            case .lost, .contentsOnly: break
            case .kept, .torn, .namesOnly: after.platter.apply(change)
            case .scattered: if random.coin() { after.platter.apply(change) }
            }
        }
        after.platter.files = after.platter.files.filter { after.platter.directories.contains(parent(of: $0.key)) }
        after.seen = after.platter
        for content in state.contents {
            var bytes = content.platter
            for (index, change) in content.changes.enumerated() {
                let isLast = index == content.changes.count - 1
                apply(change, to: &bytes, isLast: isLast, loss, &random)
            }
            after.contents.append(Content(seen: bytes, platter: bytes))
        }
        return after
    }

    private static func apply(
        _ change: ContentChange,
        to bytes: inout [UInt8],
        isLast: Bool,
        _ loss: Loss,
        _ random: inout SplitMix
    ) {
        if loss == .lost || loss == .namesOnly { return }
        guard case .write(let offset, let written) = change else {
            if case .scattered = loss, random.coin() { return }
            return apply(change, to: &bytes)
        }
        if case .scattered = loss {
            for start in sectors(offset, written.count) where random.coin() {
                let piece = Array(written[(start.lowerBound - offset)..<(start.upperBound - offset)])
                apply(.write(offset: start.lowerBound, bytes: piece), to: &bytes)
            }
        } else if loss == .torn, isLast {
            let pieces = sectors(offset, written.count)
            for piece in pieces.prefix(pieces.count / 2) {
                let part = Array(written[(piece.lowerBound - offset)..<(piece.upperBound - offset)])
                apply(.write(offset: piece.lowerBound, bytes: part), to: &bytes)
            }
        } else {
            apply(change, to: &bytes)
        }
    }

    private static func sectors(_ offset: Int, _ count: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = offset
        while start < offset + count {
            let end = min((start / 512 + 1) * 512, offset + count)
            ranges.append(start..<end)
            start = end
        }
        return ranges
    }

    private static func apply(_ change: ContentChange, to bytes: inout [UInt8]) {
        switch change {
        case .resize(let count):
            if count < bytes.count {
                bytes.removeLast(bytes.count - count)
            } else {
                bytes += [UInt8](repeating: 0, count: count - bytes.count)
            }
        case .write(let offset, let written):
            let end = offset + written.count
            if end > bytes.count { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
            bytes.withUnsafeMutableBytes { target in
                written.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyMemory(from: $0)
                }
            }
        }
    }

    private static func parent(of path: String) -> String {
        let slash = path.lastIndex(of: "/")!
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    // MARK: Looking in from outside

    func contents(of path: String) -> [UInt8]? {
        state.withLock { state in state.seen.files[path].map { state.contents[$0].seen } }
    }

    /// Changes bytes behind everybody's back, on the platter too.
    func corrupt(_ path: String, _ body: (inout [UInt8]) -> Void) {
        state.withLock {
            let node = $0.seen.files[path]!
            body(&$0.contents[node].seen)
            $0.contents[node].platter = $0.contents[node].seen
        }
    }

    var paths: [String] { state.withLock { $0.seen.files.keys.sorted() } }

    // MARK: Disk

    /// Counts the call, and throws what was planned for it.
    private static func enter(
        _ state: inout State,
        _ operation: DiskError.Operation,
        _ path: String
    ) throws(DiskError) {
        if state.isCrashed { throw DiskError(operation, path, ECANCELED) }
        state.calls += 1
        if let code = state.failures[state.calls] { throw DiskError(operation, path, code) }
    }

    /// Counts a change or sync that was done, and crashes if that was the last one.
    private static func leave(_ state: inout State) {
        state.mutations += 1
        if state.mutations == state.crashAfter { state.isCrashed = true }
    }

    private static func change(_ state: inout State, _ change: NameChange) {
        state.seen.apply(change)
        state.nameChanges.append(change)
        leave(&state)
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> File {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .open, path)
            if let node = state.seen.files[path] {
                if mode == .replacing {
                    state.contents[node].seen = []
                    state.contents[node].changes.append(.resize(0))
                    Self.leave(&state)
                }
                return File(node: node, path: path)
            }
            guard mode == .replacing, state.seen.directories.contains(Self.parent(of: path)) else {
                throw DiskError(.open, path, ENOENT)
            }
            state.contents.append(Content())
            let node = state.contents.count - 1
            Self.change(&state, .link(path, node))
            return File(node: node, path: path)
        }
    }

    func read(
        _ file: File,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws(DiskError) -> Int {
        nonisolated(unsafe) let buffer = buffer
        return try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .read, file.path)
            let count = state.contents[file.node].seen.count
            guard offset < count else { return 0 }
            let end = min(count, offset + buffer.count)
            state.contents[file.node].seen.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<end]))
            }
            return end - offset
        }
    }

    func write(
        _ pieces: UnsafeBufferPointer<iovec>,
        to file: File,
        at offset: Int
    ) throws(DiskError) {
        var bytes: [UInt8] = []
        for piece in pieces { bytes += UnsafeRawBufferPointer(start: piece.iov_base, count: piece.iov_len) }
        try state.withLock { state throws(DiskError) in
            do throws(DiskError) {
                try Self.enter(&state, .write, file.path)
            } catch {
                guard !state.isCrashed else { throw error }
                let half = ContentChange.write(offset: offset, bytes: Array(bytes[..<(bytes.count / 2)]))
                Self.apply(half, to: &state.contents[file.node].seen)
                state.contents[file.node].changes.append(half)
                throw error
            }
            let change = ContentChange.write(offset: offset, bytes: bytes)
            Self.apply(change, to: &state.contents[file.node].seen)
            state.contents[file.node].changes.append(change)
            Self.leave(&state)
        }
    }

    func syncData(_ file: File) throws(DiskError) { try sync(file, .fdatasync) }
    func sync(_ file: File) throws(DiskError) { try sync(file, .fsync) }

    private func sync(_ file: File, _ operation: DiskError.Operation) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            do throws(DiskError) {
                try Self.enter(&state, operation, file.path)
            } catch {
                if !state.isCrashed { state.contents[file.node].changes = [] }
                throw error
            }
            for change in state.contents[file.node].changes {
                Self.apply(change, to: &state.contents[file.node].platter)
            }
            state.contents[file.node].changes = []
            Self.leave(&state)
        }
    }

    func size(of file: File) throws(DiskError) -> Int {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .fstat, file.path)
            return state.contents[file.node].seen.count
        }
    }

    func setSize(of file: File, to count: Int) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .ftruncate, file.path)
            Self.apply(.resize(count), to: &state.contents[file.node].seen)
            state.contents[file.node].changes.append(.resize(count))
            Self.leave(&state)
        }
    }

    func allocate(_ file: File, count: Int) throws(DiskError) {
        if try size(of: file) < count { try setSize(of: file, to: count) }
    }

    func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try state.withLock { state throws(DiskError) in try Self.enter(&state, .writeback, file.path) }
    }

    func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try state.withLock { state throws(DiskError) in try Self.enter(&state, .writeback, file.path) }
    }

    func rename(_ path: String, to other: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .rename, path)
            guard state.seen.files[path] != nil else { throw DiskError(.rename, path, ENOENT) }
            Self.change(&state, .rename(path, other))
        }
    }

    func remove(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .unlink, path)
            guard state.seen.files[path] != nil else { throw DiskError(.unlink, path, ENOENT) }
            Self.change(&state, .unlink(path))
        }
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .list, directory)
            guard state.seen.directories.contains(directory) else { throw DiskError(.list, directory, ENOENT) }
            let files = state.seen.files.keys.filter { Self.parent(of: $0) == directory }
            return files.map { String($0.split(separator: "/").last!) }.sorted()
        }
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .mkdir, path)
            if !state.seen.directories.contains(path) { Self.change(&state, .makeDirectory(path)) }
        }
    }

    func syncDirectory(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.enter(&state, .syncDirectory, path)
            guard state.seen.directories.contains(path) else { throw DiskError(.syncDirectory, path, ENOENT) }
            var rest: [NameChange] = []
            for change in state.nameChanges {
                let isHere: Bool
                switch change {
                case .link(let name, _), .unlink(let name), .rename(let name, _), .makeDirectory(let name):
                    isHere = Self.parent(of: name) == path
                }
                if isHere { state.platter.apply(change) } else { rest.append(change) }
            }
            state.nameChanges = rest
            Self.leave(&state)
        }
    }
}

/// A small generator with a seed, so that every run is the same.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func coin() -> Bool { next() & 1 == 0 }
}
