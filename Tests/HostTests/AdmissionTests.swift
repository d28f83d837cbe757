import Host
import Testing
import Zab

/// Values that change, behind references: so that their calls can stand in expectations.
private final class Gate {
    private var admission: Admission
    init(_ strangersMax: Int) { admission = Admission(Admission.Limits(strangersMax: strangersMax)) }

    var strangerCount: Int { admission.strangerCount }
    @discardableResult func admit(
        from address: AddressGroup,
        now: Nanoseconds
    ) -> (ticket: Admission.Ticket, displaced: Admission.Ticket?) { admission.admit(from: address, now: now) }
    func left(_ ticket: Admission.Ticket) { admission.left(ticket) }
    func takeOverdue(now: Nanoseconds) -> [Admission.Ticket] { admission.takeOverdue(now: now) }
    func takeOldest(of address: AddressGroup, now: Nanoseconds) -> Admission.Ticket? {
        admission.takeOldest(of: address, now: now)
    }
    func pause(now: Nanoseconds) -> Nanoseconds { admission.pause(now: now) }
}

private final class Complaints {
    private var filter = ComplaintFilter()
    var entryCount: Int { filter.entryCount }
    func admit(_ topic: ComplaintFilter.Topic, about address: AddressGroup?, now: Nanoseconds) -> Int? {
        filter.admit(topic, about: address, now: now)
    }
}

private final class Budget {
    private(set) var value: DescriptorBudget
    init(_ value: DescriptorBudget) { self.value = value }
    func reserve(_ needs: DescriptorBudget.Needs) -> Bool { value.reserve(needs) }
}

@Suite struct AdmissionTests {
    private static let ms: Nanoseconds = 1_000_000
    private static let a = AddressGroup(bytes: [10, 0, 0, 1])
    private static let b = AddressGroup(bytes: [10, 0, 0, 2])

    @Test func aStrangerThatSaysNothingIsClosedInTime() {
        let admission = Gate(8)
        let silent = admission.admit(from: Self.a, now: 0).ticket
        let quick = admission.admit(from: Self.a, now: 10 * Self.ms).ticket
        let late = admission.admit(from: Self.b, now: 20 * Self.ms).ticket
        admission.left(quick)
        #expect(admission.takeOverdue(now: Admission.patience - 1) == [])
        #expect(admission.takeOverdue(now: Admission.patience) == [silent])
        #expect(admission.takeOverdue(now: Admission.patience + 20 * Self.ms) == [late])
        #expect(admission.strangerCount == 0)
        // Who is closed is forgotten: its end is no news.
        admission.left(silent)
        #expect(admission.strangerCount == 0)
    }

    @Test func aFloodPushesOutItsOwn() {
        let admission = Gate(8)
        let alone = admission.admit(from: Self.b, now: 0).ticket
        var pushedOut: [Admission.Ticket] = []
        for index in 1...1000 {
            if let displaced = admission.admit(from: Self.a, now: UInt64(index) * Self.ms).displaced {
                pushedOut.append(displaced)
            }
            #expect(admission.strangerCount <= 7, "one and three quarters of 8")
        }
        #expect(pushedOut.count == 994)
        #expect(pushedOut == pushedOut.sorted(), "the oldest first")
        #expect(!pushedOut.contains(alone))
    }

    @Test func aFloodFromManyAddressesIsBoundedInAll() {
        let admission = Gate(8)
        var pushedOut: [Admission.Ticket] = []
        for index in 0..<100 {
            let address = AddressGroup(bytes: [10, 1, 0, UInt8(index)])
            if let displaced = admission.admit(from: address, now: 0).displaced { pushedOut.append(displaced) }
            #expect(admission.strangerCount == min(index + 1, 8))
        }
        #expect(pushedOut == Array(0..<92))
        // Who has two of the places is the next to go, not who is oldest.
        let second = admission.admit(from: AddressGroup(bytes: [10, 1, 0, 99]), now: 0)
        #expect(second.displaced == 92)
        #expect(admission.admit(from: Self.a, now: 0).displaced == 99)
    }

    /// A whole flood on virtual time: idle connections come back the moment they are closed, and a peer of the same
    /// address dials, too. It stands behind all of them in the kernel's queue, and has said its hello when it is accepted.
    @Test(arguments: [16, 64, 256])
    func aPeerGetsInBesideAFloodOfItsOwnAddress(strangersMax: Int) {
        let admission = Gate(strangersMax)
        var queue = Array(repeating: false, count: 1100) + [true]
        var head = 0
        var now: Nanoseconds = 0
        var accepted = 0
        var peer: Admission.Ticket?
        let batch = 4
        while peer == nil, now < 60_000 * Self.ms {
            let pause = admission.pause(now: now)
            now += max(pause, Self.ms)
            guard pause == 0 else { continue }
            for _ in 0..<batch where head < queue.count {
                let (ticket, displaced) = admission.admit(from: Self.a, now: now)
                accepted += 1
                #expect(displaced == nil || displaced != peer)
                if queue[head] { peer = ticket }
                head += 1
                if displaced != nil { queue.append(false) }
            }
        }
        #expect(peer != nil)
        #expect(now <= 1101 / UInt64(strangersMax * 3 / 4) * Admission.grace + Admission.grace, "\(now / Self.ms) ms")
        // Its hello is read in the next turn of the loop, before anybody else is accepted.
        admission.left(peer!)
        #expect(!admission.takeOverdue(now: now + Admission.patience).contains(peer!))
    }

