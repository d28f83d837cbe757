import Measure
import Results
import TestSupport
import Testing

@testable import Report

@Suite struct LimiterTests {
    /// A closed loop on two cores that uses nothing up.
    private func facts(_ change: (inout Limiter.Facts) -> Void = { _ in }) -> Limiter.Facts {
        var facts = Limiter.Facts()
        facts.generatorBusyShare = 0.3
        facts.busyCores = 1
        facts.cores = 2
        facts.syncShare = 0.5
        facts.loopUtilization = 0.4
        facts.logUtilization = 0.1
        facts.loopWaitShare = 0.1
        facts.window = 1024
        change(&facts)
        return facts
    }

    private func found(_ change: (inout Limiter.Facts) -> Void) -> Limiter? { Limiter.find(facts(change))?.limiter }

    @Test func nothingIsUsedUp() throws {
        let closed = try #require(Limiter.find(facts { $0.largestStage = ("sync", 0.6) }))
        #expect(closed.limiter == .latency)
        #expect(
            closed.evidence
                == "1024 operations in flight wait for their answers, and nothing is used up: 1.00 of 2 cores busy, "
                + "the leader's loop 40.0 %, its syncs 50.0 %; half of the writes wait longest in sync (60.0 %)"
        )
        #expect(found { $0.isOpenLoop = true } == .offeredRate)
    }

    /// Of servers that are not ours nobody knows the threads beforehand.
    @Test func anotherSystemsBusiestThread() throws {
        func foreign(_ share: Double, _ change: (inout Limiter.Facts) -> Void = { _ in }) -> Limiter.Facts {
            facts { facts in
                (facts.loopUtilization, facts.logUtilization, facts.loopWaitShare) = (nil, nil, nil)
                facts.leaderThread = ("CommitProcessor", share)
                change(&facts)
            }
        }
        let busy = try #require(Limiter.find(foreign(0.86)))
        #expect(busy.limiter == .leaderThread)
        #expect(busy.evidence == "the leader's thread CommitProcessor was on a processor 86.0 % of the time")
        let idle = try #require(Limiter.find(foreign(0.84)))
        #expect(idle.limiter == .latency)
        #expect(
            idle.evidence.contains("the leader's busiest thread (CommitProcessor) 84.0 %, its syncs 50.0 %"),
            "\(idle.evidence)"
        )
        // A thread that has its processor nearly all of the time is not kept from it by others.
        let others = foreign(0.86) { $0.foreign = ForeignLoad(share: 0.5, steal: nil) }
        #expect(Limiter.find(others)?.limiter == .leaderThread)
        #expect(Limiter.find(foreign(0.86) { $0.generatorBusyShare = 0.95 })?.limiter == .generator)
    }

    @Test func theGenerator() throws {
        #expect(found { $0.generatorBusyShare = 0.9 } == .generator)
        #expect(found { $0.generatorBusyShare = 0.89 } == .latency)
        #expect(found { $0.isGeneratorLimited = true } == .generator)
        // Whatever else is used up: a busy generator tried nothing else.
        #expect(
            found {
                $0.generatorBusyShare = 0.95
                $0.syncShare = 1
                $0.busyCores = 2
            } == .generator
        )
    }

    @Test func theLeadersThreads() throws {
        #expect(found { $0.loopUtilization = 0.85 } == .loopThread)
        #expect(
            found {
                $0.loopUtilization = 0.84
                $0.loopWaitShare = 0.05
            } == .latency
        )
        #expect(found { $0.logUtilization = 0.86 } == .logThread)
        let loop = try #require(
            Limiter.find(
                facts {
                    $0.loopUtilization = 0.92
                    $0.busyCores = 1.95
                }
            )
        )
        #expect(loop.limiter == .loopThread)
        #expect(loop.evidence == "the leader's loop thread was on a processor 92.0 % of the time")
        // Never idle, and seldom without a processor.
        #expect(
            found {
                $0.loopUtilization = 0.7
                $0.loopWaitShare = 0.25
            } == .loopThread
        )
    }

    @Test func theWholeMachine() {
        #expect(found { $0.busyCores = 1.8 } == .wholeMachine)
        #expect(found { $0.busyCores = 1.79 } == .latency)
        // Ready, and without a processor for nearly as long as with one.
        #expect(
            found {
                $0.loopUtilization = 0.5
                $0.loopWaitShare = 0.45
            } == .wholeMachine
        )
        let others = Limiter.find(
            facts {
                $0.loopUtilization = 0.2
                $0.loopWaitShare = 0.75
            }
        )
        #expect(
            others?.evidence
                == "the leader's loop thread was ready and had no processor 75.0 % of the time, while servers and generator "
                + "kept 1.00 of 2 cores busy: other programs ran beside them"
        )
        // A log thread that waits for a processor makes its syncs look long.
        #expect(
            found {
                $0.busyCores = 1.9
                $0.syncShare = 0.9
            } == .wholeMachine
        )
    }

    /// Others had what is missing: more cores would help them as well.
    @Test func otherProcesses() throws {
        let beside = try #require(
            Limiter.find(
                facts {
                    $0.foreign = ForeignLoad(share: 0.5, steal: 0)
                    $0.loopUtilization = 0.3
                    $0.loopWaitShare = 0.6
                }
            )
        )
        #expect(beside.limiter == .others)
        #expect(
            beside.evidence
                == "others kept 1.00 of 2 cores busy, servers and generator 1.00, the leader's loop thread was ready "
                + "and had no processor 60.0 % of the time"
        )
        func others(_ share: Double, steal: Double? = 0, _ change: (inout Limiter.Facts) -> Void = { _ in }) -> Limiter?
        {
            found {
                $0.foreign = ForeignLoad(share: share, steal: steal)
                change(&$0)
            }
        }
        // No core is left, or the loop waits for one; and it takes a share that counts.
        #expect(others(0.4) == .others)
        #expect(others(0.39) == .latency)
        #expect(others(0.1) { $0.busyCores = 1.6 } == .others)
        #expect(others(0.09) { $0.busyCores = 1.8 } == .wholeMachine)
        #expect(others(0.1) { $0.loopWaitShare = 0.25 } == .others)
        #expect(others(0.1) { $0.loopWaitShare = 0.24 } == .latency)
        // As found: a third of two cores, and the advice was more cores.
        #expect(others(0.165) { $0.busyCores = 1.5 } == .others)
        // Never idle, but kept from its processor by others.
        #expect(
            others(0.2) {
                $0.loopUtilization = 0.65
                $0.loopWaitShare = 0.3
            } == .others
        )
        // A log that waits for a processor makes its syncs look long.
        #expect(others(0.5) { $0.syncShare = 0.95 } == .others)
        // A thread that has its processor is not kept from it, and a busy generator tried nothing else.
        #expect(others(0.4) { $0.loopUtilization = 0.85 } == .loopThread)
        #expect(others(0.4) { $0.logUtilization = 0.85 } == .logThread)
        #expect(others(0.4) { $0.generatorBusyShare = 0.9 } == .generator)
        // What the hypervisor took is named as such.
        let stolen = Limiter.find(facts { $0.foreign = ForeignLoad(share: 0.05, steal: 0.4) })
        #expect(stolen?.limiter == .others)
        #expect(stolen?.evidence.hasPrefix("the hypervisor gave 0.80 of 2 cores to other machines") == true)
        #expect(others(0.4, steal: nil) == .others)
    }

    /// That others ran beside is a guess only where nobody looked.
    @Test func nobodyElseIsBlamedWhereOthersWereQuiet() {
        let found = Limiter.find(
            facts {
                $0.foreign = ForeignLoad(share: 0.01, steal: 0)
                $0.loopUtilization = 0.2
                $0.loopWaitShare = 0.75
            }
        )
        #expect(found?.limiter == .wholeMachine)
        #expect(found?.evidence == "the leader's loop thread was ready and had no processor 75.0 % of the time")
    }

    /// Nothing is used up on average, but whoever has work waits for its turn.
    @Test func threadsThatTakeTurns() throws {
        let turns = try #require(
            Limiter.find(
                facts {
                    $0.loopUtilization = 0.3
                    $0.loopWaitShare = 0.49
                    $0.busyCores = 1.68
                }
            )
        )
        #expect(turns.limiter == .wholeMachine)
        #expect(
            turns.evidence
                == "the leader's loop thread was ready and had no processor 49.0 % of the time, and had one 30.0 % of it; "
                + "servers and generator kept 1.68 of 2 cores busy"
        )
        #expect(found { $0.loopWaitShare = 0.24 } == .latency)
        #expect(
            found {
                $0.loopUtilization = 0.55
                $0.loopWaitShare = 0.26
            } == .latency
        )
        // What is used up is named first.
        #expect(
            found {
                $0.loopWaitShare = 0.4
                $0.syncShare = 0.9
            } == .diskSync
        )
    }

    @Test func theDisk() {
        #expect(found { $0.syncShare = 0.8 } == .diskSync)
        #expect(found { $0.syncShare = 0.79 } == .latency)
    }

    @Test func theLeadersNetwork() throws {
        let egress = try #require(
            Limiter.find(
                facts {
                    $0.egressBytesPerSecond = 80e6
                    $0.wireBytesPerSecond = 100e6
                }
            )
        )
        #expect(egress.limiter == .egress)
        #expect(egress.evidence == "the leader sent 80.0 MB/s of the 100 MB/s that the wire takes")
        #expect(
            found {
                $0.egressBytesPerSecond = 79e6
                $0.wireBytesPerSecond = 100e6
            } == .latency
        )
        #expect(found { $0.egressBytesPerSecond = 80e6 } == .latency)
    }

    /// Servers that cannot be looked into may be limited by anything.
    @Test func tooLittleIsKnown() {
        #expect(Limiter.find(Limiter.Facts()) == nil)
        #expect(found { $0.syncShare = nil } == nil)
        #expect(
            found {
                $0.busyCores = nil
                $0.loopUtilization = nil
            } == nil
        )
        var busy = Limiter.Facts()
        busy.generatorBusyShare = 1
        #expect(Limiter.find(busy)?.limiter == .generator)
    }

    @Test func aRowSaysWhatLimitedIt() {
        var row = Samples.row(repeatNumber: 1, achieved: 1000)
        row.context.generatorBusyShare = 0.2
        row.context.cores = 2
        row.cost.busyCores = 1
        row.cost.leaderSyncShare = 0.93
        row.findLimiter(wireBytesPerSecond: nil)
        let table = CSVTable(parsing: SummaryRow.header + row.line)
        #expect(table.text(table.rows[0], "limiter") == "disk sync")
        #expect(table.text(table.rows[0], "limiter_evidence") == "the leader's log was in a sync 93.0 % of the time")
    }
}
