import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// "/zookeeper/config" shows what a server was configured with, and the tree, its digest and its snapshots know nothing
/// of it.
@Suite struct ShownConfigurationTests {
    @Test func readsShowIt() throws {
        let leader = Leader()
        let digest = leader.state.digest
        let text = Array("server.1=h:1:2:participant\nversion=0".utf8)
        leader.state.showConfiguration(text, at: 77)
        #expect(leader.state.data("/zookeeper/config") == .some(text))
        // As ZooKeeper 3.8.0 has it, whose servers put it there when they start.
        var stat = Stat()
        (stat.mtime, stat.version, stat.aversion, stat.dataLength) = (77, -1, -1, Int32(text.count))
        #expect(leader.stat("/zookeeper/config") == stat)
        for op in [OpCode.getChildren2, .getACL] {
            let tail = leader.read(op, "/zookeeper/config").1.suffix(Stat.encodedSize)
            #expect(
                try tail.withUnsafeBytes { bytes in
                    var reader = ByteReader(bytes)
                    return try Stat(from: &reader)
                } == stat
            )
        }
        #expect(leader.state.digest == digest)
        #expect(leader.run(.setData, Request.setData("/zookeeper/config", [1])) == .noAuth)
        let loaded = try leader.state.reloaded()
        #expect(loaded.data("/zookeeper/config") == .some([]), "each server has its own")
        loaded.showConfiguration([1, 2], at: 1)
        #expect(loaded.data("/zookeeper/config") == .some([1, 2]))
    }

    /// Who sets its access list is told the same Stat as readers are.
    @Test func theAnswerToSetACLShowsIt() throws {
        let leader = Leader()
        leader.state.showConfiguration([1, 2, 3], at: 77)
        leader.state.access.isSkipped = true
        #expect(leader.prepare(.setACL, Request.setACL("/zookeeper/config", ACL.openUnsafe)) == .ok)
        let told = try leader.apply().withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try Stat(from: &reader)
        }
        #expect(told.mtime == 77 && told.version == -1 && told.dataLength == 3)
        #expect(leader.stat("/zookeeper/config") == told)
    }

    @Test func withoutOneItIsEmpty() {
        let leader = Leader()
        leader.state.showConfiguration([], at: 77)
        #expect(leader.state.data("/zookeeper/config") == .some([]))
        #expect(leader.stat("/zookeeper/config")?.version == 0 && leader.stat("/zookeeper/config")?.mtime == 0)
    }
}
