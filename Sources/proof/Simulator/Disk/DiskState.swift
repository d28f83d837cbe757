import Glibc
import Log

/// Everything that a simulated disk is, behind its lock.
struct DiskState: Sendable {
    /// A fault that strikes this very call.
    struct Strike: Sendable {
        var code: Int32
        /// How much of a failed write is written; nil for half of it.
        var writtenMax: Int?
        var seed: UInt64?
    }

    private struct Place: Sendable {
        var directory: Int
        var name: String
    }

    private struct Planned: Sendable {
        var fault: DiskFault
        var path: String
    }

    private static let placesMax = 1024

    var contents: [FileContent] = []
    private var freeNodes: [Int] = []
    var directories = [DirectoryNames(path: "/", parent: 0)]
    private var directoryIndex = ["/": 0]
    private var places: [String: Place] = [:]

    var mutations = 0
    var calls = 0
    var crashAfter: Int?
    var failures: [Int: Strike] = [:]
    private var planned: [Planned] = []
    var space = DiskSpace.ample
    var isCrashed = false
    var counters = DiskFaultCounters()

    // MARK: Calls

    /// Counts the call, and says what was planned for it.
    mutating func enter(
        _ target: DiskFault.Target,
        _ operation: DiskError.Operation,
        _ path: String
    ) throws(DiskError) -> Strike? {
        if isCrashed { throw DiskError(operation, path, ECANCELED) }
        calls += 1
        if failures.isEmpty && planned.isEmpty { return nil }
        return strike(target, path)
    }

    /// The same for calls of which a failure leaves nothing behind.
    mutating func enterOrFail(
        _ target: DiskFault.Target,
        _ operation: DiskError.Operation,
        _ path: String
    ) throws(DiskError) {
        if let strike = try enter(target, operation, path) { throw DiskError(operation, path, strike.code) }
    }

    private mutating func strike(_ target: DiskFault.Target, _ path: String) -> Strike? {
        if let strike = failures[calls] {
            counters.noteFailure(target)
            return strike
        }
        let found = planned.firstIndex { $0.fault.target == target && Self.isPath(path, under: $0.path) }
        guard let found else { return nil }
        let fault = planned.remove(at: found).fault
        counters.noteFailure(target)
        return switch fault {
        case .write(let code, let byteCount): Strike(code: code, writtenMax: byteCount)
        case .partialSync(let code, let seed): Strike(code: code, seed: seed)
        case .read, .sync, .directorySync, .nameChange: Strike(code: fault.code)
        }
    }

    private static func isPath(_ path: String, under other: String) -> Bool {
        guard other != "/", path != other else { return true }
        return path.hasPrefix(other) && path.utf8.dropFirst(other.utf8.count).first == UInt8(ascii: "/")
    }

    mutating func plan(_ fault: DiskFault, under path: String) { planned.append(Planned(fault: fault, path: path)) }

    mutating func clearPlans() {
        planned = []
        failures = [:]
        crashAfter = nil
    }

    /// Counts a change or sync that was done, and crashes if that was the last one.
    mutating func leave() {
        mutations += 1
        if mutations == crashAfter { isCrashed = true }
    }

    mutating func refuse(_ operation: DiskError.Operation, _ path: String) -> DiskError {
        counters.refusalsForSpace += 1
        return DiskError(operation, path, ENOSPC)
    }

    // MARK: Names

    func directory(_ path: String) -> Int? {
        if let index = directoryIndex[path] { return index }
        guard path.utf8.last == UInt8(ascii: "/"), path.utf8.count > 1 else { return nil }
        return directory(String(path.dropLast()))
    }

    /// The directory that `path` is in, and its name there; nil if there is no such directory.
    private mutating func place(of path: String) -> Place? {
        if let place = places[path] { return place }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        guard let directory = directoryIndex[parent] else { return nil }
        let place = Place(directory: directory, name: String(path[path.utf8.index(after: slash)...]))
        if places.count >= Self.placesMax { places = [:] }
        places[path] = place
        return place
    }

    private func node(at place: Place) -> Int? {
        if case .file(let node) = directories[place.directory].seen[place.name] { node } else { nil }
    }

