/// Why no statistic can be made of these runs. Each case says what to do about it.
public enum SampleError: Error, Equatable, CustomStringConvertible {
    /// Fewer runs, or pairs of them, than the statistic needs.
    case tooFew(count: Int, needed: Int)
    /// A pair lacks one side.
    case unpaired(baseline: Int, candidate: Int)
    /// Zero, negative, infinite or NaN: it has no logarithm, so no ratio. Index counts from 0.
    case notPositive(value: Double, index: Int)
    /// Not finite, where zero and less are allowed. Index counts from 0.
    case notFinite(value: Double, index: Int)
    /// A p outside of 0...1, or NaN. Index counts from 0.
    case notAProbability(value: Double, index: Int)

    public var description: String {
        switch self {
        case .tooFew(let count, let needed):
            "\(count) runs are too few for this statistic: make at least \(needed)"
        case .unpaired(let baseline, let candidate):
            "\(baseline) baseline runs and \(candidate) candidate runs do not form pairs: leave out those without a partner"
        case .notPositive(let value, let index):
            "run \(index + 1) has the value \(value), which has no valid ratio: compare this metric by its exact values instead"
        case .notFinite(let value, let index):
            "run \(index + 1) has the value \(value): leave the run out as invalid"
        case .notAProbability(let value, let index):
            "p value \(index + 1) is \(value): it must be between 0 and 1"
        }
    }
}
