import Randomness

/// Paths to ask for: few, so that requests meet; and those that no server may take.
struct PathPool {
    static let common: [[UInt8]] = [
        "/a", "/b", "/c", "/d", "/ab", "/a/x", "/a/y", "/a/z", "/b/x", "/b/y", "/c/x", "/ab/x", "/a/x/k", "/a/x/l",
        "/b/x/k", "/a/x/k/deep", "/q", "/q/x", "/q/y",
    ].map { Array($0.utf8) }

    static let ours: [[UInt8]] = [
        "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "/zookeeper/x", "/zookeeper/config/x",
        "/zookeeper/quota/q", "/zookeeper/quota/q/zookeeper_limits", "/zookeeper/quota/q/zookeeper_stats",
    ].map { Array($0.utf8) }

    /// Nil is null.
    static let bad: [[UInt8]?] =
        [
            "", "//", "/a/", "/a//x", "/a/./x", "/a/../b", "a", "a/x", "/.", "/..", "/a/.", "/a\0b", "/a\0",
            "/a/x\u{1}",
            "/a/\u{e000}", "/missing/x", " ", "/ ", "/a/\u{e9}", "a/", "/zookeeper/", "/zookeeper/quota/",
        ].map { Array($0.utf8) } + [nil, [0x2f, 0xff], [0x2f, 0x61, 0x2f, 0xc3], [0xff]]

    /// Created and not known to be deleted, by name; what is there when nobody knows otherwise.
    private(set) var created: [[UInt8]] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func add(_ path: [UInt8]) {
        guard places[path] == nil, created.count < 400 else { return }
        places[path] = created.count
        created.append(path)
    }

    mutating func remove(_ path: [UInt8]) {
        guard let place = places.removeValue(forKey: path) else { return }
        created.swapAt(place, created.count - 1)
        created.removeLast()
        if place < created.count { places[created[place]] = place }
    }

    /// Mostly one that may exist.
    func any(_ random: inout SplitMix64) -> [UInt8]? {
        switch random.below(100) {
        case ..<57: Self.common[random.below(Self.common.count)]
        case ..<85: existing(&random)
        case ..<93: Self.ours[random.below(Self.ours.count)]
        case ..<99: Self.bad[random.below(Self.bad.count)]
        default: Array(("/a/" + String(repeating: "n", count: 1 + random.below(3000))).utf8)
        }
    }

    func existing(_ random: inout SplitMix64) -> [UInt8] {
        created.isEmpty ? Self.common[random.below(Self.common.count)] : created[random.below(created.count)]
    }

    /// The parent of a path; itself if it has none.
    static func parent(_ path: [UInt8]) -> [UInt8] {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash])
    }
}
