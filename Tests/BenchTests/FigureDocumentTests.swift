import Foundation
import TestSupport
import Testing

@testable import Bench

/// Pages whose figures come from commands.
@Suite struct FigureDocumentTests {
    private let page = """
        # A page
        <!-- figures: zabbench show "a folder" --part scaling -->
        ```
        1 2
        ```
        <!-- /figures -->
        Between.
        <!-- figures: cat table.md -->
        <!-- /figures -->

        """

    @Test func blocksAreFoundWithTheirCommands() throws {
        let blocks = try FigureDocument(page, name: "p.md").blocks
        #expect(blocks.map(\.line) == [2, 8])
        #expect(
            blocks.map(\.command) == [["zabbench", "show", "a folder", "--part", "scaling"], ["cat", "table.md"]]
        )
    }

    /// Markdown as it is, all else in a fence; what stands around them stays.
    @Test func outputsAreFilledIn() throws {
        let filled = try FigureDocument(page, name: "p.md").filled(["1 2\n3 4\n", "\n| a |\n|---|\n"])
        let wanted = page.replacing("1 2\n", with: "1 2\n3 4\n").replacing(
            "table.md -->\n",
            with: "table.md -->\n| a |\n|---|\n"
        )
        #expect(filled == wanted)
        // Once more is nothing new.
        #expect(try FigureDocument(filled, name: "p.md").filled(["1 2\n3 4\n", "| a |\n|---|\n"]) == filled)
    }

    @Test func theFirstLineThatDiffersIsNamed() throws {
        let document = try FigureDocument(page, name: "p.md")
        #expect(document.difference(document.blocks[0], to: "1 2\n") == nil)
        let changed = try #require(document.difference(document.blocks[0], to: "1 3\n"))
        #expect(changed == ("1 2", "1 3"))
        let longer = try #require(document.difference(document.blocks[0], to: "1 2\n5\n"))
        #expect(longer == ("```", "5"))
        #expect(document.difference(document.blocks[1], to: "| a |\n")?.now == "| a |")
    }

    @Test(arguments: [
        ("<!-- figures: a -->\n<!-- figures: b -->\n", "p.md:2: figures within figures"),
        ("\n<!-- figures: a -->\n", "p.md:2: no <!-- /figures --> follows"),
        ("<!-- /figures -->\n", "p.md:1: nothing was opened here"),
        ("  <!-- figures: a -->\n", "p.md:1: a comment of figures must be alone on its line, without indentation"),
        ("a\r\n<!-- figures: cat \"a -->\r\n", "p.md:2: <!-- figures: COMMAND --> expected, on one line"),
        ("<!-- figures: cat \"a -->\n", "p.md:1: <!-- figures: COMMAND --> expected, on one line"),
    ])
    func commentsWithoutTheirPartnersAreRefused(text: String, words: String) {
        let error = #expect(throws: UsageError.self) { try FigureDocument(text, name: "p.md") }
        #expect(error?.description == words)
    }
}
