import Foundation
import Testing

/// `goldens.json`, made by `scripts/statistics-golden.py` from SciPy.
struct Goldens: Decodable {
    struct Normal: Decodable {
        let share: Double
        let quantile: Double
    }

    struct Student: Decodable {
        let tail: Double
        let degrees: Int
        let critical: Double
    }

    struct Power: Decodable {
        let shift: Double
        let pairs: Int
        let alpha: Double
        let power: Double
    }

    struct HolmCase: Decodable {
        let p: [Double]
        let adjusted: [Double]
    }

    struct Paired: Decodable, CustomTestStringConvertible {
        struct Limits: Decodable {
            let method: String
            let confidence: Double
            let expanded: Bool
            let limits: [Double]
        }

        struct Resampling: Decodable {
            let resamples: Int
            let seed: UInt64
            let intervals: [Limits]
        }

        let name: String
        let a: [Double]
        let b: [Double]
        let ratio: Double
        let medianRatio: Double
        let signFlip: Double?
        let wilcoxon: Double
        let wilcoxonNormal: Double
        let wilcoxonIsExact: Bool
        let wilcoxonStatistic: Double
        let bootstrap: Resampling

        var testDescription: String { name }
    }

    struct Unpaired: Decodable, CustomTestStringConvertible {
        struct Resampling: Decodable {
            let resamples: Int
            let seed: UInt64
            let limits: [Double]
        }

        let name: String
        let a: [Double]
        let b: [Double]
        let confidence: Double
        let isExact: Bool
        let u: Double
        let p: Double
        let pNormal: Double
        let shift: Double
        let shiftLimits: [Double]?
        let ratioOfMedians: Double
        let bootstrap: Resampling

        var testDescription: String { name }
    }

    struct Line: Decodable {
        let x: [Double]
        let y: [Double]
        let slope: Double
        let slopeLimits: [Double]
        let intercept: Double
        let interceptLimits: [Double]
        let rSquared: Double
    }

    let normal: [Normal]
    let student: [Student]
    let power: [Power]
    let holm: [HolmCase]
    let paired: [Paired]
    let unpaired: [Unpaired]
    let lines: [Line]

    static let all: Goldens = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("goldens.json")
        do {
            return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: file))
        } catch {
            fatalError("goldens.json cannot be read; make it with scripts/statistics-golden.py: \(error)")
        }
    }()
}

/// Equal but for `tolerance`, relative to the expected value.
func isClose(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
}
