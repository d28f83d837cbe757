import Foundation
import Glibc

/// What is known about the storage below a path, as far as the kernel tells.
public struct StorageFacts: Codable, Sendable, Hashable {
    /// `ext4`, `xfs`, `overlay`, ...
    public var fileSystem: String
    /// Mount options, the mount's and the file system's, sorted, without doubles.
    public var mountOptions: [String]
    /// The source as mounted, `/dev/vda` for instance.
    public var source: String
    /// The kernel's model text of the disk; nil where there is none (virtual disks, network file systems).
    public var model: String?
    /// `write back` (a volatile cache, flushed by a sync) or `write through`.
    public var writeCache: String?
    /// Whether the device takes a write that goes past its cache (FUA). Without it, a synced write behind a volatile
    /// cache costs a flush of the whole cache.
    public var fua: Bool?
    /// The scheduler in use, `none` or `mq-deadline` for instance.
    public var scheduler: String?
    public var rotational: Bool?

    public init(
        fileSystem: String,
        mountOptions: [String],
        source: String,
        model: String? = nil,
        writeCache: String? = nil,
        fua: Bool? = nil,
        scheduler: String? = nil,
        rotational: Bool? = nil
    ) {
        self.fileSystem = fileSystem
        self.mountOptions = mountOptions
        self.source = source
        self.model = model
        self.writeCache = writeCache
        self.fua = fua
        self.scheduler = scheduler
        self.rotational = rotational
    }

    /// Facts about the file system that holds `path`, which must exist. Nil where the kernel does not tell.
    public init?(path: String) {
        guard let mount = StorageFacts.mount(of: path) else { return nil }
        self = mount.facts
        let device = "/sys/dev/block/\(mount.device)/"
        // A partition has no queue folder of its own: its disk is one folder up.
        let base = access(device + "queue", F_OK) == 0 ? device : device + "../"
        model = StorageFacts.line(base + "device/model")
        writeCache = StorageFacts.line(base + "queue/write_cache")
        fua = StorageFacts.line(base + "queue/fua").map { $0 == "1" }
        rotational = StorageFacts.line(base + "queue/rotational").map { $0 == "1" }
        scheduler = StorageFacts.line(base + "queue/scheduler").map(StorageFacts.chosenScheduler)
    }

    /// The mount that holds `path`, which must exist. `device` is its number, as `254:0`.
    static func mount(of path: String) -> (facts: StorageFacts, device: String)? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return text("/proc/self/mountinfo").flatMap { mount(of: String(cString: real), mountinfo: $0) }
    }

    /// The mount that holds `path` (absolute, without links) in the text of /proc/self/mountinfo.
    static func mount(of path: String, mountinfo: String) -> (facts: StorageFacts, device: String)? {
        var best: (length: Int, facts: StorageFacts, device: String)?
        for line in mountinfo.split(separator: "\n") {
            // proc(5): id parent major:minor root mountpoint options [optional...] - type source super-options
            let words = line.split(separator: " ").map(String.init)
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 2 else { continue }
            let point = words[4].replacingOccurrences(of: "\\040", with: " ")
            let holds = point == "/" || path == point || path.hasPrefix(point + "/")
            // A later mount on the same point hides the earlier one.
            guard holds, point.utf8.count >= best?.length ?? 0 else { continue }
            let superOptions = words.count > dash + 3 ? words[dash + 3] : ""
            let options = Set((words[5] + "," + superOptions).split(separator: ",").map(String.init))
            let facts = StorageFacts(
                fileSystem: words[dash + 1],
                mountOptions: options.sorted(),
                source: words[dash + 2]
            )
            best = (point.utf8.count, facts, words[2])
        }
        return best.map { ($0.facts, $0.device) }
    }

    /// `mq-deadline` of `none [mq-deadline] bfq`.
    static func chosenScheduler(_ text: String) -> String {
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else {
            return text
        }
        return String(text[text.index(after: open)..<close])
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(bytes: $0, encoding: .utf8) }
    }

    private static func line(_ path: String) -> String? {
        guard let text = text(path)?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        return text
    }
}
