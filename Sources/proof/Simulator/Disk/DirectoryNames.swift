/// What a name leads to: the index of a file's content, or that of a directory.
enum DirectoryEntry: Hashable, Sendable {
    case file(Int)
    case directory(Int)
}

/// The names in one directory: those that are seen, those on the platter, and the changes between them in their order.
struct DirectoryNames: Sendable {
    enum Change: Hashable, Sendable {
        case link(String, DirectoryEntry)
        case unlink(String)
        case rename(String, to: String, DirectoryEntry)
    }

    let path: String
    /// The index of the directory that holds this one; its own for the root.
    let parent: Int
    private(set) var seen: [String: DirectoryEntry] = [:]
    private(set) var platter: [String: DirectoryEntry] = [:]
    private(set) var changes: [Change] = []
    /// Files here that have something unsynced.
    var dirtyCount = 0
    /// Files without a name that is seen, which a crash may bring back, or somebody has open.
    var unlinked: [Int] = []

    init(path: String, parent: Int) {
        self.path = path
        self.parent = parent
    }

    /// A directory as it is found when a machine comes back.
    init(path: String, parent: Int, platter: [String: DirectoryEntry]) {
        self.path = path
        self.parent = parent
        self.platter = platter
        seen = platter
    }

    var isClean: Bool { changes.isEmpty && dirtyCount == 0 }

    mutating func change(_ change: Change) {
        Self.apply(change, to: &seen)
        changes.append(change)
    }

    mutating func sync() {
        for change in changes { Self.apply(change, to: &platter) }
        changes.removeAll(keepingCapacity: true)
    }

    /// The names on the platter after a crash.
    func survivors(_ loss: SimulatedDisk.Loss, stream: UInt64) -> [String: DirectoryEntry] {
        var random = Coins(seed: loss.seed, stream: stream)
        var names = platter
        let first = random.below(max(1, changes.count))
        for (index, change) in changes.enumerated() {
            let survives =
                switch loss {
                case .lost, .contentsOnly: false
                case .kept, .torn, .tornPages, .namesOnly: true
                case .scattered, .scatteredPages: random.next()
                case .reordered: index >= first
                }
            if survives { Self.apply(change, to: &names) }
        }
        return names
    }

    /// A rename whose file is not under its old name, since an earlier change is lost, gives the file its new name all
    /// the same, unless it still has another one: a journal never leaves a file with two names after renames.
    private static func apply(_ change: Change, to names: inout [String: DirectoryEntry]) {
        switch change {
        case .link(let name, let entry): names[name] = entry
        case .unlink(let name): names[name] = nil
        case .rename(let name, let other, let entry):
            if names[name] == entry {
                names[name] = nil
                names[other] = entry
            } else if !names.values.contains(entry) {
                names[other] = entry
            }
        }
    }
}
