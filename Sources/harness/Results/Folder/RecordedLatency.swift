import Foundation
import Histogram
import Measure

/// One run's latencies by one clock, every bucket of its histogram: a line of latency.hlog.
public struct RecordedLatency: Sendable, Equatable {
    public enum Clock: String, Sendable, CaseIterable {
        /// From the planned send.
        case response
        /// From the actual send.
        case service
        /// From the planned send, of reads and of writes alone; only of a load that has both.
        case reads, writes
    }

    /// Operations that the histogram does not tell apart.
    public struct Bucket: Sendable, Equatable {
        /// The largest latency of the bucket, which is what percentiles of summary.csv are.
        public var microseconds: Double
        public var count: UInt64
        /// Operations in this bucket and those before.
        public var cumulative: UInt64
    }

    /// The run's number in its folder, the end of its `run_id`.
    public var run: Int
    public var clock: Clock
    /// Operations.
    public var count: UInt64
    /// Those with operations, the fastest first.
    public var buckets: [Bucket]

    /// - Parameter histogram: nanoseconds.
    public init(run: Int, clock: Clock, histogram: Histogram<UInt64>) {
        self.run = run
        self.clock = clock
        var cumulative: UInt64 = 0
        buckets = histogram.recordedValues().map { value in
            cumulative += value.count
            return Bucket(
                microseconds: Double(histogram.highestEquivalentForValue(value.value)) / 1000,
                count: value.count,
                cumulative: cumulative
            )
        }
        count = cumulative
    }

    /// The share of operations that were as fast as a bucket's, from 0 to 1 of the last bucket, and that bucket's latency.
    public var quantiles: [(quantile: Double, microseconds: Double)] {
        buckets.map { (Double($0.cumulative) / Double(count), $0.microseconds) }
    }

    /// - Parameter quantile: from 0 to 1.
    /// - Returns: the latency that this share of the operations does not exceed; nil without operations.
    public func microseconds(at quantile: Double) -> Double? {
        let rank = max(1, (quantile * Double(count)).rounded(.up))
        return (buckets.first { Double($0.cumulative) >= rank } ?? buckets.last)?.microseconds
    }
}

/// latency.hlog of one folder, HdrHistogram's interval log, read when it is asked for.
public struct RecordedLatencies: Sendable {
    public static let file = "latency.hlog"

    let name: String
    private let text: @Sendable () -> String

    /// None.
    public init() { self.init(name: Self.file) { "" } }

    public init(in folder: ResultsFolder) {
        self.init(name: folder.url.appendingPathComponent(Self.file).path) { folder.read(Self.file) }
    }

    /// - Parameters:
    ///   - name: what errors call the file.
    ///   - text: the file; empty if there is none.
    public init(name: String = Self.file, text: @escaping @Sendable () -> String) {
        self.name = name
        self.text = text
    }

    /// All lines, in the file's order. A last line without an end, as a killed run leaves it, is none.
    ///
    /// - Throws: `ResultsFileError.badLine` for what is no such log.
    public func read() throws(ResultsFileError) -> [RecordedLatency] {
        try lines().map { RecordedLatency(run: $0.run, clock: $0.clock, histogram: $0.histogram) }
    }

    /// A line with its number in the file.
    typealias Line = (number: Int, run: Int, clock: RecordedLatency.Clock, histogram: Histogram<UInt64>)

    func lines() throws(ResultsFileError) -> [Line] {
        var text = text()
        if let last = text.last, last != "\n" {
            text = String(text[..<(text.lastIndex(of: "\n").map(text.index(after:)) ?? text.startIndex)])
        }
        let log: LatencyLog
        do {
            log = try LatencyLog(parsing: text)
        } catch let error as LatencyLog.MalformedLine {
            throw .badLine(file: name, line: error.line, reason: error.reason)
        } catch {
            throw .badLine(file: name, line: 1, reason: "\(error)")
        }
        // A tag of another writer is no run of ours.
        return log.intervals.compactMap { interval in
            let words = (interval.tag ?? "").split(separator: "_", omittingEmptySubsequences: false)
            guard words.count == 2, let run = Int(words[0]),
                let clock = RecordedLatency.Clock(rawValue: String(words[1]))
            else { return nil }
            return (interval.line, run, clock, interval.histogram)
        }
    }
}

extension RunTag {
    /// The run's number in its folder, from 1; nil of an id that is none of ours.
    public var number: Int? { runID.split(separator: "-").last.flatMap { Int($0) } }
}
