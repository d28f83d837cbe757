import Results
import Testing

@testable import Report

@Suite struct StoredMatchingTests {
    private static func row(_ servers: Int, _ strategy: String, _ id: String) -> SummaryRow {
        var row = SummaryRow()
        row.tag.runID = id
        row.tag.system = "zabbench"
        row.tag.ensembleSize = servers
        row.tag.fsyncStrategy = strategy
        row.batchPolicy = "natural"
        row.log.inFlight = 1
        row.log.directories = "one"
        row.load.point = "saturation"
        row.load.mode = "closed"
        row.load.clients = 16
        row.load.outstanding = 64
        row.load.payloadBytes = 128
        return row
    }

    private let stored: StoredResults = {
        var stored = StoredResults()
        stored.runs = [
            row(3, "fdatasync_recycled", "a"), row(5, "fdatasync_recycled", "b"), row(5, "none_append", "c"),
        ]
        stored.events = ["a", "b", "c"].map { id in
            var event = EventRow()
            event.tag.runID = id
            return event
        }
        return stored
    }()

    @Test func allTextsMustStandInADescription() {
        #expect(stored.matching([]).runs.count == 3)
        let five = stored.matching(["5 servers", "fdatasync"])
        #expect(five.runs.map(\.tag.runID) == ["b"] && five.events.map(\.tag.runID) == ["b"])
        #expect(stored.matching(["saturation: closed 16x64", "natural, 1 in flight, one directory"]).runs.count == 3)
        #expect(stored.matching(["7 servers"]).runs.isEmpty)
        #expect(stored.descriptions.count == 3)
        #expect(
            stored.descriptions[0]
                == "zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural, 1 in flight, one directory"
        )
    }

    @Test func textIsBrokenAtBlanks() {
        let text = "one two three\n\nfour " + String(repeating: "x", count: 12) + " five\n"
        #expect(
            WrappedText.lines(text, width: 9) == "one two\nthree\n\nfour\n" + String(repeating: "x", count: 12)
                + "\nfive\n"
        )
    }

    @Test func scalingIsATableOfIntervals() {
        var fit = ScalingRow(
            folder: "",
            subject: LoadKey(Self.row(3, "a", "b")).acrossSizes,
            kind: .fit,
            quantity: "us_per_write",
            isMachineLimited: true
        )
        (fit.intercept, fit.interceptLow, fit.interceptHigh) = (1.5, 1, 2)
        (fit.slope, fit.slopeLow, fit.slopeHigh, fit.runs) = (0.25, -0.5, 1, 8)
        var network = fit
        (network.kind, network.quantity, network.verdict, network.servers) = (
            .prediction, "network_10_gbit", .reached, 5.25
        )
        var thread = fit
        (thread.kind, thread.quantity, thread.verdict) = (.prediction, "loop_thread", .never)
        let lines = ScalingTable.text([fit, network, thread], on: .wide).split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines[0] == "load µs/write, 1 server (95 %) µs per follower (95 %) runs 10 Gb/s loop thread"
        )
        #expect(
            lines[2] == "saturation: closed 16x64, 128 B 1.50 (1.00 to 2.00) 0.25 (-0.50 to 1.00) 8 at 5.25 never"
        )
        #expect(lines[3...].joined(separator: " ").contains("Some runs had more servers than cores"))
        #expect(ScalingTable.text([]).isEmpty)
    }
}
