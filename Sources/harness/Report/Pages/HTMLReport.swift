import Results
import Statistics

/// report.html: one offline file, made from the rows of a folder's files and from nothing else. Answers come first, then
/// warnings, then the chart that shows the answer; details are folded.
public enum HTMLReport {
    /// - Parameters:
    ///   - title: the folder's name.
    ///   - environment: one line about the machine and the program.
    ///   - results: the folder's rows.
    ///   - notMade: of the runs that are in no row, and why.
    public static func text(
        title: String,
        environment: String,
        results: StoredResults,
        notMade: [String] = []
    ) -> String {
        let context = ReportContext(results)
        let exception =
            results.faultBins.isEmpty ? "" : ", except around faults, where a band is the range of all faults"
        let workload = results.runs.first?.workload ?? ""
        return HTMLPage(
            title: workload.isEmpty || title.contains(workload) ? title : "\(workload): \(title)",
            lead: lead(title: title, environment: environment, notMade: notMade, context),
            sections: sections(context),
            foot: """
                <p>Response time is measured from the planned send of an operation, service time from its actual send. ±, whiskers \
                and bands are 95&#160;% intervals of medians over runs\(exception). All figures come from the files in this folder: \
                <code>zabbench report</code> regenerates this page, <code>zabbench columns</code> explains every column.</p>

                """
        ).html
    }

    private static func sections(_ context: ReportContext) -> [HTMLPage.Section] {
        let isSweep = context.names.isLogSweep
        let latency = HTMLPage.Section(
            id: "latency",
            title: "Latency",
            body: percentiles(context),
            summary: isSweep || context.hasSizes || context.hasFaults
                ? "response time by percentile for \(counted(context.chapters.count, "load"))" : nil
        )
        var sections: [HTMLPage.Section] = []
        sections.append(
            .init(
                id: "faults",
                title: "Outages by fault",
                body: elections(context)
            )
        )
        sections.append(.init(id: "around-faults", title: "Around the faults", body: faultSeries(context)))
        sections.append(.init(id: "storms", title: "Storms", body: storms(context)))
        sections.append(.init(id: "curve", title: "Response time against load", body: curves(context)))
        if isSweep {
            sections += logSections(context)
        } else {
            sections.append(.init(id: "sizes", title: "By ensemble size", body: bySize(context)))
            if latency.summary == nil { sections.append(latency) }
        }
        sections.append(
            .init(id: "ratios", title: "Systems beside each other", body: RatioTable.html(context.results.runs))
        )
        sections.append(
            .init(id: "shards", title: "Shards beside one ensemble", body: ShardTable.html(context.results.runs))
        )
        sections.append(resultsSection(context))
        sections.append(.init(id: "followers", title: "Cost of a follower", body: scalingFits(context)))
        sections.append(
            .init(
                id: "stages",
                title: "Where a write's time goes",
                body: stageCharts(context) + ownStages(context)
            )
        )
        sections.append(
            .init(
                id: "servers",
                title: "What the servers did",
                body: servers(context),
                summary: "syncs, batches, processor time and queues of each server, by the second",
                isRaw: true
            )
        )
        if latency.summary != nil { sections.append(latency) }
        sections.append(
            .init(
                id: "offered",
                title: "Offered and achieved",
                body: offeredAndAchieved(context),
                summary: "which offered rates the servers kept up with"
            )
        )
        return sections + rawSections(context)
    }

    /// `1 load`, `3 loads`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(ConsoleTable.grouped(Double(count))) \(noun)\(count == 1 ? "" : "s")"
    }
}
