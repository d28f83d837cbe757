import Randomness
import TestSupport
import Wire
import Zab

@testable import Znodes

/// Random requests on few paths, so that most of them meet each other.
struct RandomLoad {
    var random: SplitMix64
    let sessions: [Int64] = [1, 2, 3]
    let names = ["a", "b", "c-long-enough-to-leave-the-inline-path-of-a-node"]

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func path() -> String {
        if Int.random(in: 0..<10, using: &random) == 0 { return quotaPath() }
        var path = ""
        for _ in 0..<[1, 1, 1, 2, 2, 3].randomElement(using: &random)! {
            path += "/" + names.randomElement(using: &random)!
        }
        return path
    }

    private mutating func quotaPath() -> String {
        let path = "/zookeeper/quota" + ["", "/a", "/a", "/a/b"].randomElement(using: &random)!
        guard path.count > 16 else { return path + "/a" }
        return path + ["", "/b", "/zookeeper_limits", "/zookeeper_stats"].randomElement(using: &random)!
    }

    mutating func data() -> [UInt8]? {
        if Int.random(in: 0..<10, using: &random) == 0 { return nil }
        let count = Int.random(in: 0..<4, using: &random) == 0 ? 300 : 20
        return (0..<Int.random(in: 0...count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    mutating func version() -> Int32 {
        Int.random(in: 0..<4, using: &random) > 0 ? -1 : Int32.random(in: 0..<4, using: &random)
    }

    mutating func flags() -> Int32 { [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6].randomElement(using: &random)! }
    mutating func ttl() -> Int64 { [-1, 0, 1, 50, 5_000, 1 << 40].randomElement(using: &random)! }

    mutating func acl() -> [ACL] {
        Int.random(in: 0..<3, using: &random) > 0
            ? ACL.openUnsafe : [ACL(permissions: Int32.random(in: 1..<4, using: &random), scheme: "digest", id: "u:h")]
    }

    mutating func request() -> (op: OpCode, body: [UInt8], session: Int64) {
        let session = sessions.randomElement(using: &random)!
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60:
            let (op, body) = simple()
            return (op, body, session)
        case 60..<70: return (.setACL, Request.setACL(path(), acl(), version: version()), session)
        case 70..<90:
            let operations = (0..<Int.random(in: 0..<4, using: &random)).map { _ in inMulti() }
            return (.multi, Request.multi(operations), session)
        case 90..<92: return (.closeSession, [], session)
        default:
            return (
                .createSession, Request.createSession(timeout: Int32.random(in: 1..<9, using: &random)), session
            )
        }
    }

    private mutating func simple() -> (OpCode, [UInt8]) {
        switch Int.random(in: 0..<7, using: &random) {
        case 5: (.createContainer, Request.create(path(), data: data(), acl: acl(), flags: flags()))
        case 6: (.createTTL, Request.createTTL(path(), data: data(), flags: flags(), ttl: ttl()))
        case 0: (.create, Request.create(path(), data: data(), acl: acl(), flags: flags()))
        case 1: (.create2, Request.create(path(), data: data(), acl: acl(), flags: flags()))
        case 2: (.delete, Request.delete(path(), version: version()))
        default: (.setData, Request.setData(path(), data(), version: version()))
        }
    }

    private mutating func inMulti() -> (OpCode, [UInt8]) {
        Int.random(in: 0..<6, using: &random) == 0
            ? (.check, Request.delete(path(), version: version())) : simple()
    }
}
