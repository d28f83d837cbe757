import Host
import Testing

@Suite struct PeerBrakeTests {
    @Test func peersAreHeldOnceAndLetGoOnce() {
        var brake = PeerBrake()
        let states = [false, true, true, false, false, true]
        let changes = states.map { brake.change(isBehind: $0) }
        #expect(changes == [nil, .hold, nil, .release, nil, .hold])
        #expect(brake.isHolding)
    }
}

@Suite struct FarewellTests {
    @Test func everythingIsSentBeforeThisSideSaysThatNothingComes() {
        var farewell = Farewell()
        #expect(farewell.begin(unsent: 1000) == .wait)
        #expect(farewell.sentAll() == .shutDownOutput)
        #expect(farewell.clientEnded() == .close)
    }

    @Test func aClientThatHasEndedStillGetsWhatIsReady() {
        var farewell = Farewell()
        #expect(farewell.clientEnded() == .wait)
        #expect(farewell.sentAll() == .close)
    }

    @Test func connectionsThatAreEndingHoldNoMoreThanTheirBound() {
        #expect(Farewell().begin(unsent: Farewell.unsentBytesMax) == .wait)
        #expect(Farewell().begin(unsent: Farewell.unsentBytesMax + 1) == .close)
        #expect(Farewell.patience(tick: 100) == Farewell.patienceMin)
        #expect(Farewell.patience(tick: 2_000_000_000) == 4_000_000_000)
    }
}
