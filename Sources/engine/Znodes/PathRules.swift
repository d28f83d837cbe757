/// What a znode's path may look like (`org.apache.zookeeper.common.PathUtils.validatePath`), on UTF-8 bytes.
enum PathRules {
    static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    static let root: StaticString = "/"
    static let zookeeper: StaticString = "/zookeeper"
    static let quota: StaticString = "/zookeeper/quota"
    static let config: StaticString = "/zookeeper/config"

    static var rootKey: PathKey { PathKey(start: root.utf8Start, count: root.utf8CodeUnitCount) }

    /// Absolute, no empty, "." or ".." component, no slash at the end, no control character, and none of the
    /// characters that Java's check refuses: U+0000-001F, U+007F-009F, U+D800-F8FF, U+FFF0-FFFF. Java looks at UTF-16
    /// units, so whatever needs a surrogate pair (four bytes of UTF-8) is refused too; ill-formed UTF-8 would decode
    /// to U+FFFD there, and is refused here.
    static func isValid(_ path: UnsafeRawBufferPointer) -> Bool {
        guard path.count > 0, path[0] == slash else { return false }
        if path.count == 1 { return true }
        var componentStart = 1
        var offset = 1
        while offset < path.count {
            let byte = path[offset]
            if byte == slash {
                guard isValidComponent(path, componentStart, offset) else { return false }
                componentStart = offset + 1
                offset += 1
            } else if byte < 0x80 {
                guard byte > 0x1f, byte != 0x7f else { return false }
                offset += 1
            } else {
                let size = sequenceSize(path, at: offset)
                guard size > 0 else { return false }
                offset += size
            }
        }
        return isValidComponent(path, componentStart, path.count)
    }

    private static func isValidComponent(_ path: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        switch end - start {
        case 0: false
        case 1: path[start] != dot
        case 2: path[start] != dot || path[start + 1] != dot
        default: true
        }
    }

    /// The size of the two- or three-byte character at `offset`, 0 if it is ill-formed or refused.
    private static func sequenceSize(_ path: UnsafeRawBufferPointer, at offset: Int) -> Int {
        func continuation(_ index: Int) -> UInt32? {
            guard index < path.count, path[index] & 0xc0 == 0x80 else { return nil }
            return UInt32(path[index] & 0x3f)
        }
        let first = UInt32(path[offset])
        switch first {
        case 0xc2...0xdf:
            guard let second = continuation(offset + 1) else { return 0 }
            return (first & 0x1f) << 6 | second > 0x9f ? 2 : 0
        case 0xe0...0xef:
            guard let second = continuation(offset + 1), let third = continuation(offset + 2) else { return 0 }
            let scalar = (first & 0x0f) << 12 | second << 6 | third
            guard scalar >= 0x800, !(0xd800...0xf8ff).contains(scalar), scalar < 0xfff0 else { return 0 }
            return 3
        default:
            return 0
        }
    }

    /// The nodes that every tree has and nobody may delete: "/", "/zookeeper" and the two below it.
    static func isSpecial(_ path: PathKey) -> Bool {
        path.isRoot || equal(path, zookeeper) || equal(path, quota) || equal(path, config)
    }

    private static func equal(_ path: PathKey, _ constant: StaticString) -> Bool {
        path.count == constant.utf8CodeUnitCount
            && bytesAreEqual(path.start, UnsafeRawPointer(constant.utf8Start), path.count)
    }
}
