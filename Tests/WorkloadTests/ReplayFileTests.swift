import TestSupport
import Testing

@testable import Workload

/// What a recording may say, and what is said of one that is wrong.
@Suite struct ReplayFileTests {
    private let folder = TemporaryFolder()

    private func read(_ text: String, speed: Double = 1) throws -> ReplaySchedule {
        try folder.write(text.utf8, "s.csv")
        return try ReplayFile.read(folder.path(of: "s.csv"), speed: speed)
    }

    @Test func aRecordingIsRead() throws {
        let text =
            "at_us,operation,path,bytes\n0,create,/a,10\r\n1500.5,set,/a,2000\n\n1500.5,get,\"/b, \"\"c\"\"\",64\n"
            + "2000000,exists,/c,\n3000000,delete,/a,"
        let schedule = try read(text)
        #expect(schedule.count == 5 && schedule.pathCount == 3 && schedule.meanBytes == 1005)
        #expect(schedule.operations.map(\.at) == [0, 1_500_500, 1_500_500, 2_000_000_000, 3_000_000_000])
        #expect(schedule.operations.map(\.kind) == [.create, .set, .get, .exists, .delete])
        #expect(schedule.operations.map(\.bytes) == [10, 2000, 64, 0, 0])
        let keys = schedule.operations.map(\.key)
        #expect(keys[0] == keys[1] && keys[0] == keys[4] && Set(keys) == [0, 1, 2])
        // What is created first is not there at the start; what is read has what was read of it.
        #expect(!schedule.start[Int(keys[0])].isThere)
        #expect(schedule.start[Int(keys[2])].isThere && schedule.start[Int(keys[2])].bytes == 64)
        #expect(schedule.start[Int(keys[3])].isThere && schedule.start[Int(keys[3])].bytes == 0)
        #expect(schedule.mix == OperationMix(set: 1, get: 1, create: 1, delete: 1, exists: 1))
        #expect(abs(schedule.seconds - 3.000001) < 1e-9 && schedule.count(from: 0.001, to: 3) == 3)
        let fast = try read(text, speed: 2)
        #expect(fast.operations.map(\.at) == [0, 750_250, 750_250, 1_000_000_000, 1_500_000_000])
        #expect(fast.words.contains("at 2 times its speed") && fast != schedule)
        let again = try read(text)
        #expect(again == schedule)
    }

    @Test func columnsMayStandInAnyOrderAndUnit() throws {
        let one = try read("path,bytes,at_s,operation,client\n/a,5,0.25,set,7\n")
        #expect(one.operations.map(\.at) == [250_000_000] && one.operations[0].bytes == 5)
        #expect(try read("at_ms,operation,path,bytes\n2.5,get,/a,\n").operations.map(\.at) == [2_500_000])
    }

    /// As spreadsheets write UTF-8.
    @Test func aByteOrderMarkSaysNothing() throws {
        let marked = try read("\u{feff}at_us,operation,path,bytes\r\n0,set,/a,5\r\n")
        #expect(marked.operations.map(\.at) == [0] && marked.operations[0].bytes == 5)
        #expect(try read("\u{feff}\"at_us\",operation,path,bytes\n7,set,/a,5\n").operations.map(\.at) == [7000])
    }

