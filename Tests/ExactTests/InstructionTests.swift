import Foundation
import Report
import Testing

@testable import Exact

/// What is counted, the baseline as a file, and what a difference is called. The counts are made up.
@Suite struct InstructionTests {
    static let build = InstructionMeasurement.Build(
        compiler: "Swift version 6.3.1 (swift-6.3.1-RELEASE)",
        processor: "x86_64 with AVX2"
    )

    static func counts(_ name: String, engine: Int, system: Int = 1000, _ functions: [String: Int]) -> InstructionCounts
    {
        InstructionCounts(
            name: name,
            summary: "servers 3",
            writes: 10,
            parts: [.engine: engine, .runtime: 2000, .system: system],
            functions: functions
        )
    }

    static func measurement(
        _ loads: [InstructionCounts],
        build: InstructionMeasurement.Build = build,
        libraries: String = "glibc 2.36, callgrind-3.19.0"
    ) -> InstructionMeasurement {
        InstructionMeasurement(build: build, engine: "log 1, peers 2", libraries: libraries, loads: loads)
    }

    static let before = measurement([
        counts(
            "one",
            engine: 8000,
            ["Znodes.S.apply": 5000, "Zab.P.step": 3000, "Swift.Array.add": 2000, "m (libc)": 1000]
        ),
        counts("two", engine: 8000, ["Znodes.S.apply": 8000]),
    ])

    static func compare(
        _ now: InstructionMeasurement,
        with old: [InstructionMeasurement] = [before]
    ) throws -> InstructionComparison {
        var baseline = InstructionBaseline()
        for measurement in old { baseline.insert(measurement) }
        // As it is read, so that what the file leaves out is not known.
        return InstructionComparison(
            now,
            with: try InstructionBaseline(data: Data(baseline.text.utf8), source: "b.json")
        )
    }

    // MARK: Counting

