import Foundation
import Histogram
import Measure

/// The histograms of one run, by clock: those of several generators add up bucket by bucket, so a percentile of them is
/// the percentile of all operations together.
public struct MergedLatencies: Sendable {
    private var histograms: [RecordedLatency.Clock: Histogram<UInt64>]

    /// Why histograms do not add up; the text is for the user.
    public struct Unlike: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Of a run without any.
    public static let none = MergedLatencies([:])

    init(_ histograms: [RecordedLatency.Clock: Histogram<UInt64>]) { self.histograms = histograms }

    /// - Parameter parts: of each generator; a clock that not all have is left out, since of their operations something
    ///   would be missing.
    /// - Throws: `Unlike` where buckets of one are not those of another.
    public init(adding parts: [MergedLatencies]) throws(Unlike) {
        histograms = [:]
        for clock in RecordedLatency.Clock.allCases {
            let all = parts.compactMap { $0.histograms[clock] }
            guard all.count == parts.count, var sum = all.first else { continue }
            // Another port's histogram may end earlier than ours.
            sum.autoResize = true
            for other in all.dropFirst() {
                guard other.lowestDiscernibleValue == sum.lowestDiscernibleValue,
                    other.numberOfSignificantValueDigits == sum.numberOfSignificantValueDigits
                else {
                    throw Unlike(description: "\(clock.rawValue) times have buckets of unlike sizes")
                }
                sum.add(other)
            }
            histograms[clock] = sum
        }
    }

    /// Whether there is a histogram of it.
    public func has(_ clock: RecordedLatency.Clock) -> Bool { histograms[clock] != nil }

    /// Bucket by bucket; nil without a histogram.
    public func recorded(_ clock: RecordedLatency.Clock, run: Int) -> RecordedLatency? {
        histograms[clock].map { RecordedLatency(run: run, clock: clock, histogram: $0) }
    }

    /// The percentiles, as a run computes them.
    ///
    /// - Parameter max: the largest latency if it is known, microseconds. A log has only its bucket, whose end is taken
    ///   otherwise: a percentile in the last bucket is never too low.
    func figures(_ clock: RecordedLatency.Clock, max: Double? = nil) -> LatencyFigures {
        guard var histogram = histograms[clock], histogram.totalCount > 0 else { return LatencyFigures() }
        let bucket = histogram.equivalentRangeForValue(histogram.maxRecorded)
        let known = max.map { UInt64(Swift.max(0, $0 * 1000).rounded()) } ?? bucket.upperBound
        // Nothing is counted; the histogram learns how far it goes.
        histogram.record(bucket.contains(known) ? known : bucket.upperBound, count: 0)
        return LatencyFigures(nanoseconds: histogram)
    }

    /// The lines of latency.hlog.
    ///
    /// - Parameters:
    ///   - run: its number in the folder.
    ///   - startSeconds: of the measured part, after the log's start.
    /// - Throws: zlib's failures.
    public func lines(run: Int, startSeconds: Double, lengthSeconds: Double) throws -> String {
        try RecordedLatency.Clock.allCases.compactMap { clock in
            try histograms[clock].map { histogram in
                try LatencyLog.line(
                    for: LatencyLog.Interval(
                        tag: "\(run)_\(clock.rawValue)",
                        startSeconds: startSeconds,
                        lengthSeconds: lengthSeconds,
                        histogram: histogram
                    )
                )
            }
        }.joined()
    }

    /// What stands before them.
    public static func header(startSeconds: Double, creator: String) -> String {
        LatencyLog.header(startSecondsSinceEpoch: startSeconds, creator: creator)
    }
}

extension RecordedLatencies {
    /// All runs of the file by their number, every bucket as it was counted.
    ///
    /// - Throws: `ResultsFileError.badLine` for what is no such log, and for a run that stands there twice: nobody could say
    ///   which is meant.
    public func byRun() throws(ResultsFileError) -> [Int: MergedLatencies] {
        var found: [Int: [RecordedLatency.Clock: Histogram<UInt64>]] = [:]
        for line in try lines() {
            guard found[line.run]?[line.clock] == nil else {
                throw .badLine(
                    file: name,
                    line: line.number,
                    reason: "the \(line.clock.rawValue) times of run \(line.run) stand there twice"
                )
            }
            found[line.run, default: [:]][line.clock] = line.histogram
        }
        return found.mapValues { MergedLatencies($0) }
    }
}
