import Results
import TestSupport

/// A row of each file with something in every column.
enum Filled {
    static let moment = Timestamp(unixNanoseconds: 1_795_224_245_250_000_000)

    static let run: SummaryRow = {
        var row = Samples.row(repeatNumber: 2, achieved: 52_341)
        row.systemVersion = "1.2"
        row.batchPolicy = "natural"
        row.durationSeconds = 8.001
        row.plannedSeconds = 8
        row.errors = 3
        row.load.point = "saturation"
        row.load.ratePerSecond = 5000
        row.load.rateProfile = "ramp 100 to 9900/s"
        row.load.ofCapacity = 0.4
        row.capacityPerSecond = 130_000
        (row.precision.responseP99, row.precision.isTimeUp) = (0.125, true)
        (row.objective.p50, row.objective.p99, row.objective.p999) = (1, 20, 100.5)
        row.load.connectTo = "leader"
        row.load.mix = "set:100"
        row.load.keys = 10_000
        (row.load.multi, row.load.reads, row.observers) = (4, "linearizable", 2)
        row.shards = 4
        row.kinds.readsPerSecond = 26_000
        (row.kinds.readResponse.p50Microseconds, row.kinds.readResponse.p99Microseconds) = (200, 900.5)
        (row.kinds.writeResponse.p50Microseconds, row.kinds.writeResponse.p99Microseconds) = (400, 1900.5)
        (row.kinds.znodeWritesPerSecond, row.kinds.cpuMicrosecondsPerOperation) = (104_000, 2.5)
        row.load.warmUpSeconds = 2
        row.response.meanMicroseconds = 600.5
        row.service.p999Microseconds = 812.25
        row.proof.ambiguous = 1
        row.proof.reordered = 0
        row.proof.digestsAgree = true
        row.proof.digest = "00ff"
        row.proof.digestZxid = "0x100000007"
        row.cost.syncsPerWrite = 0.1
        row.cost.bytesWrittenPerWrite = 700
        row.cost.logBytesPerWrite = 701
        row.cost.allocationsPerWrite = 0.25
        row.cost.cpuMicrosecondsPerWrite = 4.5
        row.cost.leaderSyncsPerSecond = 900
        row.cost.leaderSyncShare = 0.5
        row.cost.busyCores = 1.9
        row.context.leaderID = 3
        row.context.cores = 2
        row.context.isMachineLimited = true
        row.context.isGeneratorLimited = true
        row.context.generatorBusyShare = 0.75
        row.context.generatorMicrosecondsPerOperation = 1.5
        row.context.operationsCompleted = 400_000
        row.context.writesMeasured = 399_999
        row.context.unfinished = 5
        row.context.outages = 1
        row.context.longestSilenceSeconds = 0.125
        row.context.limiterHint = "cpu"
        row.context.isTraced = true
        row.context.turnMilliseconds = 50
        row.context.orderIndex = 7
        row.context.seed = UInt64.max
        row.context.environmentDigest = "d1"
        row.context.commit = "abc"
        row.log.inFlight = 2
        row.log.directories = "separate"
        row.log.syncsPerSecond = 2700
        row.log.batchMean = 58.5
        row.log.batchP50AtMost = 64
        row.log.batchP99AtMost = 128
        row.log.batchMaxAtMost = 256
        row.log.identityRatio = 0.99
        row.log.logBytesPerPayloadByte = 5.5
        row.device.flushesPerWrite = 0.05
        row.device.flushesPerSecond = 2600
        row.device.writesPerSecond = 2800
        row.device.writtenBytesPerPayloadByte = 6.25
        row.limits.timesFloor = 1.25
        row.limits.perSecond = 90_000
        row.limits.percent = 58
        row.limits.name = "sync"
        row.durability = .init(survivesProcessCrash: true, survivesPowerLoss: false, acknowledgedLost: 12)
        row.leader.bytesOutPerWrite = 400
        row.leader.loopUtilization = 0.6
        row.leader.logUtilization = 0.2
        row.leader.loopWaitShare = 0.1
        row.leader.loopMicrosecondsPerWrite = 2.5
        row.leader.logMicrosecondsPerWrite = 0.5
        row.leader.busyCores = 0.75
        row.leader.busiestThread = "SyncThread:2"
        row.leader.busiestThreadShare = 0.45
        row.leader.limiter = "disk sync"
        row.leader.limiterEvidence = "the leader's log was in a sync, mostly"
        row.links = "proxied, 5 ms"
        row.injected = "sync 2000us"
        row.generatorBoundPerSecond = 900_000
        (row.load.recipe, row.load.storm) = ("lock", "leader_killed")
        (row.load.stormWatches, row.load.stormReaders) = (2, 8)
        (row.recipe.readsPerRecipe, row.recipe.writesPerRecipe, row.recipe.refusalsPerRecipe) = (4.5, 3, 0.25)
        row.foreign.share = 0.125
        row.foreign.steal = 0.01
        row.limits.isValid = true
        row.limits.note = "of unknown quality"
        row.floors.timesDisk = 1.5
        row.floors.timesYardstickP50 = 3.5
        row.floors.timesYardstickP99 = 4.5
        row.floors.ofYardstick = 0.25
        return row
    }()

    static let second: SecondRow = {
        var row = SecondRow(
            tag: Samples.tag(1),
            time: moment,
            elapsedSeconds: 3,
            lengthSeconds: 1.001,
            phase: "measured",
            offeredPerSecond: 100,
            achievedPerSecond: 99.5,
            errors: 1,
            responseP50Microseconds: 5,
            responseP99Microseconds: 9,
            responseMaxMicroseconds: 10,
            sessionsConnected: 16
        )
        row.foreign.share = 0.25
        row.foreign.steal = 0.5
        return row
    }()