    @Test func whoseCodeItIsDecidesThePart() {
        let functions: [(String, String, Int)] = [
            (
                "/t/zabbench", "$s6Znodes5SlotsV4grow33_6AD42314106FF545BBE2564830AA84C7LLyyFAA10WatchTableV0I0V_Tg5",
                100
            ),
            ("/t/zabbench", "$s6Znodes5SlotsV4grow33_6AD42314106FF545BBE2564830AA84C7LLyyFAA10PathChangeV_Tg5", 11),
            ("/t/zabbench", "zb_hash", 20), ("/t/zabbench", "swift_retain", 40), ("/t/zabbench", "$sSa6appendyyxnF", 3),
            // The simulator's own beginnings and ends are nobody's cost.
            ("/t/zabbench", "$s9Simulator9DiskMeterC5pauseSbSgyF", 7000), ("/t/zabbench", "zb_callgrind_toggle", 4),
            ("/lib/libc.so.6", "memcpy", 9), ("/lib/libjemalloc.so.2", "0x000a", 2),
        ]
        var text = "desc: Trigger: Client Request: one\npositions: line\nevents: Ir\n"
        for (object, symbol, count) in functions { text += "ob=\(object)\nfn=\(symbol)\n0 \(count)\n" }
        text += "totals: \(functions.map(\.2).reduce(0, +))\n"
        let load = InstructionReport.Load(name: "one", summary: "servers 3", writes: 10)
        #expect(throws: Never.self) {
            let dump = try CallgrindDump(text: text, source: "d")
            let counts = InstructionCounts(dump, of: load, program: "/t/zabbench")
            #expect(counts.parts == [.engine: 131, .runtime: 43, .system: 11])
            #expect(counts.program == 174 && counts.all == 185)
            #expect(
                counts.functions == [
                    "Znodes.Slots.grow": 111, "zb_hash": 20, "swift_retain": 40, "Swift.Array.append": 3,
                    "memcpy (libc)": 9, "code without a name (libjemalloc)": 2,
                ]
            )
        }
    }

    @Test func aProgramKnowsItsCompiler() {
        let words = "Swift version 6.3.1 (swift-6.3.1-RELEASE)"
        let program = Data("a\0Swift version \0Swift version of nothing)\0\(words)\0b".utf8)
        #expect(InstructionMeasurement.Build.compiler(of: program) == words)
        #expect(InstructionMeasurement.Build.compiler(of: Data("Swift version \0".utf8)) == nil)
    }

    // MARK: Comparing

    @Test func nothingDiffersFromItself() throws {
        let comparison = try Self.compare(Self.before)
        #expect(
            comparison.exitCode == .pass && comparison.differences.isEmpty && comparison.compared == ["one", "two"]
        )
    }

    @Test func aThousandthIsNothingAndMoreIsNamedWithItsFunctions() throws {
        func grown(by count: Int) -> InstructionMeasurement {
            var now = Self.before
            now.loads[0].parts[.engine]! += count
            now.loads[0].functions["Znodes.S.apply"]! += count
            return now
        }
        #expect(try Self.compare(grown(by: 10)).exitCode == .pass)
        let comparison = try Self.compare(grown(by: 387))
        #expect(comparison.exitCode == .regression)
        #expect(
            comparison.differences.flatMap(\.lines) == [
                "regressed: one program 1,000.0 -> 1,038.7 instructions/write (+3.87 %)",
                "    Znodes.S.apply 500.0 -> 538.7",
            ]
        )
    }

    /// Names that only one side has, and those that fell are not named for what grew.
    @Test func newAndVanishedFunctionsAreNamed() throws {
        var now = Self.before
        now.loads[0].parts[.engine] = 9000
        now.loads[0].functions = [
            "Znodes.S.apply": 4000, "Zab.P.step": 3000, "Swift.Array.add": 2000, "m (libc)": 1000,
            "Znodes.S.copy": 2000,
        ]
        let slower = try Self.compare(now)
        #expect(slower.differences.flatMap(\.lines).dropFirst() == ["    Znodes.S.copy under 0.20 % -> 200.0"])
        now.loads[0].parts[.engine] = 5000
        now.loads[0].functions = ["Znodes.S.apply": 5000, "Swift.Array.add": 2000, "m (libc)": 1000]
        let faster = try Self.compare(now)
        #expect(faster.exitCode == .regression)
        #expect(
            faster.differences.flatMap(\.lines) == [
                "better: one program 1,000.0 -> 700.0 instructions/write (-30.00 %)", "    Zab.P.step 300.0 -> none",
            ]
        )
    }

    @Test func anotherCompilerHasNoBaseline() throws {
        var other = Self.before
        other.build.compiler = "Swift version 6.4 (swift-6.4-RELEASE)"
        let comparison = try Self.compare(other)
        #expect(comparison.exitCode == .notComparable && comparison.differences.isEmpty && comparison.compared.isEmpty)
        #expect(
            comparison.obstacles == [
                "there is no baseline for this compiler and processor (Swift version 6.4 (swift-6.4-RELEASE), "
                    + "x86_64 with AVX2), only for: Swift version 6.3.1 (swift-6.3.1-RELEASE), x86_64 with AVX2"
            ]
        )
        #expect(try Self.compare(other, with: [Self.before, other]).exitCode == .pass)
    }

    @Test func librariesCompareOnOneMachineOnly() throws {
        var now = Self.before
        now.loads[0].parts[.system] = 1500
        now.loads[0].functions["m (libc)"] = 1500
        let here = try Self.compare(now)
        #expect(here.exitCode == .regression)
        #expect(
            here.differences.flatMap(\.lines) == [
                "regressed: one system 100.0 -> 150.0 instructions/write (+50.00 %)", "    m (libc) 100.0 -> 150.0",
            ]
        )
        now.loads[0].parts[.system] = 1100
        #expect(try Self.compare(now).exitCode == .pass)
        now.loads[0].parts[.system] = 1500
        now.libraries = "glibc 2.40, callgrind-3.24.0"
        let elsewhere = try Self.compare(now)
        #expect(elsewhere.exitCode == .pass && elsewhere.notes.count == 1)
    }

    @Test func anotherLoadOrEngineDoesNotCompare() throws {
        var now = Self.before
        now.loads[0].summary = "servers 5"
        let other = try Self.compare(now)
        #expect(other.exitCode == .notComparable && other.obstacles.count == 1 && other.compared == ["two"])
        now = Self.before
        now.engine = "log 2, peers 2"
        #expect(try Self.compare(now).exitCode == .notComparable)
        now = Self.before
        now.loads.removeLast()
        let fewer = try Self.compare(now)
        #expect(fewer.exitCode == .notComparable && fewer.differences.map(\.kind) == [.gone])
        #expect(try Self.compare(Self.before, with: [now]).differences.map(\.kind) == [.new])
    }

    // MARK: The file

    @Test func whatIsWrittenIsReadAndWrittenAgain() throws {
        var baseline = InstructionBaseline()
        baseline.insert(Self.before)
        var other = Self.before
        other.build.compiler = "Swift \"7\""
        baseline.insert(other)
        let read = try InstructionBaseline(data: Data(baseline.text.utf8), source: "b.json")
        #expect(read.text == baseline.text && read.measurements.count == 2)
        // One compiler's counts take only their own place.
        other.loads[0].parts[.engine] = 1
        baseline.insert(other)
        #expect(baseline.measurements.count == 2 && baseline.measurement(of: Self.build) == Self.before)
    }

    @Test(
        arguments: [
            ("", "not a baseline of instructions"), ("{\"format\": 1}", "not a baseline of instructions"),
            ("{\"format\": 2, \"builds\": []}", "a baseline of format 2, and this zabbench has 1"),
            ("{\"format\": 1, \"builds\": [{\"compiler\": \"x\"}]}", "a damaged baseline"),
        ]
    )
    func whatIsNoBaselineIsRefused(text: String, words: String) {
        #expect(
            throws: ExactBaselineError(description: "b.json: \(words); make it anew with --instructions --update")
        ) { try InstructionBaseline(data: Data(text.utf8), source: "b.json") }
    }

    // MARK: Machines that cannot

    @Test func withoutValgrindOneLineSaysWhatToInstall() {
        let error = InstructionError(
            description: "valgrind is needed to count instructions, and is not here: apt-get install valgrind",
            isObstacle: true
        )
        #expect(throws: error) {
            try CallgrindRun.find("valgrind", in: "/nowhere:/neither", package: "valgrind")
        }
    }

    /// Programs that only say what they are: nothing is counted of any.
    @Test(
        arguments: [
            ("exit 64", nil, "not a zabbench of this version; `make instructions` builds one"),
            ("", nil, "not a zabbench of this version; `make instructions` builds one"),
            (
                "debug", true,
                "a debug build, whose instructions tell nothing of a release build; `make instructions` builds one"
            ),
            (
                "release", false,
                "linked with Swift's libraries dynamically, which valgrind cannot run; `make instructions` builds one "
                    + "that is linked statically"
            ),
        ] as [(String, Bool?, String)]
    )
    func aProgramThatCannotBeCountedIsAnObstacle(kind: String, isStatic: Bool?, words: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "exact-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        func make(_ name: String, _ script: String) throws -> String {
            let path = folder.appending(path: name).path
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path + ".text"))
            // A program that we write ourselves cannot be started while a child of another test, between its fork and its
            // exec, has our descriptor of it (ETXTBSY).
            let install = Process()
            install.executableURL = URL(filePath: "/usr/bin/install")
            install.arguments = ["-m", "755", path + ".text", path]
            try install.run()
            install.waitUntilExit()
            try #require(install.terminationStatus == 0)
            return path
        }
        for tool in ["valgrind", "strip"] { _ = try make(tool, "exit 1") }
        var script = kind
        if let isStatic {
            var report = InstructionReport()
            report.configuration = kind
            report.isStatic = isStatic
            script = "echo '\(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))'"
        }
        let program = try make("program", script)
        let run = try CallgrindRun(workload: "w.yaml", program: program, path: folder.path)
        #expect(throws: InstructionError(description: "\(program): \(words)", isObstacle: true)) {
            try run.describe()
        }
    }

    // MARK: Outputs

    @Test func allOutputsSayTheSame() throws {
        var now = Self.before
        now.loads[0].parts[.engine]! += 387
        now.loads[0].functions["Znodes.S.apply"]! += 387
        let result = InstructionResult(now, .success(try Self.compare(now)), baseline: "b.json")
        let verdict =
            "instructions differ from b.json: 1 regressed; if that is meant, "
            + "update the baseline with --instructions --update, and commit it"
        #expect(
            InstructionOutputs.table(result)
                == """
                workload  instructions/write  engine  runtime  system  most of it
                --------  ------------------  ------  -------  ------  ---------------------------------------
                one                  1,138.7   838.7    200.0   100.0  Znodes.S.apply 47 %, Zab.P.step 26 %
                two                  1,100.0   800.0    200.0   100.0  Znodes.S.apply 72 %

                regressed: one program 1,000.0 -> 1,038.7 instructions/write (+3.87 %)
                    Znodes.S.apply 500.0 -> 538.7
                \(verdict)

                """.replacing(
                    "------  ---------------------------------------",
                    with: "------  ------------------------------------"
                )
        )
        let escaped = "program 1,000.0 -> 1,038.7 instructions/write (+3.87 %25)"
        let words = "program 1,000.0 -> 1,038.7 instructions/write (+3.87 %)"
        let cells = words.replacing(">", with: "&gt;")
        #expect(
            InstructionOutputs.markdown(result).contains(
                "| one | regressed | \(cells) | Znodes.S.apply 500.0 -&gt; 538.7 |\n"
            )
        )
        #expect(InstructionOutputs.junit(result).contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\""))
        #expect(
            InstructionOutputs.junit(result).contains("<failure type=\"regressed\" message=\"regressed: one program")
        )
        #expect(
            InstructionOutputs.annotations(result).hasPrefix(
                "::error title=zabbench exact --instructions%3A 1 regressed::regressed: one \(escaped)%0A"
            )
        )
        let object =
            try JSONSerialization.jsonObject(with: Data(InstructionOutputs.json(result).utf8)) as? [String: Any]
        #expect(object?["exit_code"] as? Int == 2 && object?["verdict"] as? String == verdict)
        #expect((object?["loads"] as? [[String: Any]])?.count == 2)
    }

    @Test func anUpdateFailsNothingAndARefusalSaysWhy() throws {
        var now = Self.before
        now.loads[0].parts[.engine] = 4000
        let update = InstructionResult(now, .success(try Self.compare(now)), baseline: "b.json", isUpdate: true)
        #expect(update.exitCode == .pass && update.conclusion == "b.json: written; 1 better")
        #expect(InstructionOutputs.junit(update).contains("failures=\"0\" errors=\"0\""))
        #expect(!InstructionOutputs.annotations(update).contains("::error"))
        let reason = "valgrind is needed"
        let refused = InstructionResult(refused: reason, baseline: "b.json")
        #expect(refused.exitCode == .notComparable && InstructionOutputs.table(refused) == reason + "\n")
        #expect(InstructionOutputs.junit(refused).contains("<error message=\"\(reason)\"/>"))
        #expect(InstructionOutputs.annotations(refused).hasPrefix("::error title="))
    }
}
