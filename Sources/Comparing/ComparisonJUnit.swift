import Statistics

/// A comparison as JUnit XML: a suite for each load, a case for each metric. A regression is a failure, what is
/// inconclusive is skipped, and a lost write is an error.
public enum ComparisonJUnit {
    public static func text(_ comparison: Comparison) -> String {
        let cases = comparison.all.count + 1 + comparison.failed.count
        let errors = (comparison.violated.isEmpty ? 0 : 1) + comparison.failed.count
        let totals = counts(
            tests: cases,
            failures: comparison.count(.regressed),
            errors: errors,
            skipped: comparison.count(.inconclusive)
        )
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"zabbench\" \(totals)>\n"
        text += proof(comparison, errors: errors)
        for group in comparison.groups {
            let totals = counts(
                tests: group.metrics.count,
                failures: group.metrics.count { $0.verdict == .regressed },
                errors: 0,
                skipped: group.metrics.count { $0.verdict == .inconclusive }
            )
            text += "  <testsuite name=\"\(escaped(group.label))\" \(totals)>\n"
            for metric in group.metrics { text += testCase(metric, of: group.label) }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    /// What is no metric: lost writes, loads without a result, and all that a reader must know of the comparison.
    private static func proof(_ comparison: Comparison, errors: Int) -> String {
        let totals = counts(tests: 1 + comparison.failed.count, failures: 0, errors: errors, skipped: 0)
        var text = "  <testsuite name=\"runs\" \(totals)>\n    <properties>\n"
        var properties = [
            ("verdict", comparison.headline), ("baseline", comparison.baseline.text),
            ("candidate", comparison.candidate.text), ("method", comparison.method),
        ]
        properties += comparison.remarks.map { ("note", $0) }
        for (name, value) in properties {
            text += "      <property name=\"\(name)\" value=\"\(escaped(value))\"/>\n"
        }
        text += "    </properties>\n"
        text += element("acknowledged writes", of: "runs", comparison.violated.isEmpty ? nil : comparison.headline)
        for label in comparison.failed { text += element(label, of: "runs", "the candidate has no valid run") }
        return text + "  </testsuite>\n"
    }

    private static func element(_ name: String, of group: String, _ error: String?) -> String {
        let head = "    <testcase classname=\"\(escaped(group))\" name=\"\(escaped(name))\""
        guard let error else { return head + "/>\n" }
        return head + ">\n      <error message=\"\(escaped(error))\"/>\n    </testcase>\n"
    }

    private static func testCase(_ metric: Comparison.Metric, of group: String) -> String {
        let head = "    <testcase classname=\"\(escaped(group))\" name=\"\(escaped(metric.metric.name))\""
        let sentence = escaped(metric.sentence)
        switch metric.verdict {
        case .regressed:
            return head
                + ">\n      <failure type=\"regressed\" message=\"\(sentence)\"/>\n    </testcase>\n"
        case .inconclusive:
            return head + ">\n      <skipped message=\"\(sentence)\"/>\n    </testcase>\n"
        case .improved, .equivalent:
            return head
                + ">\n      <system-out>\(metric.verdict.rawValue), \(sentence)</system-out>\n    </testcase>\n"
        }
    }

    private static func counts(tests: Int, failures: Int, errors: Int, skipped: Int) -> String {
        "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
    }

    /// For text and attributes. What XML 1.0 has no place for, control characters, becomes a question mark.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&apos;"
            case "\n", "\r", "\t": out += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff: out += "?"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
