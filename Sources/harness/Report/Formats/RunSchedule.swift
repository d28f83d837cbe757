import Foundation

/// How long the runs that are left will take: as planned, corrected by what those so far really took.
public struct RunSchedule: Sendable {
    /// Of each run, in their order.
    private let planned: [Double]
    private var plannedSoFar = 0.0
    private var tookSoFar = 0.0

    /// - Parameter seconds: what each run is thought to take, in their order.
    public init(seconds: [Double]) { planned = seconds }

    /// A run has ended.
    ///
    /// - Parameters:
    ///   - run: from 1.
    ///   - seconds: what it took.
    public mutating func ended(run: Int, after seconds: Double) {
        guard planned.indices.contains(run - 1) else { return }
        plannedSoFar += planned[run - 1]
        tookSoFar += seconds
    }

    /// Seconds until the last run has ended.
    ///
    /// - Parameters:
    ///   - run: the one under way, from 1; of it `elapsed` seconds are over.
    public func remaining(run: Int, elapsed: Double) -> Double {
        guard planned.indices.contains(run - 1) else { return 0 }
        let rest = planned[run...].reduce(0, +)
        return max(0, planned[run - 1] * pace - elapsed) + rest * pace
    }

    /// How many times as long as planned the runs take.
    private var pace: Double { plannedSoFar > 0 ? tookSoFar / plannedSoFar : 1 }

    /// `about 9 minutes`, for a sentence.
    public static func about(seconds: Double) -> String {
        let (amount, unit) = rounded(seconds)
        let names = ["s": "second", "min": "minute", "h": "hour"]
        return "about \(amount) \(names[unit] ?? unit)\(amount == "1" ? "" : "s")"
    }

    /// `about 7 min left`, for a line that is short of room.
    public static func left(seconds: Double) -> String {
        let (amount, unit) = rounded(seconds)
        return "about \(amount) \(unit) left"
    }

    /// As exact as an estimate can be taken for: whole seconds in steps of five, whole minutes, hours and a half.
    private static func rounded(_ seconds: Double) -> (amount: String, unit: String) {
        if seconds < 90 { return ("\(max(5, Int((seconds / 5).rounded()) * 5))", "s") }
        if seconds < 100 * 60 { return ("\(Int((seconds / 60).rounded()))", "min") }
        let halves = (seconds / 1800).rounded()
        return (halves.truncatingRemainder(dividingBy: 2) == 0 ? "\(Int(halves / 2))" : "\(halves / 2)", "h")
    }
}
