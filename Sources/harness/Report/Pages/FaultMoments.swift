import Results

/// Where one fault and its outage are on the clock of its run's load, in seconds since the load began.
struct FaultMoments: Sendable, Equatable {
    /// The fault was made.
    var fault: Double
    /// The last acknowledged write before the outage, and the first one after it; nil where nobody saw its end.
    var outage: ClosedRange<Double>?
    /// A new leader was elected; nil where none was needed, or the journals do not say.
    var elected: Double?

    /// - Parameters:
    ///   - row: of any version. Where it has no `elapsed_s`, `offset` and its time of day place it, to a millisecond.
    ///   - offset: seconds since 1970 when the load began; nil where nobody knows.
    init?(_ row: ElectionRow, loadStart offset: Double?) {
        let ofDay = offset.map { Double(row.time.unixNanoseconds) / 1e9 - $0 }
        guard let fault = row.fault.elapsedSeconds ?? ofDay else { return nil }
        self.fault = fault
        let clients = row.clients
        let begin = clients.outageBegin ?? row.phases.map { -$0.lead }
        let end = clients.outageEnd ?? clients.outage.flatMap { outage in begin.map { $0 + outage } }
        if let begin, let end, end >= begin { outage = fault + begin / 1000...fault + end / 1000 }
        elected = row.phases.map { fault + ($0.detection + $0.failedRounds + $0.vote) / 1000 }
    }

    /// When a run's load began, seconds since 1970; nil without a row of its time series.
    static func loadStart(_ seconds: [SecondRow]) -> Double? {
        seconds.first.map { Double($0.time.unixNanoseconds) / 1e9 - $0.elapsedSeconds }
    }
}

extension HTMLReport {
    /// The faults of one run by the clock of timeseries.csv, from each until writes were acknowledged again.
    ///
    /// - Parameter run: its id.
    static func faultSpans(_ context: ReportContext, run: String) -> [ChartSpan] {
        let results = context.results
        let offset = FaultMoments.loadStart(results.seconds.filter { $0.tag.runID == run })
        return results.faults.filter { $0.tag.runID == run }.compactMap { row in
            FaultMoments(row, loadStart: offset).map { moments in
                ChartSpan(
                    name: words(row.fault.kind),
                    from: moments.fault,
                    to: max(moments.fault, moments.outage?.upperBound ?? moments.fault),
                    style: style(ofFault: row.fault.kind, context.palette),
                    detail: "fault \(row.fault.number), outage "
                        + ConsoleTable.latency(microseconds: row.clients.outage.map { $0 * 1000 })
                )
            }
        }
    }

    /// A kind of fault has one style on a page, which nothing else on it has.
    static func style(ofFault kind: String, _ palette: Palette) -> SeriesStyle { palette.style(of: "fault " + kind) }
}
