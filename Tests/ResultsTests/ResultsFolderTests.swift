import Foundation
import Glibc
import Report
import TestSupport
import Testing

@testable import Results

@Suite struct ResultsFolderTests {
    static let moment = Timestamp(unixNanoseconds: 1_795_224_245_250_000_000)

    private let temporary = TemporaryFolder()
    private var root: URL { URL(filePath: temporary.path(of: "results")) }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "19700101T000000Z"),
            (951_782_399_999_000_000, "2000-02-28T23:59:59.999Z", "20000228T235959Z"),
            (951_868_800_000_000_000, "2000-03-01T00:00:00.000Z", "20000301T000000Z"),
            (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000Z", "20240229T000000Z"),
            (1_795_224_245_250_000_000, "2026-11-21T01:24:05.250Z", "20261121T012405Z"),
        ] as [(Int64, String, String)]
    )
    func moments(_ nanoseconds: Int64, _ iso: String, _ compact: String) {
        #expect(Timestamp(unixNanoseconds: nanoseconds).iso8601 == iso)
        #expect(Timestamp(unixNanoseconds: nanoseconds).compact == compact)
    }

    @Test(arguments: [
        ("quick", "20261121T012405Z-quick"), ("a b/../c", "20261121T012405Z-a-b-..-c"), ("", "20261121T012405Z-run"),
    ])
    func names(_ workload: String, _ name: String) {
        #expect(ResultsFolder.name(workload: workload, startedAt: Self.moment) == name)
    }

    /// report.html is made of what is in the folder, whoever made that, and says what is missing.
    @Test func aReportIsMadeAgain() throws {
        let made = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        let folder = try ResultsFolder(existing: made.url.path)
        #expect(folder.name == made.name)
        #expect(throws: ManifestError.self) { try ManifestHead(reading: folder.read("manifest.json"), name: "m") }
        let text = """
            {"commit": "abc", "zabbench_version": "1.2", "environment_digest": "d1", "new_member": [1],
             "environment": {"cpu_model": "C", "cores": 2, "kernel": "6.1", "memory_bytes": 1,
                             "storage": {"file_system": "ext4", "source": "/dev/x", "fua": null}},
             "skipped": [{"system": "etcd", "reason": "etcd is not installed: make peers"}]}
            """
        let head = try ManifestHead(reading: text, name: "m")
        #expect(head.machine == "C, 2 cores, kernel 6.1, ext4 on /dev/x; zabbench 1.2 at abc, environment d1")
        try folder.writeReport(head)
        #expect(made.read("report.html").contains("zabbench 1.2 at abc"))
        #expect(made.read("report.html").contains("<li>Skipped: etcd is not installed: make peers</li>"))
        #expect(throws: ResultsError.self) { try ResultsFolder(existing: root.path + "/none") }
    }

    @Test func whyAFolderCannotBeMadeIsSaid() throws {
        try temporary.write([], "file")
        for (name, text) in [
            ("file", "not a folder"), ("file/below", "not a folder"),
        ] {
            let error = #expect(throws: ResultsError.self) {
                try ResultsFolder(root: URL(filePath: temporary.path(of: name)), workload: "q", startedAt: Self.moment)
            }
            #expect(error?.isMistake == true)
            #expect(error?.description == "\(temporary.path(of: "file")): \(text); choose another with --results")
        }
        let error = #expect(throws: ResultsError.self) {
            try ResultsFolder(root: URL(filePath: "/proc/x/y"), workload: "q", startedAt: Self.moment)
        }
        #expect(error?.description == "/proc/x: no folder can be made there; choose another with --results")
    }

    @Test func twoRunsOfOneSecondGetTwoFolders() throws {
        let first = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        let second = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        #expect(first.name == "20261121T012405Z-quick")
        #expect(second.name == "20261121T012405Z-quick-2")
    }

    @Test func latestPointsToTheNewest() throws {
        let first = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        try first.markLatest()
        let second = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        try second.markLatest()
        let link = root.appendingPathComponent("latest").path
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == second.name)
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).count == 3)
    }

    @Test func aFolderNamedLatestIsLeftAlone() throws {
        let own = root.appendingPathComponent("latest")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        let folder = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        let error = #expect(throws: ResultsError.self) { try folder.markLatest() }
        #expect(error?.code == EEXIST)
    }

    @Test func rowsFollowOneHeader() throws {
        let folder = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        for number in 1...3 {
            try folder.append(Samples.row(repeatNumber: number, achieved: 1))
        }
        let table = CSVTable(parsing: folder.read("summary.csv"))
        #expect(table.rows.count == 3)
        #expect(table.header.first == "schema_version")
        try folder.replace("manifest.json", with: "old")
        try folder.replace("manifest.json", with: "new")
        #expect(folder.read("manifest.json") == "new")
    }

    @Test func aFullDiskIsOneClearError() throws {
        let folder = try ResultsFolder(root: root, workload: "quick", startedAt: Self.moment)
        // /dev/full answers every write with ENOSPC.
        #expect(symlink("/dev/full", folder.url.appendingPathComponent("summary.csv").path) == 0)
        let error = #expect(throws: ResultsError.self) {
            try folder.append(Samples.row(repeatNumber: 1, achieved: 1))
        }
        #expect(error?.description.contains("summary.csv: No space left on device; free some space") == true)
    }

    @Test func aRootThatIsAFileIsAnError() throws {
        try temporary.make("results")
        let file = root.appendingPathComponent("file")
        try Data().write(to: file)
        #expect(throws: ResultsError.self) {
            try ResultsFolder(root: file, workload: "quick", startedAt: Self.moment)
        }
    }
}
