import Foundation

/// conf/java.env of an Apache release, which its own zkServer.sh has a shell read: the flags for Java in it.
struct JavaEnvironmentFile {
    /// Of `JVMFLAGS` and `SERVER_JVMFLAGS`, in their order.
    private(set) var flags: [String] = []

    /// - Parameter home: the release's folder; without such a file there are no flags.
    /// - Throws: `MissingSystem` where a value takes more than reading.
    init(home: String) throws(MissingSystem) {
        let path = URL(fileURLWithPath: home).standardizedFileURL.path + "/conf/java.env"
        let data = FileManager.default.contents(atPath: path) ?? Data()
        try self.init(parsing: String(decoding: data, as: UTF8.self), path: path)
    }

    init(parsing text: String, path: String) throws(MissingSystem) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let value = Self.value(line) else { continue }
            // `$JVMFLAGS` in it is what the environment has, which comes behind all of this anyway.
            let own = value.replacing(/\$\{?(?:SERVER_)?JVMFLAGS\}?/, with: "")
            guard !own.contains(where: { "$`\\\"'".contains($0) }) else {
                throw MissingSystem("\(path):\(number + 1): only a shell understands it; write the flags out")
            }
            flags += own.split(whereSeparator: \.isWhitespace).map(String.init)
        }
    }

    /// What a line sets one of the two variables to, without its quotes; nil of every other line.
    private static func value(_ line: Substring) -> String? {
        var text = line.trimmingCharacters(in: .whitespaces)
        if text.hasPrefix("export ") { text = text.dropFirst(7).trimmingCharacters(in: .whitespaces) }
        guard let name = ["JVMFLAGS=", "SERVER_JVMFLAGS="].first(where: text.hasPrefix) else { return nil }
        text.removeFirst(name.count)
        if let quote = text.first, quote == "\"" || quote == "'", text.count > 1, text.last == quote {
            text = String(text.dropFirst().dropLast())
        }
        return text
    }
}
