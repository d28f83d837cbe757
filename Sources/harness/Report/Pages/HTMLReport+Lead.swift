import Results
import Statistics

/// The top of the page: what was run where, the answers, the warnings.
extension HTMLReport {
    static func lead(
        title: String,
        environment: String,
        notMade: [String],
        _ context: ReportContext
    ) -> String {
        let runs = context.results.runs
        let workload = runs.first?.workload ?? ""
        var html = "<h1>\(HTMLText.escaped(workload.isEmpty ? title : workload))</h1>\n"
        let folder = workload.isEmpty || workload == title ? "" : "Folder \(title)"
        var lines = [folder + systems(runs, isFirst: folder.isEmpty)].filter { !$0.isEmpty }
        if !environment.isEmpty { lines.append(environment) }
        html += lines.map { "<p class=\"machine\">\(HTMLText.escaped($0))</p>\n" }.joined()
        let answers = Answers.of(context.results)
        html += answers.map(sentence).joined()
        if answers.isEmpty, !runs.isEmpty { html += "<p class=\"answer bad\">No run of this folder is a result.</p>\n" }
        return html + warnings(notMade + ReportWarnings.lines(context.groups.map(\.point), context.names))
    }

    /// One answer as a paragraph.
    public static func sentence(_ answer: Answer) -> String {
        "<p class=\"answer\"><b>\(HTMLText.escaped(answer.subject)):</b> \(HTMLText.escaped(answer.statement))</p>\n"
    }

    /// A list of warnings, plain texts; empty without any.
    public static func warnings(_ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        let items = lines.map { "<li>\(HTMLText.escaped($0))</li>\n" }
        return "<ul class=\"warnings\">\n\(items.joined())</ul>\n"
    }

    /// `, measured: zookeeper 3.9.3`; empty for ours, whose version is the program's.
    private static func systems(_ runs: [SummaryRow], isFirst: Bool) -> String {
        var texts: [String] = []
        for run in runs where run.tag.system != "zabbench" {
            let text = run.tag.system + (run.systemVersion.map { " \($0)" } ?? "")
            if !texts.contains(text) { texts.append(text) }
        }
        return texts.isEmpty ? "" : (isFirst ? "Measured: " : ", measured: ") + texts.joined(separator: ", ")
    }
}
