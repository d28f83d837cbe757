import Measure
import TestSupport
import Testing

@Suite struct SourceRevisionTests {
    @Test(arguments: [
        ("0ce5660abcde 2026-11-30", "0ce5660abcde", "2026-11-30", "0ce5660abcde, 2026-11-30"),
        ("0ce5660abcde-dirty", "0ce5660abcde-dirty", nil, "0ce5660abcde-dirty"),
        ("", "unknown", nil, "commit unknown"),
    ])
    func theBuildSaysCommitAndDate(text: String, commit: String, date: String?, words: String) {
        let revision = SourceRevision(text)
        #expect(revision.commit == commit && revision.date == date && revision.words == words)
    }

    /// The mark is written here in halves, so that this program does not have it a second time.
    private func program(_ text: String) -> [UInt8] {
        Array("\u{7f}ELF\0\0@zabbench-".utf8) + Array("revision \(text)".utf8)
    }

    @Test func anotherProgramsIsReadInItsFile() throws {
        let folder = TemporaryFolder()
        try folder.write(program("0ce5660abcde-dirty 2026-11-30\0more"), "one")
        #expect(SourceRevision(program: folder.path(of: "one")) == SourceRevision("0ce5660abcde-dirty 2026-11-30"))
        // Not told, no end, no mark, nothing, no file.
        for (name, bytes) in [
            ("a", program("\0")), ("b", program("0ce5660")), ("c", Array("#!/bin/sh\n".utf8)), ("d", []),
        ] {
            try folder.write(bytes, name)
            #expect(SourceRevision(program: folder.path(of: name)) == nil, "\(name)")
        }
        #expect(SourceRevision(program: folder.path(of: "absent")) == nil)
    }
}