    /// The text, and how the error goes on behind the file's name.
    @Test(arguments: [
        ("", ": the file is empty"), ("at_us,operation,path,bytes\n", ":1: no operation follows the header"),
        ("0,set,/a,5\n", ":1: one of the columns at_us, at_ms and at_s expected"),
        ("at_us,at_s,operation,path,bytes\n", ":1: at_us and at_s are both times; keep just one of them"),
        ("at_us,at_us,operation,path,bytes\n", ":1: the column at_us is there twice"),
        ("at_us;operation;path;bytes\n0;get;/a;\n", ":1: semicolons between the fields; a recording has commas"),
        ("at_us\toperation\tpath\tbytes\n", ":1: tabs between the fields; a recording has commas"),
        ("\u{feff}at_us;operation\n", ":1: semicolons between"),
        // A mark is at a file's beginning alone.
        ("at_us,operation,path,bytes\n\u{feff}0,get,/a,\n", ":2: at_us: \"\u{feff}0\" is not a time"),
        ("at_us,operation,path\n0,get,/a\n", ":1: no column bytes"),
        ("at_us,path,operation,path,bytes\n", ":1: the column path is there twice"),
        ("at_us,operation,path,bytes\n0,get,/a,\n5,put,/a,5\n", ":3: operation: \"put\" is not one of set, get,"),
        ("at_us,operation,path,bytes\n0,multi,/a,5\n", "list its parts"),
        ("at_us,operation,path,bytes\n5,get,/a,\n4.9,get,/a,\n", ":3: at_us: 4.9 is before the line above"),
        ("at_us,operation,path,bytes\n-1,get,/a,\n", ":2: at_us: \"-1\" is not a time"),
        ("at_us,operation,path,bytes\nnan,get,/a,\n", ":2: at_us: \"nan\" is not a time"),
        ("at_s,operation,path,bytes\n1764500000,get,/a,\n", ":2: at_s: \"1764500000\" is not a time from the start"),
        ("at_us,operation,path,bytes\n0,set,/a,-1\n", ":2: bytes: \"-1\" is not a whole number from 0 to 1000000"),
        ("at_us,operation,path,bytes\n0,set,/a,1000001\n", ":2: bytes: \"1000001\" is not"),
        ("at_us,operation,path,bytes\n0,create,/a,\n", ":2: bytes: \"\" is not"),
        ("at_us,operation,path,bytes\n0,get,a,\n", ":2: path: \"a\" does not begin with /"),
        ("at_us,operation,path,bytes\n0,get,/a,5,6\n", ":2: 5 fields, and the header has 4"),
        ("at_us,operation,path,bytes\n0,get,\"/a,5\n", ":2: a quote (\") that is not closed"),
        (String(repeating: "x", count: 200_000), ":1: longer than any line"),
    ])
    func aWrongRecordingIsOneLine(text: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(text) }
        #expect(error.description.hasPrefix(folder.path(of: "s.csv")) && error.description.contains(words), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func whatIsNoTextIsRefused() throws {
        try folder.write(Array("at_us,operation,path,bytes\n0,get,/".utf8) + [0xff, 0xfe, 0x0a], "s.csv")
        let error = try #require(throws: WorkloadError.self) {
            try ReplayFile.read(folder.path(of: "s.csv"), speed: 1)
        }
        #expect(error.description.hasSuffix("s.csv:2: not UTF-8 text; a recording is a CSV file"))
        let absent = try #require(throws: WorkloadError.self) { try ReplayFile.read("absent.csv", speed: 1) }
        #expect(absent.description == "absent.csv: the recording cannot be read: No such file or directory")
        #expect(throws: WorkloadError.self) { try ReplayFile.read(folder.path, speed: 1) }
    }

    // MARK: In a workload file

    private func workload(_ yaml: String) throws -> WorkloadFile {
        try folder.write("at_s,operation,path,bytes\n0,create,/a,8\n2,set,/a,90\n5,set,/b,90\n".utf8, "s.csv")
        return try WorkloadFile(yaml: yaml, source: folder.path(of: "w.yaml"))
    }

    @Test func aLoadIsWhatItsRecordingSays() throws {
        let yaml = "{warmup_s: 1, duration_s: 60, load: {mode: open, clients: 4, profile: {replay: s.csv}}}"
        let load = try #require(try workload(yaml).plannedRuns().first).load
        #expect(load.replay?.count == 3 && load.keys == 4 && load.payloadBytes == 63)
        #expect(abs(load.durationSeconds - 4.000001) < 1e-6 && abs((load.mode.ratePerSecond ?? 0) - 0.5) < 0.001)
        #expect(!load.hasCreatedNodes && load.mix == OperationMix(set: 2, create: 1))
        let cut = try workload(
            "{warmup_s: 0, duration_s: 1.5, load: {mode: open, profile: {replay: s.csv, speed: 2}}}"
        ).plannedRuns()[0].load
        #expect(cut.durationSeconds == 1.5 && cut.replay?.speed == 2 && cut.mode.ratePerSecond == 2 / 1.5)
    }

    /// What one system's longer warm-up takes is not measured.
    @Test func aWarmUpOfASystemIsAPartOfTheRecording() throws {
        let head = "{warmup_s: 1, duration_s: 60, shuffle: false, ensemble: {systems: [zabbench, zookeeper], "
        let load = "load: {mode: open, clients: 4, profile: {replay: s.csv}}}"
        let runs = try workload(head + "warmup_s: {zookeeper: 3}}, " + load).plannedRuns().map(\.load)
        #expect(runs.map(\.warmUpSeconds) == [1, 3])
        #expect(runs.allSatisfy { abs($0.warmUpSeconds + $0.durationSeconds - 5.000001) < 1e-6 }, "\(runs)")
        #expect(abs((runs[1].mode.ratePerSecond ?? 0) - 0.5) < 0.001)
        let error = try #require(throws: WorkloadError.self) {
            try workload(head + "warmup_s: {zookeeper: 9}}, " + load)
        }
        #expect(error.description.contains("ensemble: warmup_s of zookeeper: the recording"), "\(error)")
        // Where it is not played it may be as long as it likes.
        let limited = load.replacing("clients: 4", with: "only_systems: zabbench")
        #expect(try workload(head + "warmup_s: {zookeeper: 9}}, " + limited).plannedRuns().count == 1)
    }

    @Test(arguments: [
        ("{load: {mode: open, rate_per_s: 5, profile: {replay: s.csv}}}", "rate_per_s is there, too"),
        ("{load: {mode: open, mix: {set: 1}, profile: {replay: s.csv}}}", "load.mix: the recording says it"),
        ("{load: {mode: open, profile: {replay: s.csv, ramp: {from: 1, to: 2}}}}", "replay is there, too"),
        ("{load: {mode: open, profile: {speed: 2}}}", "one of steps, ramp, sine, burst, replay expected"),
        ("{load: {mode: open, profile: {replay: s.csv, speed: 0}}}", "load.profile.speed: \"0\" is not a number"),
        ("{load: {profile: {replay: s.csv}}}", "load.profile: only an open loop has it"),
        ("{warmup_s: 9, load: {mode: open, profile: {replay: s.csv}}}", "is over after 5.0 s"),
        ("{load: {mode: open, profile: {replay: s.csv}}, faults: {}}", "faults: a recording is played by sessions"),
        ("{load: {mode: open, profile: {replay: t.csv}}}", "t.csv: the recording cannot be read"),
    ])
    func whatDoesNotGoTogetherIsRefused(yaml: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try workload(yaml) }
        #expect(error.description.contains(words) && !error.description.contains("\n"), "\(error)")
    }
}
