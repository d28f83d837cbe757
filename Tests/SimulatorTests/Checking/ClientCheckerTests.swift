import Testing
import Wire
import Zab
import Znodes

@testable import Simulator

@Suite struct ClientCheckerTests {
    /// The events that a watch on a node's data, or on its children, waits for: a bit for each type.
    private static let ofData: UInt8 = 1 << 1 | 1 << 2 | 1 << 3
    private static let ofChildren: UInt8 = 1 << 2 | 1 << 4

    @Test(arguments: PlantedAnomaly.all) func findsExactlyThePlantedAnomaly(_ anomaly: PlantedAnomaly) {
        let wrong = Scene()
        anomaly.play(wrong, true)
        #expect(wrong.kinds() == [anomaly.kind], "\(wrong.checker.violations)")
        let right = Scene()
        anomaly.play(right, false)
        #expect(right.kinds() == [], "\(right.checker.violations)")
    }

    @Test func everyKindIsPlanted() {
        let planted = Set(PlantedAnomaly.all.map(\.kind))
        let missing = ClientChecker.Violation.Kind.allCases.filter { !planted.contains($0) }
        #expect(missing == [])
    }

    /// What a leader that does not know that it is deposed may say, if the caller allows it.
    @Test(arguments: [
        (ClientChecker.Allowances.staleErrors, ClientChecker.Violation.Kind.staleError),
        (.staleSyncs, .staleSync), (.staleReconnects, .reconnectAfterClose),
        (.expiryBeforeClose, .expiredWithoutClose),
    ])
    func allowancesAllowOneThing(_ allowance: ClientChecker.Allowances, _ kind: ClientChecker.Violation.Kind) {
        for anomaly in PlantedAnomaly.all {
            let scene = Scene(allowances: allowance)
            anomaly.play(scene, true)
            #expect(scene.kinds() == (anomaly.kind == kind ? [] : [anomaly.kind]), "\(anomaly.name)")
        }
    }

    @Test func aMultiChangesAPathTwiceAndFiresOnce() {
        let scene = Scene()
        let (client, other) = (scene.open(), scene.open())
        scene.write(other, PlantedAnomaly.create("/a"))
        scene.read(client, .getData(path: "/a", watch: true))
        scene.read(client, .getChildren(path: "/a", watch: true))
        scene.write(
            other,
            .multi([
                .setData(path: "/a", data: [1]), .create(path: "/a/b", data: nil), .delete(path: "/a/b"),
                .delete(path: "/a"),
            ])
        )
        scene.event(client, WatchEvent.dataChanged, "/a")
        scene.event(client, WatchEvent.childrenChanged, "/a")
        scene.read(client, .exists(path: "/a"))
        #expect(scene.kinds() == [])
        #expect(scene.checker.operationsChecked == 5)
        #expect(scene.checker.eventsChecked == 4)
        #expect(scene.checker.commitsChecked == 4)
    }

    @Test func aViolationIsOneReadableLine() throws {
        let scene = Scene()
        let client = scene.open()
        scene.write(client, PlantedAnomaly.create("/a", [1]))
        let id = scene.invoke(client, .setData(path: "/a", data: [2], version: 7))
        scene.answer(id, scene.zxid, code: .nodeExists)
        let line = try #require(scene.checker.violations.first).description
        #expect(
            line
                == "unjustifiedError at 1006.000 ms: setData /a 0x02 v7 (client 0, session 0x64, xid 2, sent at 1005.000 ms): no state from 1.2 to 1.2 gives error -110"
        )
    }

    @Test func theModelKnowsThePast() {
        let scene = Scene()
        let client = scene.open()
        let first = scene.write(client, PlantedAnomaly.create("/a", [1])).zxid.rawValue
        let second = scene.write(client, PlantedAnomaly.create("/a/x")).zxid.rawValue
        let third = scene.write(client, PlantedAnomaly.set("/a", [2])).zxid.rawValue
        let fourth = scene.write(client, .delete(path: "/a/x")).zxid.rawValue
        let fifth = scene.write(client, .delete(path: "/a")).zxid.rawValue
        var model = scene.checker.model
        let path = model.path("/a")
        #expect(model.node(path, at: first - 1) == nil)
        #expect(model.node(path, at: second).map(model.bytes(of:)) == [1])
        #expect(model.node(path, at: third).map(model.bytes(of:)) == [2])
        #expect(model.node(path, at: fifth) == nil)
        #expect(model.childNames(path, at: first) == [])
        #expect(model.childNames(path, at: third) == ["x"])
        #expect(model.childNames(path, at: fourth) == [])
        #expect(model.childNames(model.root, at: fourth) == ["a", "zookeeper"])
        #expect(model.firstEvent(path, after: first, mask: Self.ofData)?.zxid == third)
        #expect(model.firstEvent(path, after: first, mask: Self.ofChildren)?.zxid == second)
        #expect(model.firstEvent(path, after: third, mask: Self.ofData)?.zxid == fifth)
        #expect(model.firstEvent(path, after: fifth, mask: Self.ofData) == nil)
    }
}
