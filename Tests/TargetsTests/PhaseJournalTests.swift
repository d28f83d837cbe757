import Testing
import Wire

@testable import Targets

@Suite struct PhaseJournalTests {
    @Test func phasesAreRead() {
        let journal = PhaseJournal(
            parsing: """
                server\t2
                phase\t100\tlooking\t3\t0\t30000000f
                sync\t150\tdiff\t1
                phase\t160\tfollowing\t4\t1\t30000000f
                future\tword\t7
                phase\t170\tpreparing\t4\t2\t400000001\tmore
                """
        )
        #expect(journal.server == 2)
        #expect(
            journal.events == [
                PhaseJournal.Event(server: 2, at: 100, phase: .looking, epoch: 3, zxid: 0x3_0000_000f),
                PhaseJournal.Event(server: 2, at: 160, phase: .following, epoch: 4, leader: 1, zxid: 0x3_0000_000f),
                PhaseJournal.Event(server: 2, at: 170, phase: .preparing, epoch: 4, leader: 2, zxid: 0x4_0000_0001),
            ]
        )
        #expect(
            journal.synchronizations == [
                PhaseJournal.Synchronization(server: 2, at: 150, means: "diff", leader: 1)
            ]
        )
    }

    /// A server may be killed in the middle of its answer, and another system does not know the word.
    @Test(arguments: [
        "", "\n\n", "phase", "phase\t1\tlooking\t3\t0", "phase\tx\tlooking\t3\t0\tf", "phase\t1\tflying\t3\t0\tf",
        "phase\t1\tlooking\t-3\t0\tf", "phase\t1\tlooking\t3\t0\tzz", "sync\t1\tdiff", "sync\tx\tdiff\t1",
        "zphs is not executed because it is not in the whitelist.",
    ])
    func whatCannotBeReadIsSkipped(_ text: String) {
        let journal = PhaseJournal(parsing: "server\t1\n" + text)
        #expect(journal.events.isEmpty && journal.synchronizations.isEmpty)
        #expect(journal.server == 1)
    }

    @Test func anAnswerWithoutAServerIsNobodys() {
        #expect(PhaseJournal(parsing: "server\tx\n").server == 0)
    }
}
