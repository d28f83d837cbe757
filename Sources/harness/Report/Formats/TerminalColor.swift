import Foundation
import Glibc

/// Red for what lost data, where somebody looks at it: standard output is a terminal and nobody wants it plain.
public enum TerminalColor {
    /// https://no-color.org: set to anything but nothing means no.
    public static func isWanted(
        isTerminal: Bool = isatty(STDOUT_FILENO) == 1,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    public static func red(_ text: String) -> String { "\u{1b}[31m\(text)\u{1b}[0m" }
}
