import Foundation

/// What must be alike for two runs' numbers to be compared: the machine, the build's toolchain and the workload. The commit
/// is not in it: that is what is compared.
public struct Fingerprint: Sendable, Equatable {
    /// A fact that differs.
    public struct Difference: Sendable, Equatable {
        public let name: String
        public let baseline: String
        public let candidate: String

        public init(name: String, baseline: String, candidate: String) {
            self.name = name
            self.baseline = baseline
            self.candidate = candidate
        }

        public var text: String { "\(name): \(baseline) against \(candidate)" }
    }

    /// Of the manifest; nil where there was none.
    var facts: [String: String]?
    /// The workload file's lines that mean something, numbered as in the file.
    var workload: [(number: Int, text: String)]?
    /// Of the rows themselves.
    var rowFacts: [String: String]

    public static func == (left: Fingerprint, right: Fingerprint) -> Bool { left.differences(to: right).isEmpty }

    /// - Parameters:
    ///   - manifest: the text of manifest.json, of any version; nil if there is none.
    ///   - rowFacts: what the rows themselves say, for folders that lost their manifest.
    ///   - name: what errors call the manifest.
    /// - Throws: `StoredRunsError` if the text is no manifest.
    init(manifest: String?, rowFacts: [String: String], name: String) throws(StoredRunsError) {
        self.rowFacts = rowFacts
        guard let manifest else { return }
        let object = try? JSONSerialization.jsonObject(with: Data(TextLines.unmarked(manifest).utf8))
        guard let members = object as? [String: Any], let environment = members["environment"] as? [String: Any] else {
            throw .badManifest(path: name)
        }
        var facts: [String: String] = [:]
        for (key, value) in environment where key != "storage" { facts[Self.words(key)] = Self.text(value) }
        for (key, value) in environment["storage"] as? [String: Any] ?? [:] {
            facts["storage " + Self.words(key)] = Self.text(value)
        }
        // How often something is run is no part of what is run.
        let overrides = (members["overrides"] as? [String] ?? []).filter { !$0.hasPrefix("repeats=") }
        facts["workload overrides"] = overrides.isEmpty ? "none" : overrides.sorted().joined(separator: " ")
        facts["schema version"] = members["schema_version"].map(Self.text)
        // Several generators' figures are no single one's.
        if let parts = members["merged_from"] as? [[String: Any]] {
            facts["merged from"] = parts.map { Self.text($0["environment_digest"] ?? "unknown") }.sorted()
                .joined(separator: ",")
        }
        self.facts = facts
        workload = Self.lines(members["workload_text"] as? String ?? "")
    }

    /// What was asked of a load, for whom machines are no matter.
    ///
    /// - Parameter overrides: of `--set`.
    init(workloadText: String, overrides: [String]) {
        rowFacts = [:]
        facts = ["workload overrides": overrides.isEmpty ? "none" : overrides.sorted().joined(separator: " ")]
        workload = Self.lines(workloadText)
    }

    /// Every fact that differs, by name; empty if the numbers may be compared.
    public func differences(to candidate: Fingerprint) -> [Difference] {
        guard let facts, let others = candidate.facts else { return Self.differences(rowFacts, candidate.rowFacts) }
        var all = Self.differences(facts, others)
        if let difference = workloadDifference(candidate) { all.append(difference) }
        return all
    }

    /// A short name of all that is compared: two fingerprints without a difference have one, and others hardly ever.
    ///
    /// With a manifest it is another than without one, even where `differences` finds none.
    public var digest: String {
        var text = ""
        for (name, value) in (facts ?? rowFacts).sorted(by: { $0.key < $1.key }) where value != "unknown" {
            text += "\(name)=\(value)\n"
        }
        for line in workload ?? [] { text += line.text + "\n" }
        // Fowler, Noll and Vo's hash, 64 bits of kind 1a.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func differences(_ one: [String: String], _ other: [String: String]) -> [Difference] {
        Set(one.keys).union(other.keys).sorted().compactMap { name in
            let (left, right) = (one[name] ?? "unknown", other[name] ?? "unknown")
            return left == right ? nil : Difference(name: name, baseline: left, candidate: right)
        }
    }

    /// The first line that differs; comments and empty lines do not count.
    private func workloadDifference(_ candidate: Fingerprint) -> Difference? {
        let (one, other) = (workload ?? [], candidate.workload ?? [])
        for place in 0..<max(one.count, other.count) {
            let left = place < one.count ? one[place] : nil
            let right = place < other.count ? other[place] : nil
            guard left?.text != right?.text else { continue }
            func said(_ line: (number: Int, text: String)?) -> String {
                line.map { "line \($0.number), \($0.text.trimmingCharacters(in: .whitespaces))" } ?? "its end"
            }
            return Difference(name: "workload text", baseline: said(left), candidate: said(right))
        }
        return nil
    }

    private static func lines(_ text: String) -> [(number: Int, text: String)] {
        var lines: [(number: Int, text: String)] = []
        for (index, line) in TextLines.of(text).enumerated() {
            var kept = line
            while let last = kept.last, last.isWhitespace { kept.removeLast() }
            let content = kept.trimmingCharacters(in: .whitespaces)
            guard !content.isEmpty, !content.hasPrefix("#") else { continue }
            lines.append((index + 1, kept))
        }
        return lines
    }

    /// `cpu_model` as `cpu model`.
    private static func words(_ key: String) -> String { key.replacing("_", with: " ") }

    private static func text(_ value: Any) -> String {
        if let list = value as? [Any] { return list.map(text).joined(separator: ",") }
        return "\(value)"
    }
}
