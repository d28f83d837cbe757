import Foundation

/// What a request asks of the admin server: the path and the first value of each argument, without percent signs.
package struct AdminTarget: Sendable {
    package var path: String
    package var arguments: [String: String] = [:]

    package init(uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = Self.decoded(parts.first ?? "")
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = Self.decoded(sides[0])
            if arguments[key] == nil { arguments[key] = sides.count > 1 ? Self.decoded(sides[1]) : "" }
        }
    }

    private static func decoded(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    /// The command that is asked for; nil if it is something else. Empty for the list of them.
    package func command(below url: String) -> String? {
        if path == url { return "" }
        return path.hasPrefix(url + "/") ? String(path.dropFirst(url.count + 1)) : nil
    }

    /// The answer where there is no such command: JSON, whatever the name.
    package static func unknown(_ name: String) -> String {
        JSON.object([("command", .string(name)), ("error", .string("Unknown command: \(name)"))]).text
    }
}
