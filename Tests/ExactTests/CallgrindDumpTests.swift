import Foundation
import Testing

@testable import Exact

/// What callgrind writes is read: `callgrind/golden.out` is valgrind's own, and `golden.c` beside it says of what.
@Suite struct CallgrindDumpTests {
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "callgrind/golden.out")

    private static func dump(_ text: String) throws(InstructionError) -> CallgrindDump {
        try CallgrindDump(text: text, source: "d")
    }

    @Test func aFileOfCallgrindsIsRead() throws {
        let dump = try Self.dump(try String(contentsOf: Self.golden, encoding: .utf8))
        #expect(dump.creator == "callgrind-3.19.0" && dump.name == "second")
        let program = "/tmp/golden/golden"
        // By callgrind_annotate, too: what `twice` called is not its own, and `fall` called itself.
        #expect(
            dump.instructions.filter { $0.key.object == program }.map { "\($0.key.symbol) \($0.value)" }.sorted() == [
                "copied 8", "fall 8", "fall'2 36", "leaf 3012", "main'2 9", "twice 14", "zb_callgrind_toggle 6",
                "zb_valgrind_request 10",
            ]
        )
        let copy = CallgrindDump.Function(
            object: "/usr/lib/x86_64-linux-gnu/libc.so.6",
            symbol: "__memcpy_avx_unaligned_erms"
        )
        #expect(dump.instructions[copy] == 412)
        #expect(dump.instructions.values.reduce(0, +) == 3515)
    }

    @Test func aNameStandsOnceAndIsItsNumberFromThenOn() throws {
        let dump = try Self.dump(
            """
            creator: callgrind-3.19.0
            desc: Trigger: Client Request: one_3
            positions: instr line
            events: Ir
            ob=(1) /a
            fn=(1) f
            0x10 3 5
            cob=(2) /b
            cfn=(2) g
            calls=4 0x20 0
            +1 * 90
            ob=(2)
            fn=(2)
            0x20 1 7
            -3 +2
            ob=(1)
            fn=(3) h
            * 1 11
            totals: 23
            """
        )
        #expect(dump.name == "one_3")
        #expect(
            dump.instructions == [
                CallgrindDump.Function(object: "/a", symbol: "f"): 5,
                CallgrindDump.Function(object: "/b", symbol: "g"): 7,
                CallgrindDump.Function(object: "/a", symbol: "h"): 11,
            ]
        )
    }

    /// A line passed over would be instructions that are missing.
    @Test(
        arguments: [
            ("events: Ir Dr\ntotals: 0", "d:1: not a line of callgrind's that is known here: events: Ir Dr"),
            ("fn=(1) f\n0 5\njump=3 1\ntotals: 5", "d:3: not a line of callgrind's that is known here: jump=3 1"),
            ("fn=(1) f\n0 5 6\ntotals: 5", "d:2: not a line of callgrind's that is known here: 0 5 6"),
            ("fn=(1) f\n0 5\ntotals: 6", "d: its functions have 5 instructions, and it says 6"),
            ("fn=(1) f\n0 5\n", "d: its functions have 5 instructions, and it says no"),
            ("fn=(1) f\ncalls=1 0\nfn=(2) g", "d:3: not a line of callgrind's that is known here: fn=(2) g"),
            ("", "d: its functions have 0 instructions, and it says no"),
        ]
    )
    func whatIsNotUnderstoodIsAnError(text: String, words: String) {
        #expect(throws: InstructionError(description: words)) { try Self.dump(text) }
    }
}