    mutating func node(_ path: String) -> Int? { place(of: path).flatMap { node(at: $0) } }

    mutating func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> Int {
        guard let place = place(of: path) else { throw DiskError(.open, path, ENOENT) }
        let node: Int
        if let found = self.node(at: place) {
            node = found
            if mode == .replacing {
                contents[node].resize(to: 0)
                noteDirt(node)
                leave()
            }
        } else {
            guard mode == .replacing else { throw DiskError(.open, path, ENOENT) }
            guard space == .ample else { throw refuse(.open, path) }
            guard directories[place.directory].seen[place.name] == nil else { throw DiskError(.open, path, EISDIR) }
            node = addContent(home: place.directory)
            directories[place.directory].change(.link(place.name, .file(node)))
            leave()
        }
        contents[node].openCount += 1
        return node
    }

    private mutating func addContent(home: Int) -> Int {
        let node = freeNodes.popLast() ?? contents.count
        if node == contents.count { contents.append(FileContent()) }
        contents[node].home = home
        contents[node].isLinked = true
        return node
    }

    mutating func close(_ node: Int) {
        contents[node].openCount -= 1
        if !contents[node].isLinked { reclaim(in: contents[node].home) }
    }

    /// Gives up the contents that no name leads to, on the platter or off it, and that nobody has open.
    private mutating func reclaim(in directory: Int) {
        guard directories[directory].changes.isEmpty, !directories[directory].unlinked.isEmpty else { return }
        var rest: [Int] = []
        for node in directories[directory].unlinked {
            if contents[node].openCount > 0 {
                rest.append(node)
            } else {
                contents[node] = FileContent()
                freeNodes.append(node)
            }
        }
        directories[directory].unlinked = rest
    }

    mutating func rename(_ path: String, to other: String) throws(DiskError) {
        guard let from = place(of: path), let node = node(at: from), let to = place(of: other) else {
            throw DiskError(.rename, path, ENOENT)
        }
        guard from.directory == to.directory else { throw DiskError(.rename, path, EXDEV) }
        guard space != .refusing else { throw refuse(.rename, path) }
        if let replaced = self.node(at: to), replaced != node { unlink(replaced) }
        directories[from.directory].change(.rename(from.name, to: to.name, .file(node)))
        leave()
    }

    mutating func remove(_ path: String) throws(DiskError) {
        guard let place = place(of: path), let node = node(at: place) else { throw DiskError(.unlink, path, ENOENT) }
        unlink(node)
        directories[place.directory].change(.unlink(place.name))
        leave()
    }

    private mutating func unlink(_ node: Int) {
        contents[node].isLinked = false
        noteDirt(node)
        directories[contents[node].home].unlinked.append(node)
    }

    mutating func makeDirectory(_ path: String) throws(DiskError) {
        guard directory(path) == nil else { return }
        guard let place = place(of: path) else { throw DiskError(.mkdir, path, ENOENT) }
        guard space == .ample else { throw refuse(.mkdir, path) }
        directories.append(DirectoryNames(path: path, parent: place.directory))
        directoryIndex[path] = directories.count - 1
        directories[place.directory].change(.link(place.name, .directory(directories.count - 1)))
        leave()
    }

    mutating func syncDirectory(_ path: String) throws(DiskError) {
        guard let index = directory(path) else { throw DiskError(.syncDirectory, path, ENOENT) }
        directories[index].sync()
        reclaim(in: index)
        leave()
    }

    // MARK: Contents

    /// Keeps the count of the directory's dirty files.
    mutating func noteDirt(_ node: Int) {
        let isDirty = contents[node].isLinked && contents[node].isDirty
        guard isDirty != contents[node].isCounted else { return }
        contents[node].isCounted = isDirty
        directories[contents[node].home].dirtyCount += isDirty ? 1 : -1
    }

