import ArgumentParser
import Foundation

/// Seeds on the command line: `A..B`.
enum SeedRange {
    static func parse(_ text: String) throws -> ClosedRange<UInt64> {
        let parts = text.components(separatedBy: "..")
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last,
            last < .max / 2
        else { throw ValidationError("--seeds \(text): give the first and the last seed, as 1..2000") }
        return first...last
    }
}
