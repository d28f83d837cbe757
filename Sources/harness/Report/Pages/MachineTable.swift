import Foundation
import Measure
import Results
import Words

/// What `zabbench doctor` found: the answer first, then each check, then what to do.
public struct MachineTable: Encodable {
    /// The folder that servers would write to.
    public let data: String
    public let checks: [MachineCheck]

    public init(_ checks: [MachineCheck], data: String) {
        self.checks = checks
        self.data = data
    }

    /// What makes results on this machine worthless; empty where nothing does.
    public var worthless: [String] { checks.filter { $0.verdict == .worthless }.map(\.name) }

    private func count(_ verdict: MachineCheck.Verdict) -> Int { checks.filter { $0.verdict == verdict }.count }

    /// One sentence.
    public var answer: String {
        let warnings = count(.warning)
        guard worthless.isEmpty else {
            return "Do not measure here: results would be worthless (\(CountedNoun.list(worthless)))."
        }
        guard warnings > 0 else { return "Nothing found here would distort a measurement." }
        return "Results from here can be used, with \(CountedNoun.text(warnings, "warning"))."
    }

    public var text: String {
        var table = ConsoleTable(columns: [("check", .left), ("found", .left), ("verdict", .left)])
        for check in checks {
            table.rows.append([check.name, check.found, Self.word(check.verdict)])
        }
        var text = "\(answer)\n\n\(table.text)"
        let order: [MachineCheck.Verdict] = [.worthless, .warning, .unknown, .missing]
        let advised = order.flatMap { verdict in checks.filter { $0.verdict == verdict && $0.remedy != nil } }
        if !advised.isEmpty { text += "\nEffects, and how to fix them:\n" }
        for check in advised {
            let lines = WrappedText.lines("\(check.name): \(check.remedy ?? "")", width: 76)
            text += "  " + lines.split(separator: "\n").joined(separator: "\n    ") + "\n"
        }
        return text
    }

    static func word(_ verdict: MachineCheck.Verdict) -> String {
        switch verdict {
        case .ok: "ok"
        case .warning: "warning"
        case .worthless: "WORTHLESS"
        case .unknown: "cannot tell"
        case .missing: "not installed"
        }
    }

    public func json() throws -> String {
        String(decoding: try JSONEncoder.zabbench.encode(self), as: UTF8.self) + "\n"
    }

    private enum CodingKeys: String, CodingKey { case data, answer, worthless, checks }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(data, forKey: .data)
        try container.encode(answer, forKey: .answer)
        try container.encode(worthless, forKey: .worthless)
        try container.encode(checks, forKey: .checks)
    }
}