    /// Writes what there is room for and what a planned failure leaves of it, in whole sectors; throws if that is not
    /// all.
    mutating func write(
        _ pieces: UnsafeBufferPointer<iovec>,
        to node: Int,
        _ path: String,
        at offset: Int
    ) throws(DiskError) {
        let strike = try enter(.write, .write, path)
        var count = 0
        for piece in pieces { count += piece.iov_len }
        var limit = count
        if let strike {
            limit = min(count, strike.writtenMax ?? count / 2)
        } else if space != .ample {
            limit = space == .refusing ? 0 : max(0, min(count, contents[node].seen.count - offset))
        }
        if limit < count || strike != nil {
            limit = limit / SectorMemory.sector * SectorMemory.sector
            if limit > 0 { counters.shortWrites += 1 }
        }
        contents[node].write(pieces, limit: limit, at: offset)
        noteDirt(node)
        if let strike { throw DiskError(.write, path, strike.code) }
        guard limit == count else { throw refuse(.write, path) }
        leave()
    }

    mutating func sync(
        _ node: Int,
        _ path: String,
        _ operation: DiskError.Operation,
        isDataOnly: Bool
    ) throws(DiskError) {
        if let strike = try enter(.sync, operation, path) {
            contents[node].failSync(seed: strike.seed)
            noteDirt(node)
            throw DiskError(operation, path, strike.code)
        }
        contents[node].sync(isDataOnly: isDataOnly)
        noteDirt(node)
        leave()
    }

    /// O_DSYNC: the bytes of the write that was made last, and the size if they need it.
    mutating func syncLastWrite(_ node: Int, _ path: String) throws(DiskError) {
        if let strike = try enter(.sync, .write, path) {
            contents[node].failSyncOfLastWrite()
            noteDirt(node)
            throw DiskError(.write, path, strike.code)
        }
        contents[node].syncLastWrite()
        noteDirt(node)
        leave()
    }

    mutating func resize(
        _ node: Int,
        _ path: String,
        to count: Int,
        _ operation: DiskError.Operation
    ) throws(DiskError) {
        guard space == .ample || count <= contents[node].seen.count else { throw refuse(operation, path) }
        contents[node].resize(to: count)
        noteDirt(node)
        leave()
    }

    // MARK: Crashing

    /// The same disk for another process: nobody has anything open, and no failure is planned.
    func reopened() -> DiskState {
        var copy = self
        copy.clearPlans()
        copy.planned = []
        copy.mutations = 0
        copy.calls = 0
        copy.isCrashed = false
        for node in copy.contents.indices { copy.contents[node].openCount = 0 }
        for index in copy.directories.indices { copy.reclaim(in: index) }
        return copy
    }

    func afterCrash(_ loss: SimulatedDisk.Loss) -> DiskState {
        guard loss != .kept else {
            var after = reopened()
            after.counters.crashes += 1
            return after
        }
        var after = DiskState()
        after.space = space
        after.counters = counters
        after.counters.crashes += 1
        after.directories = []
        after.directoryIndex = [:]
        after.contents = contents.map { FileContent(platter: [], memory: SectorMemory(), home: $0.home) }
        for (index, directory) in directories.enumerated() {
            let names = directory.survivors(loss, stream: UInt64(index) << 32)
            after.directories.append(DirectoryNames(path: directory.path, parent: directory.parent, platter: names))
        }
        after.adopt(directory: 0, from: self, loss)
        for index in after.directories.indices where after.directoryIndex[after.directories[index].path] != index {
            after.directories[index] = DirectoryNames(path: directories[index].path, parent: directories[index].parent)
        }
        for node in after.contents.indices where !after.contents[node].isLinked { after.freeNodes.append(node) }
        return after
    }

    /// Takes what surviving names lead to; the rest is gone.
    private mutating func adopt(directory: Int, from before: DiskState, _ loss: SimulatedDisk.Loss) {
        directoryIndex[directories[directory].path] = directory
        for name in directories[directory].seen.keys.sorted() {
            switch directories[directory].seen[name]! {
            case .directory(let inner): adopt(directory: inner, from: before, loss)
            case .file(let node):
                let content = before.contents[node]
                contents[node] = FileContent(
                    platter: content.survivors(loss, stream: UInt64(node)),
                    memory: content.memory,
                    home: directory
                )
                contents[node].isLinked = true
            }
        }
    }
}