    @Test func nothingIsAcceptedWhileTheNextToGoIsYoung() {
        let admission = Gate(4)
        admission.admit(from: Self.a, now: 0)
        admission.admit(from: Self.a, now: 10 * Self.ms)
        #expect(admission.pause(now: 10 * Self.ms) == 0)
        let third = admission.admit(from: Self.a, now: 20 * Self.ms).ticket
        #expect(admission.pause(now: 20 * Self.ms) == Admission.grace - 20 * Self.ms, "three of one address")
        #expect(admission.pause(now: Admission.grace) == 0)
        admission.left(third)
        #expect(admission.pause(now: 20 * Self.ms) == 0, "one has spoken")
    }

    @Test func aPlaceIsTakenFromASilentOneThatIsNotYoung() {
        let admission = Gate(4)
        let first = admission.admit(from: Self.a, now: 0).ticket
        #expect(admission.takeOldest(of: Self.a, now: Admission.grace - 1) == nil)
        #expect(admission.takeOldest(of: Self.b, now: Admission.grace) == nil)
        #expect(admission.takeOldest(of: Self.a, now: Admission.grace) == first)
        #expect(admission.strangerCount == 0)
    }

    @Test func addressesAreGroupedByWhoHasThem() {
        let v6 = { (last: UInt8) in
            AddressGroup(bytes: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1] + [UInt8](repeating: last, count: 8))
        }
        #expect(v6(1) == v6(2))
        #expect("\(v6(1))" == "2001:db8:0:1::/64")
        let mapped = AddressGroup(bytes: [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1])
        #expect(mapped == Self.a)
        #expect("\(mapped)" == "10.0.0.1")
        #expect(AddressGroup(bytes: [10, 0, 0, 1]) != Self.b)
    }

    @Test func complaintsAreOneAMinuteAndBounded() {
        let filter = Complaints()
        #expect(filter.admit(.silent, about: Self.a, now: 0) == 0)
        for index in 1...500 { #expect(filter.admit(.silent, about: Self.a, now: UInt64(index)) == nil) }
        #expect(filter.admit(.malformed, about: Self.a, now: 500) == 0, "another topic")
        #expect(filter.admit(.silent, about: Self.b, now: 500) == 0)
        #expect(filter.admit(.silent, about: Self.a, now: ComplaintFilter.interval) == 500)
        var printed = 0
        for index in 0..<10_000 {
            let address = AddressGroup(bytes: [11, 0, UInt8(index >> 8), UInt8(index & 255)])
            if filter.admit(.silent, about: address, now: ComplaintFilter.interval + 1) != nil { printed += 1 }
        }
        #expect(printed <= ComplaintFilter.entriesMax + 1)
        #expect(filter.entryCount <= ComplaintFilter.entriesMax + ComplaintFilter.Topic.allCases.count)
        #expect(filter.admit(.silent, about: nil, now: 3 * ComplaintFilter.interval) == 10_000 - printed)
    }

    /// Every way of opening and closing leaves what is reserved to those it is reserved for, whatever number they get.
    @Test func clientsNeverHoldAReservedDescriptor() throws {
        let budget = Budget(DescriptorBudget(limit: 256))
        let needs = DescriptorBudget.Needs(
            peers: 2,
            inFlight: 1,
            strangersPerPeerPort: DescriptorBudget.strangersPerPeerPort(limit: 256)
        )
        #expect(budget.reserve(needs))
        var open = Set(0..<20)
        var mine = open
        var mostOpen = 0
        var clients: Set<Int> = []
        var random: UInt64 = 1
        func draw(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for _ in 0..<3000 {
            let lowest = (0..<256).first { !open.contains($0) }
            switch draw(4) {
            case 0, 1:
                if let lowest, lowest < budget.value.clientCeiling {
                    open.insert(lowest)
                    clients.insert(lowest)
                }
            case 2:
                // The server opens one of its own: there always is one while it keeps to what it has reserved.
                if mine.count < budget.value.reserved {
                    let descriptor = try #require(lowest)
                    open.insert(descriptor)
                    mine.insert(descriptor)
                }
            default:
                guard let gone = (draw(3) == 0 ? mine : clients).sorted().dropFirst(draw(8)).first else { continue }
                open.remove(gone)
                mine.remove(gone)
                clients.remove(gone)
            }
            mostOpen = max(mostOpen, open.count)
        }
        #expect(mostOpen > 240, "it was tight")
    }

    @Test func aLimitThatIsTooSmallIsRefusedWithWhatIsNeeded() {
        let needs = DescriptorBudget.Needs(peers: 2, inFlight: 1, strangersPerPeerPort: 16)
        let needed = DescriptorBudget(limit: 0).limitNeeded(for: needs)
        let small = Budget(DescriptorBudget(limit: needed - 1))
        #expect(!small.reserve(needs))
        #expect(small.value.reserved == DescriptorBudget.runtime)
        let enough = Budget(DescriptorBudget(limit: needed))
        #expect(enough.reserve(needs))
        #expect(enough.value.clientCeiling == DescriptorBudget.clientsMin)
        #expect(!enough.reserve(needs), "a second server in the same process")
        var released = enough.value
        released.release(needs)
        #expect(released == DescriptorBudget(limit: needed))
    }
}
