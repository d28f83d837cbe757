import Report
import Statistics

/// A comparison as workflow commands of GitHub Actions: an error for each regression, a warning for what may mislead, a
/// notice for the rest. GitHub shows ten of each kind in a step, so what may be many goes into one.
public enum ComparisonAnnotations {
    public static func text(_ comparison: Comparison) -> String {
        var text = ""
        func say(_ kind: WorkflowCommand.Kind, _ title: String, _ message: String) {
            text += WorkflowCommand(kind, title, message).line
        }
        if !comparison.violated.isEmpty { say(.error, "zabbench: lost writes", comparison.headline) }
        for label in comparison.failed {
            say(.error, "zabbench: no result", "\(label): the candidate has no valid run")
        }
        for (group, metric) in comparison.all where metric.verdict == .regressed {
            say(.error, "zabbench: \(metric.metric.name) regressed", "\(group): \(metric.sentence)")
        }
        let isHopeless = comparison.reach?.needed != nil
        if isHopeless, let reach = comparison.reachText { say(.warning, "zabbench: cannot tell", reach) }
        let remarks = comparison.remarks.filter { remark in
            !comparison.failed.contains { remark.hasPrefix($0 + ": ") }
        }
        if !remarks.isEmpty { say(.warning, "zabbench", remarks.joined(separator: "\n")) }
        for word in Comparison.Metric.words where word != Verdict.regressed.rawValue {
            let found = comparison.all.filter { $0.metric.word == word && $0.metric.isWorthSaying }
            guard !found.isEmpty else { continue }
            let message = found.map { "\($0.group): \($0.metric.sentence)" }.joined(separator: "\n")
            say(.notice, "zabbench: \(found.count) \(word)", message)
        }
        let reach = isHopeless ? nil : comparison.reachText.map { ". \($0)" }
        say(.notice, "zabbench", "\(comparison.headline). \(comparison.method)\(reach ?? "")")
        return text
    }
}
