import Measure
import Results
import Statistics

/// Whether a row's ratios to what the machine can do at best may be shown.
extension SummaryRow.Limits {
    /// Instead of a ratio that cannot be.
    public static let notValid = "calibration not valid"

    /// Below these a floor is never known: what is measured a second apart differs by that much on a quiet disk. The
    /// greater one bounds what a calibration's own spread may excuse.
    static let leastError = 0.05
    static let greatestError = 0.25

    /// Takes the ratios away where one of them says that less was needed than the least there is, or more was done than
    /// can be: then the calibration is wrong, all of it.
    ///
    /// - Parameters:
    ///   - error: of the calibration, a share of its figures.
    ///   - responseP50: of the row, microseconds.
    ///   - floor: as calibrated, microseconds.
    mutating func refuseImpossible(error: Double, responseP50: Double?, floor: Double?) {
        guard timesFloor != nil || percent != nil else { return }
        var reasons: [String] = []
        if let timesFloor, timesFloor < 1 - error {
            reasons.append(
                "the response p50 (\(ConsoleTable.latency(microseconds: responseP50))) is below the calibrated floor "
                    + "of \(ConsoleTable.latency(microseconds: floor))"
            )
        }
        if let percent, percent > 100 * (1 + error), let perSecond {
            reasons.append(
                "more writes were done than the calibrated limit of \(ConsoleTable.grouped(perSecond))/s "
                    + "(\(name ?? "unknown"))"
            )
        }
        isValid = reasons.isEmpty
        guard !reasons.isEmpty else { return }
        (timesFloor, percent, perSecond, name) = (nil, nil, nil, nil)
        note = "\(Self.notValid): \(reasons.joined(separator: ", and ")); run zabbench calibrate again"
    }
}

extension LoadLimits {
    /// Of the calibrated figures, as a share of them: half of the rounds' spread, between `leastError` and
    /// `greatestError`.
    var error: Double {
        let spreads = calibrations.flatMap { calibration in
            calibration.floors.filter { $0.strategy == facts.strategy }.map(\.spread)
        }
        return min(
            SummaryRow.Limits.greatestError,
            max(SummaryRow.Limits.leastError, (spreads.max() ?? 0) / 2)
        )
    }

    /// What is doubtful about the calibrations, though they can be used.
    var doubt: String? {
        let doubts = calibrations.compactMap { $0.doubt(about: facts.strategy) }
        return doubts.first.map { "calibration of unknown quality: \($0); run zabbench calibrate again" }
    }
}

extension LoadPointSummary {
    /// Whether one of the rows says that the calibration is wrong.
    public var isCalibrationRefused: Bool { valid.contains { $0.limits.isValid == false } }

    /// The median of a ratio to the calibration; nil where there is none that may be shown.
    public func ratio(_ figure: (SummaryRow) -> Double?) -> Distribution? {
        isCalibrationRefused ? nil : distribution(figure)
    }

    /// Whether the table has a column of ratios for it.
    var hasRatios: Bool { isCalibrationRefused || distribution(\.limits.timesFloor) != nil }
}
