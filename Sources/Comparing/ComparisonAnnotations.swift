import Statistics

/// A comparison as workflow commands of GitHub Actions: an error for each regression, a warning for what may mislead, a
/// notice for the rest. GitHub shows ten of each kind in a step, so what may be many goes into one.
public enum ComparisonAnnotations {
    public static func text(_ comparison: Comparison) -> String {
        var lines: [String] = []
        if !comparison.violated.isEmpty { lines.append(command("error", "zabbench: lost writes", comparison.headline)) }
        for label in comparison.failed {
            lines.append(command("error", "zabbench: no result", "\(label): the candidate has no valid run"))
        }
        for (group, metric) in comparison.all where metric.verdict == .regressed {
            lines.append(command("error", "zabbench: \(metric.metric.name) regressed", "\(group): \(metric.sentence)"))
        }
        let remarks = comparison.remarks.filter { remark in
            !comparison.failed.contains { remark.hasPrefix($0 + ": ") }
        }
        if !remarks.isEmpty { lines.append(command("warning", "zabbench", remarks.joined(separator: "\n"))) }
        for verdict in [Verdict.improved, .inconclusive] {
            let found = comparison.all.filter { $0.metric.verdict == verdict }
            guard !found.isEmpty else { continue }
            let text = found.map { "\($0.group): \($0.metric.sentence)" }.joined(separator: "\n")
            lines.append(command("notice", "zabbench: \(found.count) \(verdict.rawValue)", text))
        }
        lines.append(command("notice", "zabbench", "\(comparison.headline). \(comparison.method)"))
        return lines.map { $0 + "\n" }.joined()
    }

    /// https://docs.github.com/actions/reference/workflow-commands-for-github-actions, with the escapes of @actions/core.
    static func command(_ kind: String, _ title: String, _ message: String) -> String {
        let property = data(title).replacing(":", with: "%3A").replacing(",", with: "%2C")
        return "::\(kind) title=\(property)::\(data(message))"
    }

    private static func data(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