    static let bin: FaultBinRow = {
        var row = FaultBinRow(tag: Samples.tag(1), faultNumber: 2, kind: "leader_killed")
        row.time = moment
        row.elapsedSeconds = 4.3
        row.sinceFaultSeconds = 0.05
        row.lengthSeconds = 0.1
        row.offeredPerSecond = 1000
        row.achievedPerSecond = 750
        row.errors = 3
        row.responseP50Microseconds = 5
        row.responseP99Microseconds = 9
        row.responseMaxMicroseconds = 10
        row.sessionsConnected = 16
        return row
    }()

    static let server: ServerRow = {
        var row = ServerRow(
            tag: Samples.tag(1),
            time: moment,
            elapsedSeconds: -0.5,
            lengthSeconds: 1,
            serverID: 2,
            state: "leader",
            pid: 4711,
            counters: [:],
            gauges: [:],
            lastZxid: "0x10"
        )
        for (place, counter) in ServerCounter.allCases.enumerated() { row.counters[counter] = UInt64(place + 1) }
        for (place, gauge) in ServerGauge.allCases.enumerated() { row.gauges[gauge] = UInt64(100 + place) }
        row.logQueueMicroseconds = 3.5
        row.syncMicroseconds = 90
        row.shard = 2
        return row
    }()

    static let storm: StormRow = {
        var row = StormRow()
        row.tag = Samples.tag(1)
        (row.point, row.fault, row.sessions, row.watches) = ("storm", "leader_killed", 1000, 2)
        (row.lost, row.back, row.expired) = (999, 990, 9)
        (row.firstMilliseconds, row.medianMilliseconds) = (1.5, 20)
        (row.p99Milliseconds, row.lastMilliseconds, row.boundMilliseconds) = (40, 45.5, 12)
        (row.watchesDue, row.watchesFired, row.readers) = (1980, 1979, 8)
        (row.readsPerSecondBefore, row.readsPerSecond) = (1000, 900.5)
        (row.readP99Milliseconds, row.longestSilenceMilliseconds) = (12.5, 7)
        return row
    }()

    static let turn = TurnRow(
        tag: Samples.tag(1),
        turn: 3,
        elapsedSeconds: 0.25,
        writes: 900,
        cpuMicroseconds: 4500.5,
        isWhole: true
    )

    static let event = EventRow(
        tag: Samples.tag(1),
        time: moment,
        elapsedSeconds: 1,
        event: "killed",
        serverID: 2,
        detail: "a \"detail\", in words"
    )

    static let stage = StageRow(
        tag: Samples.tag(1),
        kind: .rest,
        quantile: "p50",
        serverID: 2,
        stage: "rest",
        meanMicroseconds: 4,
        share: 0.01,
        writes: 900,
        unjoined: 1,
        isWithin: true,
        lostLines: 2
    )

    static let fault: ElectionRow = {
        var row = ElectionRow(tag: Samples.tag(1), time: moment)
        row.fault.number = 2
        row.fault.kind = "leader_killed"
        row.fault.point = "steady"
        row.fault.znodes = 1000
        row.fault.dataBytes = 128
        row.fault.isProxied = true
        row.fault.sessions = 16
        row.fault.observers = 2
        row.fault.offeredPerSecond = 5000
        row.phases = .init()
        row.phases?.lead = 1
        row.phases?.detection = 2
        row.phases?.failedRounds = 0.5
        row.phases?.vote = 3
        row.phases?.synchronization = 4
        row.phases?.firstCommit = 5
        row.clients.outage = 16
        row.clients.writesOwed = 80
        row.clients.writesFailedOrAmbiguous = 7
        row.clients.sessionsMoved = 9
        row.clients.sessionsExpired = 1
        row.clients.sessionOutageP50 = 14
        row.clients.sessionOutageMax = 20
        row.clients.watchesPlaced = 50
        row.clients.watchesKept = 49
        row.reign.rounds = 1
        row.reign.leaderBefore = 3
        row.reign.leaderAfter = 2
        row.reign.epochBefore = 1
        row.reign.epochAfter = 2
        row.reign.zxid = "0x200000000"
        row.reign.oldLeaderBack = 300
        row.reign.serversBack = 310
        row.reign.backBy = "diff"
        row.fault.elapsedSeconds = 4.25
        row.clients.outageBegin = -1
        row.clients.outageEnd = 15
        row.reign.repairBegun = 120.5
        row.why = "the phases are out of order"
        return row
    }()

    static let scaling: ScalingRow = {
        var key = LoadKey(run).acrossSizes
        // Not in the file: these are of one size, or of comparisons.
        key.links = ""
        key.turnMilliseconds = nil
        (key.rateProfile, key.ofCapacity) = ("", nil)
        var row = ScalingRow(folder: "f", subject: key, kind: .fit, quantity: "us_per_write", isMachineLimited: true)
        row.intercept = 20
        row.interceptLow = 19
        row.interceptHigh = 21
        row.slope = 10
        row.slopeLow = 9
        row.slopeHigh = 11
        row.rSquared = 0.99
        row.runs = 12
        row.sizes = "1 3 5"
        row.servers = 3.75
        row.verdict = .reached
        row.reason = "already"
        return row
    }()
}
