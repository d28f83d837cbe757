import Foundation
import Testing

/// README's first screen, and what pages and sources say about files: a reader who follows a link finds what it names.
@Suite struct DocumentationTests {
    /// A page in Markdown.
    struct Page: CustomTestStringConvertible {
        /// From the root of the repository.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }

        /// The fragments of its headings, as GitHub makes them.
        var anchors: Set<String> {
            Set(prose.filter { $0.hasPrefix("#") }.map { DocumentationTests.fragment(of: $0.drop { $0 == "#" }) })
        }

        /// Its lines outside of fenced blocks.
        var prose: [Substring] {
            var isFenced = false
            return lines.filter { line in
                if line.hasPrefix("```") { isFenced.toggle() }
                return !isFenced && !line.hasPrefix("```")
            }
        }

        /// What it links to, without addresses of the network.
        var links: [String] {
            let text = prose.joined(separator: "\n")
            let inline = text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
            let references = text.matches(of: /(?m)^\[[^\]]+\]: (\S+)$/).map { String($0.1) }
            return (inline + references).filter { !$0.contains("://") }
        }
    }

    private static let root = ImportTable.root

    private static let pages: [Page] = {
        let docs = try? FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "docs").path)
        let paths =
            ["README.md", "ARCHITECTURE.md", "results/reference/README.md"]
            + (docs ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
        return paths.compactMap(page)
    }()

    private static func page(_ path: String) -> Page? {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)).map { Page(path: path, text: $0) }
    }

    static func fragment(of heading: Substring) -> String {
        heading.trimmingCharacters(in: .whitespaces).lowercased().replacing(" ", with: "-")
            .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    }

    @Test func theFirstScreenIsWhole() throws {
        let readme = try #require(Self.page("README.md"))
        let screen = readme.lines.prefix(40)
        let wide = screen.filter { $0.count > 80 && !$0.hasPrefix("<!--") }
        #expect(wide.isEmpty, "\(wide)")
        let text = screen.joined(separator: "\n")
        for words in [
            "Linux", "Swift 6.3", "git clone", "make bench", "make test", "| generator |", "*ensemble*", "*zxid*",
            "*ZAB*",
            "DSN 2011", "Maturity", "](LICENSE)", "](docs/README.md)", "<!-- figures: result ", "<!-- /figures -->",
        ] {
            #expect(text.contains(words), "the first 40 lines of README.md lack \(words)")
        }
        #expect(text.contains(/[0-9,]+ (durable )?writes\/s ±[0-9.]+ %/), "no headline with its interval")
        // A picture is in the screen, whole.
        #expect(!text.components(separatedBy: "```").count.isMultiple(of: 2), "a block goes beyond the first screen")
    }

    @Test func noLineIsTooLong() throws {
        let readme = try #require(Self.page("README.md"))
        #expect(readme.lines.filter { $0.count > 100 } == [])
        for page in Self.pages where page.path.hasPrefix("docs/") {
            // Tables cannot be broken, and figures are printed by programs.
            var isFigure = false
            let long = page.prose.filter { line in
                if line.hasPrefix("<!-- figures: ") { isFigure = true }
                if line == "<!-- /figures -->" { isFigure = false }
                return !isFigure && line.count > 120 && !line.hasPrefix("|") && !line.hasPrefix("<!--")
            }
            #expect(long.isEmpty, "\(page.path): \(long)")
        }
    }

    @Test(arguments: pages) func linksLeadSomewhere(_ page: Page) throws {
        let folder = URL(filePath: "/" + page.path).deletingLastPathComponent()
        for link in page.links {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path =
                parts[0].isEmpty ? page.path : String(folder.appending(path: parts[0]).standardized.path.dropFirst())
            #expect(
                FileManager.default.fileExists(atPath: Self.root.appending(path: path).path),
                "\(page.path) links to \(link), which is not there"
            )
            if parts.count == 2, let target = Self.page(path) {
                #expect(target.anchors.contains(String(parts[1])), "\(page.path): \(path) has no heading #\(parts[1])")
            }
        }
    }

    /// Messages and comments, too, send readers to pages.
    @Test func pagesThatAreNamedExist() throws {
        var files = try ["Sources", "Tests"].flatMap { try ImportTable.files(in: $0) }.map { ($0.name, $0.text) }
        files += Self.pages.map { ($0.path, $0.text) }
        for folder in ["scripts", "workloads", ".ci"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path)
            files += names.compactMap { name in Self.page("\(folder)/\(name)").map { ($0.path, $0.text) } }
        }
        files += [Self.page("Makefile")].compactMap { $0 }.map { ($0.path, $0.text) }
        #expect(files.count > 100)
        for (name, text) in files {
            for match in text.matches(of: /\bdocs\/[a-z\/-]+\.md/) {
                let path = String(match.0)
                #expect(
                    FileManager.default.fileExists(atPath: Self.root.appending(path: path).path),
                    "\(name) names \(path), which is not there"
                )
            }
        }
    }

    @Test func theIndexHasEveryPage() throws {
        let index = try #require(Self.page("docs/README.md"))
        let links = Set(index.links)
        for page in Self.pages where page.path.hasPrefix("docs/") && page.path != index.path {
            #expect(links.contains(String(page.path.dropFirst("docs/".count))), "docs/README.md lacks \(page.path)")
        }
    }

    @Test func theLicenceIsThere() throws {
        let licence = try #require(Self.page("LICENSE"))
        #expect(licence.text.contains("Apache License") && licence.text.contains("Version 2.0, January 2004"))
        #expect(licence.text.contains("END OF TERMS AND CONDITIONS"))
    }
}
