import Foundation
import Measure
import Report
import Testing

@Suite struct MachineTableTests {
    private let fine = MachineCheck("clock source", "tsc")
    private let doubtful = MachineCheck("swap", "1.0 GB used", .warning, "swapoff -a")
    private let bad = MachineCheck("file system", "tmpfs on tmpfs", .worthless, "name a folder on a disk")

    @Test func theAnswerComesFirst() {
        #expect(
            MachineTable([fine], data: "d").text.hasPrefix("Nothing found here would distort a measurement.\n\ncheck")
        )
        #expect(MachineTable([fine, doubtful], data: "d").answer == "Results from here can be used, with 1 warning.")
        let table = MachineTable([doubtful, bad], data: "d")
        #expect(table.answer == "Do not measure here: results would be worthless (file system).")
        #expect(table.worthless == ["file system"])
    }

    @Test func remediesComeByWeightWithinEightyColumns() throws {
        let long = String(repeating: "many words ", count: 20)
        let text = MachineTable([fine, doubtful, bad, MachineCheck("x", "y", .unknown, long)], data: "d").text
        let worst = try #require(text.range(of: "  file system: name a folder"))
        let other = try #require(text.range(of: "  swap: swapoff -a"))
        #expect(worst.lowerBound < other.lowerBound)
        #expect(!text.contains("clock source:"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func programsReadAllOfIt() throws {
        let text = try MachineTable([fine, bad], data: "/srv").json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["data"] as? String == "/srv" && object["worthless"] as? [String] == ["file system"])
        let checks = try #require(object["checks"] as? [[String: String]])
        #expect(checks[0] == ["check": "clock source", "found": "tsc", "verdict": "ok"])
        #expect(checks[1]["mend"] == "name a folder on a disk")
    }
}
