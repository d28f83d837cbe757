import Foundation
import Histogram

/// HdrHistogram's interval log, version 1.3: what `HistogramLogProcessor`, the Python port and the web plotter read.
///
/// Values are nanoseconds; `Interval_Max` is in milliseconds, as the other writers of the format have it. A tag tells
/// runs and clocks apart, `quick-1_service` for instance; it holds no comma, no space and no line end.
public struct LatencyLog: Sendable {
    /// One histogram over one stretch of time.
    public struct Interval: Sendable {
        public var tag: String?
        /// Seconds after the log's start.
        public var startSeconds: Double
        public var lengthSeconds: Double
        public var histogram: Histogram<UInt64>
        /// Of the log that it was read from, from 1; 0 otherwise.
        public var line = 0

        public init(tag: String?, startSeconds: Double, lengthSeconds: Double, histogram: Histogram<UInt64>) {
            self.tag = tag
            self.startSeconds = startSeconds
            self.lengthSeconds = lengthSeconds
            self.histogram = histogram
        }
    }

    public struct MalformedLine: Error, CustomStringConvertible {
        public var line: Int
        public var reason: String
        public var description: String { "histogram log, line \(line): \(reason)" }
    }

    public var startSecondsSinceEpoch: Double
    public var intervals: [Interval]

    public init(startSecondsSinceEpoch: Double, intervals: [Interval] = []) {
        self.startSecondsSinceEpoch = startSecondsSinceEpoch
        self.intervals = intervals
    }

    /// The lines before the first interval.
    public static func header(startSecondsSinceEpoch: Double, creator: String) -> String {
        let started = Date(timeIntervalSince1970: startSecondsSinceEpoch)
        return """
            #[Histogram log format version 1.3]
            #[Created by \(creator)]
            #[StartTime: \(fixed(startSecondsSinceEpoch)) (seconds since epoch), \(started.formatted(.iso8601))]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
    }

    /// One line, with its line end.
    public static func line(for interval: Interval) throws -> String {
        let tag = interval.tag.map { "Tag=\($0)," } ?? ""
        let max = Double(interval.histogram.max) / 1_000_000
        let encoded = try HistogramEncoding.base64(of: interval.histogram)
        return "\(tag)\(fixed(interval.startSeconds)),\(fixed(interval.lengthSeconds)),\(fixed(max)),\(encoded)\n"
    }

    /// The whole file.
    public func text(creator: String) throws -> String {
        var text = LatencyLog.header(startSecondsSinceEpoch: startSecondsSinceEpoch, creator: creator)
        for interval in intervals { text += try LatencyLog.line(for: interval) }
        return text
    }

    /// Reads a log of version 1.3 (or of 1.2, which differs only in tags).
    public init(parsing text: String) throws {
        self.init(startSecondsSinceEpoch: 0)
        for (offset, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("\"") { continue }
            if line.hasPrefix("#[StartTime:") {
                let words = line.dropFirst("#[StartTime:".count).split(separator: " ")
                startSecondsSinceEpoch = words.first.flatMap { Double($0) } ?? 0
            }
            if line.hasPrefix("#") { continue }
            intervals.append(try LatencyLog.interval(line, number: offset + 1))
        }
    }

    private static func interval(_ line: Substring, number: Int) throws -> Interval {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false)
        var tag: String?
        if let first = fields.first, first.hasPrefix("Tag=") {
            tag = String(first.dropFirst(4))
            fields.removeFirst()
        }
        guard fields.count == 4, let start = Double(fields[0]), let length = Double(fields[1]) else {
            throw MalformedLine(line: number, reason: "expected start,length,max,histogram")
        }
        do {
            let histogram = try HistogramEncoding.histogram(base64: String(fields[3]))
            var interval = Interval(tag: tag, startSeconds: start, lengthSeconds: length, histogram: histogram)
            interval.line = number
            return interval
        } catch {
            throw MalformedLine(line: number, reason: "\(error)")
        }
    }

    private static func fixed(_ value: Double) -> String {
        String(format: "%.3f", value)
    }
}
