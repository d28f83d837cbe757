import Testing

@testable import Workload

@Suite struct TurnCostTests {
    private func mark(_ border: UInt64, at: UInt64, writes: Int, processor: UInt64?, isIdle: Bool = true) -> TurnMark {
        TurnMark(border: border, at: at, writes: writes, processor: processor, isIdle: isIdle)
    }

    @Test func aTurnGoesFromItsBorderToTheNext() {
        let lanes = [
            [
                mark(0, at: 1, writes: 5, processor: 50), mark(200, at: 201, writes: 15, processor: 150),
                mark(400, at: 400, writes: 35, processor: 450, isIdle: false),
                mark(.max, at: 590, writes: 50, processor: 700),
            ],
            [
                mark(0, at: 3, writes: 1, processor: 60), mark(200, at: 200, writes: 2, processor: 140),
                mark(400, at: 409, writes: 3, processor: 999), mark(.max, at: 600, writes: 4, processor: 720),
            ],
        ]
        let costs = TurnCost.costs(lanes, from: 200)
        // Before a turn the first reading counts, at the end the last one.
        #expect(
            costs == [
                TurnCost(atNanoseconds: 200, writes: 21, processorNanoseconds: 450 - 140, isWhole: false),
                TurnCost(atNanoseconds: 400, writes: 16, processorNanoseconds: 720 - 450, isWhole: false),
            ]
        )
        #expect(TurnCost.costs(lanes, from: 0).first?.isWhole == true)
    }

    @Test func whatIsNotKnownIsNoCost() {
        let whole = [mark(0, at: 0, writes: 0, processor: 1), mark(.max, at: 9, writes: 1, processor: 2)]
        #expect(TurnCost.costs([whole], from: 0).count == 1)
        #expect(TurnCost.costs([], from: 0).isEmpty)
        // A load that was cut off has no end.
        #expect(TurnCost.costs([[whole[0]]], from: 0).isEmpty)
        #expect(TurnCost.costs([whole, [whole[1]]], from: 0).isEmpty)
        #expect(TurnCost.costs([[whole[0], mark(.max, at: 9, writes: 1, processor: nil)]], from: 0).isEmpty)
        // A server that was restarted begins at nothing.
        #expect(TurnCost.costs([[whole[1], mark(.max, at: 9, writes: 1, processor: 1)]], from: 0).isEmpty)
    }

    @Test func bordersAreWhereTheOthersTurnEnds() {
        let first = TurnSchedule(start: 1010, length: 100, rest: 10, isFirst: true)
        let second = TurnSchedule(start: 1010, length: 100, rest: 10, isFirst: false)
        #expect([0, 1000, 1001, 1200, 1201].map(first.nextBorder(from:)) == [1000, 1000, 1200, 1200, 1400])
        #expect([0, 1000, 1001, 1200, 1201].map(second.nextBorder(from:)) == [1100, 1100, 1100, 1300, 1300])
        for schedule in [first, second] {
            for time in UInt64(1000)..<2000 {
                let border = schedule.nextBorder(from: time)
                #expect(!schedule.isSending(at: border) && schedule.isSending(at: border + schedule.rest))
            }
        }
    }
}
