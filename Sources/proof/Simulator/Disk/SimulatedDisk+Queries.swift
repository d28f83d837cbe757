import Synchronization

/// Looking in from outside; none of it counts as a call.
extension SimulatedDisk {
    /// The paths of all files that are seen, sorted.
    public var paths: [String] {
        state.withLock { state in
            var paths: [String] = []
            for directory in state.directories {
                let prefix = directory.path == "/" ? "/" : directory.path + "/"
                for (name, entry) in directory.seen {
                    if case .file = entry { paths.append(prefix + name) }
                }
            }
            return paths.sorted()
        }
    }

    /// What is seen of a file; nil if there is none.
    public func contents(of path: String) -> [UInt8]? {
        state.withLock { state in state.node(path).map { state.contents[$0].seen } }
    }

    /// What is on the platter of a file that is seen, whether or not its name is there too; nil if there is none.
    public func platter(of path: String) -> [UInt8]? {
        state.withLock { state in state.node(path).map { state.contents[$0].platter } }
    }

    /// Whether all names in this directory, and in those below it, and the contents of all files that they lead to are
    /// on the platter just as they are seen. Also false where a failed sync has left something that no later sync
    /// writes. The cost is that of a look at each directory.
    public func isClean(under directory: String) -> Bool {
        state.withLock { state in
            guard let top = state.directory(directory) else { return true }
            for index in state.directories.indices where !state.directories[index].isClean {
                var ancestor = index
                while ancestor != top && ancestor != 0 { ancestor = state.directories[ancestor].parent }
                if ancestor == top { return false }
            }
            return true
        }
    }

    /// Bytes of files that have been written and are not on the platter; bytes written twice count twice.
    public var unsyncedBytes: Int {
        state.withLock { $0.contents.reduce(0) { $0 + ($1.isLinked ? $1.unsyncedByteCount : 0) } }
    }
}
