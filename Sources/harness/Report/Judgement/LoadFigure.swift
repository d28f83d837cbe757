import Results
import Statistics

/// One figure of a load point: how it is read, how it is written, and what it rests on.
///
/// The tables, report.html and the points of `--json` have their figures from this list and print them by `PointFigure`, so
/// none can stand anywhere without its error.
struct LoadFigure: Sendable {
    enum Unit: Sendable { case count, microseconds, number }

    /// The column of summary.csv.
    let name: String
    let unit: Unit
    /// Of all operations of a run; nil of what is no quantile.
    let quantile: Double?
    /// Whether it is relative to the calibration, whose own error no repeat shows.
    let isRatio: Bool
    let value: @Sendable (SummaryRow) -> Double?
    /// The operations that it is a quantile of.
    private let operations: @Sendable (SummaryRow) -> Int

    private init(
        _ name: String,
        _ unit: Unit,
        quantile: Double? = nil,
        isRatio: Bool = false,
        of operations: @escaping @Sendable (SummaryRow) -> Int = { $0.context.operationsCompleted },
        _ value: @escaping @Sendable (SummaryRow) -> Double?
    ) {
        self.name = name
        self.unit = unit
        self.quantile = quantile
        self.isRatio = isRatio
        self.value = value
        self.operations = operations
    }

    func text(_ value: Double) -> String {
        switch unit {
        case .count: ConsoleTable.grouped(value)
        case .microseconds: ConsoleTable.latency(microseconds: value)
        case .number: ConsoleTable.threeDigits(value)
        }
    }

    /// Counts with three digits, where a table has no room for all.
    func shortText(_ value: Double) -> String { unit == .count ? ConsoleTable.short(value) : text(value) }

    /// Operations beyond the quantile: what it rests on. Nil of what is none, and of rows that do not count operations.
    func restsOn(_ row: SummaryRow) -> Int? {
        let operations = operations(row)
        guard let quantile, value(row) != nil, operations > 0 else { return nil }
        // 27,731 have 277 beyond p99; the small term is for 1 - 0.99, which is a little less than 0.01 in binary.
        return Int((1 - quantile) * Double(operations) + 1e-6)
    }
}

extension LoadFigure {
    static let offered = LoadFigure("offered_per_s", .count) { $0.offeredPerSecond }
    static let achieved = LoadFigure("achieved_per_s", .count) { $0.achievedPerSecond }
    static let responseP50 = LoadFigure("response_p50_us", .microseconds, quantile: 0.5) {
        $0.response.p50Microseconds
    }
    static let responseP99 = LoadFigure("response_p99_us", .microseconds, quantile: 0.99) {
        $0.response.p99Microseconds
    }
    static let responseP999 = LoadFigure("response_p999_us", .microseconds, quantile: 0.999) {
        $0.response.p999Microseconds
    }
    /// One operation of each run by its name, so it is not marked as one.
    static let responseMax = LoadFigure("response_max_us", .microseconds) { $0.response.maxMicroseconds }
    static let serviceP50 = LoadFigure("service_p50_us", .microseconds, quantile: 0.5) { $0.service.p50Microseconds }
    static let serviceP99 = LoadFigure("service_p99_us", .microseconds, quantile: 0.99) { $0.service.p99Microseconds }
    static let syncsPerWrite = LoadFigure("syncs_per_write", .number) { $0.cost.syncsPerWrite }
    static let cpuPerWrite = LoadFigure("cpu_us_per_write", .microseconds) { $0.cost.cpuMicrosecondsPerWrite }
    static let syncsPerSecond = LoadFigure("syncs_per_s", .count) { $0.log.syncsPerSecond }
    static let batchMean = LoadFigure("batch_mean", .number) { $0.log.batchMean }
    static let batchP99 = LoadFigure("batch_p99_le", .count) { $0.log.batchP99AtMost.map(Double.init) }
    static let logBytesPerPayloadByte = LoadFigure("log_bytes_per_payload_byte", .number) {
        $0.log.logBytesPerPayloadByte
    }
    static let flushesPerSecond = LoadFigure("device_flushes_per_s", .count) { $0.device.flushesPerSecond }
    static let timesFloor = LoadFigure("x_floor", .number, isRatio: true) { $0.limits.timesFloor }
    static let percentOfLimit = LoadFigure("percent_of_limit", .number, isRatio: true) { $0.limits.percent }
    static let timesDisk = LoadFigure("x_disk_floor", .number, isRatio: true) { $0.floors.timesDisk }
    static let timesYardstickP50 = LoadFigure("x_yardstick_p50", .number) { $0.floors.timesYardstickP50 }
    static let timesYardstickP99 = LoadFigure("x_yardstick_p99", .number) { $0.floors.timesYardstickP99 }
    static let ofYardstick = LoadFigure("of_yardstick", .number) { $0.floors.ofYardstick }
    static let foreignShare = LoadFigure("foreign_cpu_share", .number) { $0.foreign.share }

