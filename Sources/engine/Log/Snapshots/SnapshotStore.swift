import Zab

/// The snapshots in a data directory. `SnapshotFormat` says what the files hold.
///
/// One thread at a time; the writers and readers that it makes may each live on another one.
public struct SnapshotStore<D: Disk>: Sendable {
    /// A snapshot that was found whole, to its last byte.
    public struct Valid: Hashable, Sendable {
        public var position: LogPosition
        public var path: String
        public var payloadBytes: Int
        /// The identity of its ensemble, 0 for none.
        public var ensemble: UInt64
    }

    /// The newest whole snapshot, and what is wrong with the newer ones.
    public struct Search: Sendable {
        public var newest: Valid?
        /// For the log: each says file, offset and what is wrong.
        public var invalid: [LogError] = []
    }

    private let disk: D
    private let directory: String
    private let mark: IdentityMark

    /// Makes the directory if need be, and removes what interrupted writers left. No other writer may be at work.
    ///
    /// - Parameter mark: what new snapshots say of their ensemble.
    public init(_ directory: String, on disk: D, mark: IdentityMark = IdentityMark()) throws(LogError) {
        self.disk = disk
        self.mark = mark
        self.directory = directory
        do {
            try disk.makeDirectory(directory)
            try disk.syncDirectory(DirectoryPath.parent(of: directory))
            try disk.syncDirectory(directory)
            for name in try disk.list(directory)
            where name.hasPrefix(SnapshotFormat.prefix + ".") && name.hasSuffix(SnapshotFormat.temporarySuffix) {
                try disk.remove(directory + "/" + name)
            }
        } catch {
            throw .disk(error)
        }
    }

    public static func path(_ directory: String, _ zxid: Zxid) -> String {
        directory + "/" + SnapshotFormat.prefix + "." + SegmentFormat.hexadecimal(zxid.rawValue)
    }

    static func temporaryPath(_ directory: String, _ zxid: Zxid) -> String {
        path(directory, zxid) + SnapshotFormat.temporarySuffix
    }

    /// The zxids of all snapshots, whole or not, oldest first.
    public func list() throws(LogError) -> [Zxid] {
        do {
            return try disk.list(directory)
                .compactMap { SegmentFormat.sequence(in: $0, prefix: SnapshotFormat.prefix) }
                .sorted().map { Zxid(rawValue: $0) }
        } catch {
            throw .disk(error)
        }
    }

    /// Begins a snapshot of the state at that place of the history. One with the same zxid is replaced when it is
    /// finished.
    public func begin(_ position: LogPosition) throws(LogError) -> SnapshotFileWriter<D> {
        try SnapshotFileWriter(disk, directory: directory, position: position, ensemble: mark.identity)
    }

    /// Opens a snapshot and verifies its header; the rest is verified as it is read.
    public func open(_ zxid: Zxid) throws(LogError) -> SnapshotFileReader<D> {
        try SnapshotFileReader(disk, path: Self.path(directory, zxid), expecting: zxid)
    }

    /// Finds the newest snapshot that is whole; reads it to the end for that. It is synced first, since what the page
    /// cache holds may not be on the disk.
    ///
    /// - Throws: `disk` if the disk fails. A damaged snapshot is not an error: the one before is taken, and the log
    ///   holds what comes after it, unless it has been trimmed; comparing the two is the caller's.
    public func newestValid() throws(LogError) -> Search {
        var search = Search()
        for zxid in try list().reversed() {
            do {
                let file = try disk.open(Self.path(directory, zxid), .existing)
                try disk.sync(file)
            } catch {
                throw .disk(error)
            }
            do {
                let reader = try open(zxid)
                var payloadBytes = 0
                while let chunk = try reader.next() { payloadBytes += chunk.count }
                search.newest = Valid(
                    position: reader.position,
                    path: reader.path,
                    payloadBytes: payloadBytes,
                    ensemble: reader.ensemble
                )
                return search
            } catch .corrupt(let corruption) {
                search.invalid.append(.corrupt(corruption))
                if PlantedBug.olderSnapshotIgnored.isPlanted { return search }
            } catch {
                throw error
            }
        }
        return search
    }

    /// Removes all but the newest `count` snapshots, of those up to `newest` (the newest known to be whole): so one
    /// that is damaged never costs the one that replaces it its place.
    public func purge(keeping count: Int, upTo newest: Zxid) throws(LogError) {
        precondition(count >= 1)
        let old = try list().filter { $0 <= newest }.dropLast(count)
        guard !old.isEmpty else { return }
        do {
            for zxid in old { try disk.remove(Self.path(directory, zxid)) }
            try disk.syncDirectory(directory)
        } catch {
            throw .disk(error)
        }
    }
}
