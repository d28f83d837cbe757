import Log
import Testing
import Zab

@testable import Server

/// What is kept for `zphs` and `zbat`, and how much of it.
@Suite struct JournalTests {
    @Test func theNewestPhasesAreKept() {
        var journal = PhaseJournal()
        for time in 0..<UInt64(PhaseJournal.capacity + 3) {
            journal.note(.joining(leader: ServerID(2)), leader: ServerID(2), last: .zero, at: time)
        }
        let lines = journal.text.split(separator: "\n")
        #expect(lines.count == PhaseJournal.capacity)
        #expect(lines.first == "phase\t3\tjoining\t0\t2\t0")
        #expect(lines.last == "phase\t\(PhaseJournal.capacity + 2)\tjoining\t0\t2\t0")
    }

    @Test func aPhaseSaysEpochLeaderAndHistory() {
        var journal = PhaseJournal()
        let last = Zxid(epoch: 3, counter: 26)
        journal.note(.looking, leader: nil, last: last, at: 1)
        journal.note(synchronizedBy: "trunc", leader: ServerID(3), at: 2)
        journal.note(.following(leader: ServerID(3), epoch: 4), leader: ServerID(3), last: last, at: 3)
        #expect(
            journal.text
                == "phase\t1\tlooking\t0\t0\t30000001a\nsync\t2\ttrunc\t3\nphase\t3\tfollowing\t4\t3\t30000001a\n"
        )
    }

    @Test func nothingIsRecordedUntilAskedAndNoMoreOnceNobodyAsks() {
        let groups = GroupTimings()
        var timeline = BatchTimeline()
        #expect(!timeline.isRecording && !groups.isWanted)
        _ = timeline.take(server: ServerID(1), now: 5, groups: groups)
        #expect(timeline.isRecording && groups.isWanted)
        timeline.tick(10_000_000_005, groups: groups)
        #expect(timeline.isRecording)
        timeline.noteAck(Zxid(epoch: 1, counter: 1), of: ServerID(2), at: 6)
        timeline.tick(10_000_000_006, groups: groups)
        #expect(!timeline.isRecording && !groups.isWanted)
        #expect(!timeline.take(server: ServerID(1), now: 7, groups: groups).contains("ack"))
    }

    @Test func whatDoesNotFitIsCounted() {
        let groups = GroupTimings()
        var timeline = BatchTimeline()
        _ = timeline.take(server: ServerID(1), now: 5, groups: groups)
        for counter in 1...UInt32(BatchTimeline.capacity + 7) {
            timeline.noteAck(Zxid(epoch: 1, counter: counter), of: ServerID(2), at: 6)
        }
        let text = timeline.take(server: ServerID(1), now: 7, groups: groups)
        #expect(text.hasPrefix("server\t1\nclock\t7\nlost\t7\nack\t2\t100000001\t6\n"))
        #expect(timeline.take(server: ServerID(1), now: 8, groups: groups) == "server\t1\nclock\t8\nlost\t0\n")
    }

    /// A leader's batch: read when the first word of its round was, closed at the round's end. A learner's: when its
    /// proposals were read.
    @Test func aBatchIsTimedFromItsFirstWord() {
        let groups = GroupTimings()
        var timeline = BatchTimeline()
        _ = timeline.take(server: ServerID(1), now: 5, groups: groups)
        let (first, last) = (Zxid(epoch: 1, counter: 2), Zxid(epoch: 1, counter: 4))
        timeline.noteRead(10)
        timeline.noteRead(12)
        timeline.noteEndOfRound(20)
        timeline.noteHanded(first: first, last: last, bytes: 99, at: 25)
        timeline.noteRoundIsOver()
        timeline.noteRead(30)
        timeline.noteProposals(through: last, readAt: 32)
        timeline.noteEndOfRound(40)
        timeline.noteHanded(first: first, last: last, bytes: 99, at: 45)
        let text = timeline.take(server: ServerID(1), now: 50, groups: groups)
        #expect(text.contains("batch\t100000002\t100000004\t10\t20\t25\t99\n"))
        #expect(text.contains("batch\t100000002\t100000004\t32\t32\t45\t99\n"))
    }
}
