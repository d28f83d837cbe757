import ArgumentParser
import Testing

@testable import zabbench

/// What the parser makes of words.
@Suite struct CommandLineTests {
    @Test(arguments: [
        ["compare", "a", "b", "--level", "1"], ["compare", "a", "b", "--metrics", "speed"],
        ["compare", "a", "b", "--margin", "cpu_us_per_write"],
        ["compare", "a", "b", "--margin", "cpu_us_per_write=-1"],
        ["compare", "a", "b", "--format", "pdf"], ["compare", "a", "b", "--out", ""], ["compare", "a"],
        ["ab", "--a", "x", "w.yaml"], ["ab", "--a", "x", "--b", "y", "w.yaml", "--pairs", "1"],
        ["history", "file", "--level", "0"], ["history", "file", "--metrics", "speed"],
        ["history", "file", "--format", "xml"],
        ["report"], ["report", "a", "b", "c"], ["report", "a", "--out", "page.html"],
        ["report", "a", "b", "--out", ""],
    ])
    func wrongUsageIsExitCode64(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { _ = try Zabbench.parseAsRoot(arguments) }
        #expect(Zabbench.exitCode(for: error).rawValue == 64)
    }

    @Test func theHistoryIsShownWithoutASubcommand() throws {
        let show = try #require(try Zabbench.parseAsRoot(["history", "file.jsonl"]) as? HistoryCommand.Show)
        #expect(show.file == "file.jsonl")
        let append = try #require(
            try Zabbench.parseAsRoot(["history", "append", "file.jsonl", "folder"]) as? HistoryCommand.Append
        )
        #expect(append.folder == "folder")
    }
}
