import Foundation
import Report
import Targets
import TestSupport
import Testing
import Wire
import Workload

@testable import Bench

/// Recordings from transaction logs. The log was written by Debian's ZooKeeper 3.8.0.
@Suite struct RecordTests {
    private static let log = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "zookeeper-log/log.1").path
    private let folder = TemporaryFolder()

    private func record(_ paths: [String]) throws -> (run: ProgramRun, text: String) {
        let run = try ProgramRun(ZabbenchProgram.path(), ["record"] + paths, in: folder.path)
        return (run, run.output)
    }

    /// The lines of a recording without their times, which are those of the day on which the log was written.
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").dropFirst().map { String($0.drop { $0 != "," }.dropFirst()) }
    }

    static let golden = [
        "create,/app,0", "create,/app/a,5", "set,/app/a,100", "create,\"/app/b, \"\"quoted\"\"\",7",
        "create,/app/lock-0000000002,0", "create,/app/me,6",
        // One multi; another one failed, and left nothing.
        "create,/app/m,9", "set,/app/a,33", "delete,\"/app/b, \"\"quoted\"\"\",",
        // The end of the session that had two ephemeral znodes.
        "delete,/app/me,", "delete,/app/lock-0000000002,",
        "create,/app/c,9", "delete,/app/m,", "create,/app/m,5",
    ]

    @Test func zooKeepersLogIsRead() throws {
        let (run, text) = try record([Self.log])
        #expect(run.status == 0, "\(run.errors)")
        #expect(text.hasPrefix("at_us,operation,path,bytes\n0,create,/app,0\n"))
        #expect(
            Self.lines(text).sorted() == Self.golden.sorted() && Self.lines(text).prefix(9) == Self.golden.prefix(9)
        )
        #expect(run.errors.hasPrefix("14 operations in "))
        #expect(run.errors.contains("sessions begun or ended: 4") && run.errors.contains("changes of an ACL: 1"))
        // The folder is the log, and the recording is one that can be played.
        try folder.write(text.utf8, "s.csv")
        let other = try record([URL(filePath: Self.log).deletingLastPathComponent().path, "--out", "t.csv", "--quiet"])
        #expect(other.run.status == 0 && other.run.output == "" && other.run.errors == "")
        #expect(try folder.read("t.csv") == Array(text.utf8))
        let yaml = "{warmup_s: 0, load: {mode: open, profile: {replay: s.csv}}}"
        let plan = try WorkloadFile(yaml: yaml, source: folder.path(of: "w.yaml")).plannedRuns()[0].load
        #expect(plan.replay?.count == 14 && plan.mix == OperationMix(set: 2, create: 8, delete: 4))
    }

    @Test func aDamagedLogIsReadAsFarAsItIsWhole() throws {
        var bytes = try Array(Data(contentsOf: URL(filePath: Self.log)))
        // In the set of a hundred bytes.
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("xxxx".utf8)) })
        bytes[place] ^= 1
        try folder.write(bytes, "log.1")
        let (run, text) = try record(["log.1"])
        #expect(run.status == 1 && Self.lines(text) == Array(Self.golden.prefix(2)))
        #expect(run.errors.contains("log.1: byte ") && run.errors.contains("wrong checksum"), "\(run.errors)")
    }

    @Test func aTornTailIsWhereItEnds() throws {
        let bytes = try Array(Data(contentsOf: URL(filePath: Self.log)))
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("xxxx".utf8)) })
        try folder.write(bytes.prefix(place + 20), "log.1")
        let (run, text) = try record(["log.1"])
        #expect(run.status == 0 && Self.lines(text) == Array(Self.golden.prefix(2)))
        #expect(run.errors.contains("cut short"), "\(run.errors)")
        // The file as it is laid out, and nothing written yet.
        try folder.write(bytes.prefix(16) + [UInt8](repeating: 0, count: 100), "log.2")
        let empty = try record(["log.2"])
        #expect(empty.run.status == 1 && empty.run.errors.contains("nothing to record"))
    }

    @Test(arguments: [
        ("absent", "absent: no such file or folder"), (".", ".: no transaction log in it"),
        ("alien", "alien: its log.* is neither a transaction log of"), ("named", "named: its log.* is neither"),
        ("none", "none: no transaction log of ZooKeeper"), ("next", "version 3 of ZooKeeper's transaction log"),
    ])
    func whatIsNoLogIsRefused(path: String, words: String) throws {
        try folder.write("not a log at all".utf8, "none")
        try folder.write([0x5a, 0x4b, 0x4c, 0x47, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 8), "next")
        for (alien, name) in [("alien", "log.1"), ("named", "log.0000000000000001")] {
            try FileManager.default.createDirectory(atPath: folder.path(of: alien), withIntermediateDirectories: true)
            try folder.write("2026-12-01 09:00:00 INFO a server's log\n".utf8, "\(alien)/\(name)")
        }
        let (run, _) = try record([path, "--out", "new.csv"])
        #expect(!FileManager.default.fileExists(atPath: folder.path(of: "new.csv")))
        #expect(run.status == 64 && run.errors.contains(words), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func theChecksumIsZlibs() {
        #expect(Array("Wikipedia".utf8).withUnsafeBytes { Adler32.checksum($0) } == 0x11E6_0398)
        let long = [UInt8](repeating: 0xff, count: 1 << 20)
        // As zlib.adler32 of Python says.
        #expect(long.withUnsafeBytes { Adler32.checksum($0) } == UInt64(Self.naive(long)))
    }

    private static func naive(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return high << 16 | low
    }

    /// Times that go back count as the one before; a gap of zxids is told.
    @Test func operationsCarryTheirSession() throws {
        var operations = TransactionOperations()
        var found: [LoggedOperation] = []
        func add(_ session: Int64, _ type: OpCode, _ body: (ByteWriter) -> Void) throws {
            let writer = ByteWriter(capacity: 256)
            writer.append(session)
            writer.append(Int32(1))
            writer.append(Int64(0))
            writer.append(Int64(77))
            writer.append(type.rawValue)
            body(writer)
            try operations.add(writer.bytes) { found.append($0) }
        }
        func create(_ session: Int64, _ path: String, isEphemeral: Bool) throws {
            try add(session, .create) { writer in
                writer.append(string: path)
                writer.append(string: "abc")
                ACL.encode(ACL.openUnsafe, into: writer)
                writer.append(isEphemeral)
                writer.append(Int32(-1))
            }
        }
        try create(5, "/e1", isEphemeral: true)
        try create(5, "/e2", isEphemeral: true)
        try create(6, "/e3", isEphemeral: true)
        try create(5, "/p", isEphemeral: false)
        try add(6, .delete) { $0.append(string: "/e1") }
        // A server that lists nothing: what is known is what is deleted.
        try add(5, .closeSession) { _ in }
        #expect(found.map(\.path) == ["/e1", "/e2", "/e3", "/p", "/e1", "/e2"])
        #expect(found.map(\.kind) == [.create, .create, .create, .create, .delete, .delete])
        #expect(found.allSatisfy { $0.milliseconds == 77 } && found[0].bytes == 3 && found[5].bytes == nil)
        #expect(throws: WireError.self) { try add(1, .delete) { $0.append(Int32(99)) } }
    }

    /// What was in the file stays until there is a whole recording to put in its place.
    @Test func nothingIsLostByARecordingThatFails() throws {
        try folder.write("precious".utf8, "kept.csv")
        try folder.write("no log".utf8 + [UInt8](repeating: 0, count: 32), "other")
        try folder.write([], "log.1")
        for wrong in [["other"], ["log.1"], [Self.log, Self.log]] {
            let (run, _) = try record(wrong + ["--out", "kept.csv"])
            #expect(run.status != 0 && !run.errors.isEmpty)
            #expect(try folder.read("kept.csv") == Array("precious".utf8))
        }
        // A log as its own recording: read whole before it is replaced.
        try folder.write(Array(Data(contentsOf: URL(filePath: Self.log))), "log.2")
        let (own, _) = try record(["log.2", "--out", "log.2"])
        #expect(own.status == 0 && own.errors.hasPrefix("14 operations in "))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!left.contains { $0.contains(".part-") })
    }

    /// A log that a crash has left before its header was whole is a torn end.
    @Test func aLogCutInItsHeaderEndsARecording() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path(of: "version-2"),
            withIntermediateDirectories: true
        )
        try folder.write(Array(Data(contentsOf: URL(filePath: Self.log))), "version-2/log.1")
        try folder.write([0x5a, 0x4b], "version-2/log.ff")
        let (run, text) = try record(["version-2"])
        #expect(run.status == 0 && Self.lines(text).count == 14)
        #expect(
            run.errors.contains("version-2/log.ff: byte 0: its header is cut off; what comes before it is recorded")
        )
    }
}
