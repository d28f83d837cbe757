import Host
import Testing
import Wire
import Zab

@Suite struct AcquaintanceTests {
    private static let three = ensemble([])

    private static func ensemble(_ groups: [VoterGroup]) -> Configuration {
        Configuration(
            myself: ServerID(3),
            voters: [ServerID(1), ServerID(2), ServerID(3)],
            observers: [ServerID(4), ServerID(5)],
            groups: groups,
            tick: 1,
            initLimit: 1,
            syncLimit: 1
        )
    }

    private let mine = Membership(identity: 0xA1, isConfirmed: true)

    private func line(_ answer: Acquaintance.Answer) -> String? {
        if case .refused(let line) = answer { line } else { nil }
    }

    @Test func membersAndThoseOfNoEnsembleAreWelcome() {
        var door = Acquaintance(ensemble: Self.three)
        #expect(door.judge(Hello(id: ServerID(2), identity: 0xA1), mine: mine, now: 0) == .welcome)
        #expect(door.judge(Hello(id: ServerID(2)), mine: mine, now: 0) == .welcome)
        // Whoever has none of its own, or none confirmed, has nothing to hold against others.
        let unconfirmed = Membership(identity: 0xA1)
        #expect(door.judge(Hello(id: ServerID(2), identity: 0xB2), mine: unconfirmed, now: 0) == .welcome)
    }

    @Test func aStrangerIsNamedAndToldWhatToDoOnceAMinute() throws {
        var door = Acquaintance(ensemble: Self.three)
        let hello = Hello(id: ServerID(3), identity: 0xB2)
        let first = try #require(line(door.judge(hello, mine: mine, now: 5)))
        for text in ["server 3", "00000000000000b2", "00000000000000a1", "move its dataDir", "start it empty"] {
            #expect(first.contains(text), "\(text)")
        }
        #expect(door.judge(hello, mine: mine, now: 4 + Acquaintance.quiet) == .refused(nil))
        #expect(line(door.judge(hello, mine: mine, now: 5 + Acquaintance.quiet)) == first)
        // Emptied, it is welcome.
        #expect(door.judge(Hello(id: ServerID(3)), mine: mine, now: 6) == .welcome)
    }

    @Test func whoFindsAQuorumForeignIsTheStranger() throws {
        var door = Acquaintance(ensemble: Self.three)
        _ = door.judge(Hello(id: ServerID(1), identity: 0xB2), mine: mine, now: 0)
        let named = try #require(line(door.judge(Hello(id: ServerID(2), identity: 0xB2), mine: mine, now: 0)))
        #expect(named.contains("as 2 servers do") && named.contains("move this server's dataDir"))
    }

    /// Observers, and voters of no weight, say nothing about who is the stranger.
    @Test func onlyWhoCountsMakesAQuorumForeign() throws {
        let groups = [
            VoterGroup([
                .init(ServerID(1), weight: 0), .init(ServerID(2), weight: 1), .init(ServerID(3), weight: 0),
            ])
        ]
        var door = Acquaintance(ensemble: Self.ensemble(groups))
        for id in [4, 5, 1] {
            let hello = Hello(id: ServerID(id), identity: 0xB2)
            #expect(try !#require(line(door.judge(hello, mine: mine, now: 0))).contains("this server's dataDir"))
        }
        let named = try #require(line(door.judge(Hello(id: ServerID(2), identity: 0xB2), mine: mine, now: 0)))
        #expect(named.contains("this server's dataDir"))
    }

    /// Before, all three of three ensembles were told to throw their data away.
    @Test func strangersToEachOtherAreNoQuorum() throws {
        var door = Acquaintance(ensemble: Self.three)
        _ = door.judge(Hello(id: ServerID(1), identity: 0xB2), mine: mine, now: 0)
        let named = try #require(line(door.judge(Hello(id: ServerID(2), identity: 0xC3), mine: mine, now: 0)))
        #expect(!named.contains("this server's"))
    }

    @Test func theSecretOpensAndIsNotTold() throws {
        let secret = try #require(PeerSecret("open sesame"))
        var door = Acquaintance(secret: secret, ensemble: Self.three)
        #expect(door.judge(Hello(id: ServerID(2), secret: secret), mine: mine, now: 0) == .welcome)
        for other in [PeerSecret(), PeerSecret("open sesamf")!, PeerSecret("open sesame ")!] {
            var door = Acquaintance(secret: secret, ensemble: Self.three)
            let named = try #require(line(door.judge(Hello(id: ServerID(2), secret: other), mine: mine, now: 0)))
            #expect(named.contains("server 2") && named.contains("peerSecret"))
            #expect(!named.contains("sesam"))
        }
        // One who has none refuses those who have one, or each would think that all have it.
        var open = Acquaintance(ensemble: Self.three)
        #expect(open.judge(Hello(id: ServerID(2), secret: secret), mine: mine, now: 0) != .welcome)
    }

    @Test func pausesGrowUntilALinkHasLasted() {
        var pause = DialPause()
        var waits: [Nanoseconds] = []
        var now: Nanoseconds = 0
        for _ in 0..<9 {
            pause.opened(at: now)
            now += 1_000_000
            waits.append(pause.next(at: now) / 1_000_000)
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 500, 500], "one that lets us in and shows us out")
        pause.opened(at: now)
        #expect(pause.next(at: now + DialPause.longest) == DialPause.first)
        _ = pause.next(at: now)
        pause.reset()
        #expect(pause.next(at: now) == DialPause.first)
    }
}