    static let readP50 = read("read_response_p50_us", 0.5) { $0.kinds.readResponse.p50Microseconds }
    static let readP99 = read("read_response_p99_us", 0.99) { $0.kinds.readResponse.p99Microseconds }
    static let writeP50 = write("write_response_p50_us", 0.5) { $0.kinds.writeResponse.p50Microseconds }
    static let writeP99 = write("write_response_p99_us", 0.99) { $0.kinds.writeResponse.p99Microseconds }
    static let znodeWrites = LoadFigure("znode_writes_per_s", .count) { $0.kinds.znodeWritesPerSecond }

    private static func read(
        _ name: String,
        _ quantile: Double,
        _ value: @escaping @Sendable (SummaryRow) -> Double?
    ) -> LoadFigure {
        LoadFigure(
            name,
            .microseconds,
            quantile: quantile,
            // Files that somebody edited may hold any two numbers.
            of: { $0.context.operationsCompleted &- $0.context.writesMeasured },
            value
        )
    }

    private static func write(
        _ name: String,
        _ quantile: Double,
        _ value: @escaping @Sendable (SummaryRow) -> Double?
    ) -> LoadFigure {
        LoadFigure(name, .microseconds, quantile: quantile, of: { $0.context.writesMeasured }, value)
    }

    /// All of them, as JSON has them.
    static let all = [
        offered, achieved, responseP50, responseP99, responseP999, responseMax, serviceP50, serviceP99, syncsPerWrite,
        cpuPerWrite, syncsPerSecond, batchMean, batchP99, logBytesPerPayloadByte, flushesPerSecond, timesFloor,
        percentOfLimit, foreignShare, readP50, readP99, writeP50, writeP99, znodeWrites,
        percentOfLimit, foreignShare, timesDisk, timesYardstickP50, timesYardstickP99, ofYardstick,
    ]
}

/// A figure over the valid repeats of a load point: its median, how well that is known, and what it rests on.
struct PointFigure: Sendable {
    /// Quantiles that rest on fewer operations are marked: they are about single operations.
    static let fewestOperations = 10
    static let fewMark = "~"

    let figure: LoadFigure
    let distribution: Distribution
    /// Operations beyond a quantile, of the run with the fewest.
    let restsOn: Int?

    /// Nil where no valid run has the figure, or it may not be shown.
    init?(_ point: LoadPointSummary, _ figure: LoadFigure) {
        let found = figure.isRatio ? point.ratio(figure.value) : point.distribution(figure.value)
        guard let found else { return nil }
        self.figure = figure
        distribution = found
        restsOn = point.valid.compactMap(figure.restsOn).min()
    }

    var error: FigureError { distribution.error }
    var isOfFew: Bool { restsOn.map { $0 < Self.fewestOperations } ?? false }
    /// The median, marked where it rests on too few.
    var text: String { (isOfFew ? Self.fewMark : "") + figure.text(distribution.median) }
    var shortText: String { (isOfFew ? Self.fewMark : "") + figure.shortText(distribution.median) }
    /// `±11 %`.
    var errorText: String { error.words(figure.text) }
}
