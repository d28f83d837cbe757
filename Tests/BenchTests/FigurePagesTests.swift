import Foundation
import Targets
import TestSupport
import Testing

/// `zabbench figures` on the pages of this repository, and on pages that are wrong.
@Suite struct FigurePagesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private let folder = TemporaryFolder()

    private func figures(_ arguments: [String], in folder: String) throws -> ProgramRun {
        try ProgramRun(ZabbenchProgram.path(), ["figures"] + arguments, in: folder)
    }

    /// Figures of README and docs are those of results/reference; whoever measures anew fills them in (`make figures`).
    @Test func noFigureOfAPageIsStale() throws {
        let docs = try FileManager.default.subpathsOfDirectory(atPath: Self.root + "/docs").filter {
            $0.hasSuffix(".md")
        }
        let result = try figures(
            ["--check", "README.md", "ARCHITECTURE.md"] + docs.sorted().map { "docs/" + $0 },
            in: Self.root
        )
        #expect(result.status == 0, "\(result.errors)")
        let count = Int(result.output.prefix { $0.isNumber }) ?? 0
        #expect(count >= 12 && result.output.hasSuffix("figures, 0 stale\n"), "\(result.output)")
    }

    @Test func aStaleFigureIsNamedAndFilledIn() throws {
        try folder.write("a,b\n".utf8, "table.txt")
        let page = "<!-- figures: cat table.txt -->\n```\na,c\n```\n<!-- /figures -->\n"
        try folder.write(page.utf8, "p.md")
        let check = try figures(["--check", "p.md"], in: folder.path)
        #expect(check.status == 1 && check.output == "1 figure, 1 stale\n")
        #expect(check.errors == "zabbench: stale: p.md:1: cat table.txt: it says\n  a,c\nand now\n  a,b\n")
        #expect(String(decoding: try folder.read("p.md"), as: UTF8.self) == page)
        let fill = try figures(["p.md"], in: folder.path)
        #expect(fill.status == 0 && fill.output == "1 figure, 1 filled in anew\n")
        #expect(String(decoding: try folder.read("p.md"), as: UTF8.self) == page.replacing("a,c", with: "a,b"))
        #expect(try figures(["--check", "p.md"], in: folder.path).output == "1 figure, 0 stale\n")
    }

    @Test func aPageThatIsRightStaysAsItIs() throws {
        try folder.write("a,b\n".utf8, "table.txt")
        let page = "Text.\r\n<!-- figures: cat table.txt -->\r\n```\r\na,b\r\n```\r\n<!-- /figures -->\r\n"
        try folder.write(page.utf8, "p.md")
        #expect(try figures(["p.md"], in: folder.path).output == "1 figure, 0 filled in anew\n")
        #expect(try folder.read("p.md") == Array(page.utf8))
    }

    @Test(arguments: [
        ("cat none.txt", "p.md:1: none.txt: no such file"),
        ("rm -rf /", "p.md:1: only zabbench, cat FILE and result FOLDER TEXT... can make figures"),
        ("zabbench show none", "p.md:1: zabbench show none: zabbench: "),
        ("result none x", "p.md:1: none"),
    ])
    func aCommandThatMakesNoFigureIsOneError(command: String, words: String) throws {
        try folder.write("<!-- figures: \(command) -->\n<!-- /figures -->\n".utf8, "p.md")
        let result = try figures(["p.md"], in: folder.path)
        #expect(result.status == 64 && result.errors.hasPrefix("zabbench: " + words), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1)
    }

    /// A headline is of one load, with its error, and all of its writes read back.
    @Test func aHeadlineIsOneLoadOfAFolder() throws {
        let folder = Self.root + "/results/reference/ensemble-size"
        let page = "<!-- figures: result \(folder) \"3 servers, saturation\" -->\n<!-- /figures -->\n"
        try self.folder.write(page.utf8, "p.md")
        #expect(try figures(["p.md"], in: self.folder.path).status == 0)
        let text = String(decoding: try self.folder.read("p.md"), as: UTF8.self).replacing("\n", with: " ")
        #expect(text.contains(/3 servers: [0-9,]+ (durable )?writes\/s ±[0-9]+ %, p50 .* ±.*, p99/), "\(text)")
        #expect(text.contains("acknowledged writes were read back"))
        try self.folder.write(page.replacing("3 servers, ", with: "").utf8, "q.md")
        let several = try figures(["q.md"], in: self.folder.path)
        #expect(several.status == 64, "\(several.output)")
        #expect(several.errors.contains("has no single load like saturation"), "\(several.errors)")
    }

    @Test func noPageIsWrongUse() throws {
        #expect(try figures([], in: folder.path).status == 64)
        let result = try figures(["none.md"], in: folder.path)
        #expect(result.status == 64 && result.errors == "zabbench: none.md: no such page\n")
    }
}
