import Foundation
import Glibc

/// What a text is shown on: how wide its lines may be, and whether it understands colours.
public struct Display: Sendable, Equatable {
    /// In characters; nil for tables of any width (`--wide`).
    public var columns: Int?
    public var isColoured: Bool

    public init(columns: Int?, isColoured: Bool = false) {
        self.columns = columns
        self.isColoured = isColoured
    }

    /// The width of files, mails and pages: the same on every machine.
    public static let documentColumns = 100
    public static let document = Display(columns: documentColumns)
    public static let wide = Display(columns: nil)

    /// Narrower than this no table is of use, whatever a terminal says.
    static let fewestColumns = 40
    /// Prose in longer lines is hard to read.
    static let proseColumnsMax = 120

    /// Standard output: as wide as the terminal, or as `COLUMNS` says. What is no terminal is a document.
    ///
    /// - Parameter isWide: whether every column is wanted, whatever the width.
    public static func standardOutput(
        isWide: Bool,
        terminalColumns: Int? = terminalColumns(of: STDOUT_FILENO),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Display {
        let asked = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let columns = max(fewestColumns, asked ?? terminalColumns ?? documentColumns)
        return Display(
            columns: isWide ? nil : columns,
            isColoured: TerminalColor.isWanted(isTerminal: terminalColumns != nil, environment: environment)
        )
    }

    /// The width that sentences are wrapped at.
    public var proseColumns: Int { min(columns ?? Self.documentColumns, Self.proseColumnsMax) }

    /// Sentences in lines that fit.
    public func wrapped(_ text: String) -> String { WrappedText.lines(text, width: proseColumns) }

    /// Sentences, each on lines of its own with a line end.
    public func paragraphs(_ sentences: [String]) -> String { sentences.map { wrapped($0) + "\n" }.joined() }

    /// Nil for what is no terminal; 80 for one that does not know its width.
    public static func terminalColumns(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
