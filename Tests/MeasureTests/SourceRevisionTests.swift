import Measure
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

    @Test(arguments: ["0ce5660abcde 2026-11-30", "0ce5660abcde-dirty"])
    func anotherBuildReadsWhatVersionPrints(text: String) {
        let revision = SourceRevision(text)
        #expect(SourceRevision(version: "zabbench 0.1.0 (\(revision.words))\n") == revision)
    }

    @Test(arguments: ["zabbench 0.1.0\n", "zabbench 0.1.0 (commit unknown)\n", "", ")("])
    func aBuildThatDoesNotKnowSaysNothing(text: String) { #expect(SourceRevision(version: text) == nil) }
}
