extension SecondRow {
    /// The seconds of several generators on the wall clock, each by its own machine's: what was planned, answered and refused
    /// in a second of the merged series is what all of them did in it.
    ///
    /// The parts' seconds do not begin at the same moment, so a part's second is dealt to the two that it lies in, by length;
    /// what is added up over all seconds stays the same. Percentiles and maxima of seconds cannot be dealt or added: they are
    /// left empty, and so are the shares of others, which belong to one machine.
    ///
    /// - Parameters:
    ///   - parts: the seconds of each generator, in their order.
    ///   - origin: a moment at which a merged second begins: that from which all are measured.
    /// - Returns: seconds in which at least one generator ran, in their order.
    public static func merged(_ parts: [[SecondRow]], tag: RunTag, origin: Timestamp) -> [SecondRow] {
        let parts = parts.map { $0.filter { $0.lengthSeconds > 0 } }
        guard let first = parts.flatMap({ $0 }).map(\.startNanoseconds).min(),
            let last = parts.flatMap({ $0 }).map(\.time.unixNanoseconds).max()
        else { return [] }
        let series = parts.map { SecondSeries($0) }
        var bins: Set<Int64> = []
        for row in parts.joined() {
            let range = row.startNanoseconds..<row.time.unixNanoseconds
            let bin = { (at: Int64) in floor(at - origin.unixNanoseconds, SecondSeries.second) }
            bins.formUnion(bin(range.lowerBound)...bin(range.upperBound - 1))
        }
        var errorsBefore = 0
        return bins.sorted().map { bin in
            let start = origin.unixNanoseconds + bin * SecondSeries.second
            let (from, to) = (max(start, first), min(start + SecondSeries.second, last))
            let length = Double(to - from) / 1e9
            let sums = series.map { ($0.total(at: from), $0.total(at: to)) }
            // Rounded at the borders, so that none is lost or made up.
            let errors = Int(sums.reduce(0) { $0 + $1.1.errors }.rounded())
            defer { errorsBefore = errors }
            return SecondRow(
                tag: tag,
                time: Timestamp(unixNanoseconds: to),
                elapsedSeconds: Double(to - first) / 1e9,
                lengthSeconds: length,
                phase: series.contains { $0.isWarmingUp(in: from..<to) } ? "warmup" : "measured",
                offeredPerSecond: sums.reduce(0) { $0 + $1.1.offered - $1.0.offered } / length,
                achievedPerSecond: sums.reduce(0) { $0 + $1.1.achieved - $1.0.achieved } / length,
                errors: errors - errorsBefore,
                responseP50Microseconds: nil,
                responseP99Microseconds: nil,
                responseMaxMicroseconds: nil,
                sessionsConnected: series.reduce(0) { $0 + $1.sessions(at: to) }
            )
        }
    }

    fileprivate var startNanoseconds: Int64 { time.unixNanoseconds - Int64((lengthSeconds * 1e9).rounded()) }

    private static func floor(_ value: Int64, _ unit: Int64) -> Int64 {
        let quotient = value / unit
        return value % unit < 0 ? quotient - 1 : quotient
    }
}

/// What one generator had done by any moment of its load, even within a second.
private struct SecondSeries {
    static let second: Int64 = 1_000_000_000

    struct Total {
        var offered = 0.0
        var achieved = 0.0
        var errors = 0.0
    }

    private let rows: [SecondRow]
    /// Before each row, and after the last.
    private let totals: [Total]

    init(_ rows: [SecondRow]) {
        self.rows = rows.sorted { $0.time.unixNanoseconds < $1.time.unixNanoseconds }
        var totals = [Total()]
        for row in self.rows { totals.append(Self.total(totals[totals.count - 1], row, share: 1)) }
        self.totals = totals
    }

    private static func total(_ before: Total, _ row: SecondRow, share: Double) -> Total {
        Total(
            offered: before.offered + row.offeredPerSecond * row.lengthSeconds * share,
            achieved: before.achieved + row.achievedPerSecond * row.lengthSeconds * share,
            errors: before.errors + Double(row.errors) * share
        )
    }

    /// The first row that ends at `moment` or later; beyond the last, how many there are.
    private func place(of moment: Int64) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].time.unixNanoseconds < moment { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func total(at moment: Int64) -> Total {
        let place = place(of: moment)
        guard place < rows.count else { return totals[place] }
        let row = rows[place]
        let passed = Double(moment - row.startNanoseconds) / (row.lengthSeconds * 1e9)
        return Self.total(totals[place], row, share: min(1, max(0, passed)))
    }

    func sessions(at moment: Int64) -> Int {
        let place = place(of: moment)
        guard place < rows.count, rows[place].startNanoseconds < moment else { return 0 }
        return rows[place].sessionsConnected
    }

    /// Whether it runs in a warm-up for half of that time or more.
    ///
    /// Where a second of it ends is known to a millisecond, so that what only touches one says nothing.
    func isWarmingUp(in range: Range<Int64>) -> Bool {
        let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        let place = place(of: middle)
        guard place < rows.count, rows[place].startNanoseconds < middle else { return false }
        return rows[place].phase == "warmup"
    }
}
