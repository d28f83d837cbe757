import Wire

@testable import Znodes

/// ZooKeeper 3.8's watches as it describes them: two tables, each with at most one entry for a path and a watcher, whose
/// mode is what was asked for last. An independent and slow counterpart of `WatchTable`.
struct WatchModel {
    enum Mode { case oneShot, persistent, recursive }

    struct Entry: Hashable {
        var path: String
        var watcher: WatcherID
    }

    var data: [Entry: Mode] = [:]
    var children: [Entry: Mode] = [:]

    var count: Int { data.count + children.count }

    mutating func remove(_ path: String, type: Int32, _ watcher: WatcherID) -> Bool {
        let entry = Entry(path: path, watcher: watcher)
        let isChild = type != 2 && children.removeValue(forKey: entry) != nil
        let isData = type != 1 && data.removeValue(forKey: entry) != nil
        return isChild || isData
    }

    func has(_ path: String, type: Int32, _ watcher: WatcherID) -> Bool {
        let entry = Entry(path: path, watcher: watcher)
        return type != 2 && children[entry] != nil || type != 1 && data[entry] != nil
    }

    mutating func removeAll(of watcher: WatcherID) {
        data = data.filter { $0.key.watcher != watcher }
        children = children.filter { $0.key.watcher != watcher }
    }

    mutating func created(_ path: String) -> Set<WatchEvent> {
        let told = Self.trigger(&data, path, 1, except: [])
        let changed = Self.trigger(&children, Self.parent(path), 4, except: [])
        return Self.events(told, path, 1).union(Self.events(changed, Self.parent(path), 4))
    }

    mutating func changed(_ path: String) -> Set<WatchEvent> {
        Self.events(Self.trigger(&data, path, 3, except: []), path, 3)
    }

    mutating func deleted(_ path: String) -> Set<WatchEvent> {
        let told = Self.trigger(&data, path, 2, except: [])
        let others = Self.trigger(&children, path, 2, except: told)
        let changed = Self.trigger(&children, Self.parent(path), 4, except: [])
        return Self.events(told.union(others), path, 2).union(Self.events(changed, Self.parent(path), 4))
    }

    static func parent(_ path: String) -> String {
        let names = path.split(separator: "/").dropLast()
        return "/" + names.joined(separator: "/")
    }

    private static func trigger(
        _ table: inout [Entry: Mode],
        _ path: String,
        _ type: Int32,
        except: Set<WatcherID>
    ) -> Set<WatcherID> {
        var told: Set<WatcherID> = []
        for (entry, mode) in table {
            if mode == .recursive {
                let isBelow = entry.path == "/" || path.hasPrefix(entry.path + "/")
                if type != 4, entry.path == path || isBelow { told.insert(entry.watcher) }
            } else if entry.path == path {
                told.insert(entry.watcher)
                if mode == .oneShot { table[entry] = nil }
            }
        }
        return told.subtracting(except)
    }

    private static func events(_ watchers: Set<WatcherID>, _ path: String, _ type: Int32) -> Set<WatchEvent> {
        Set(watchers.map { WatchEvent(watcher: $0, type: type, path: Array(path.utf8)) })
    }
}
