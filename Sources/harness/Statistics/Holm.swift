/// Holm's step-down method (Scandinavian Journal of Statistics 6, 1979): with several metrics, the chance of one false
/// alarm or more among them stays at the level, however they depend on each other.
public enum Holm {
    /// The adjusted p values, in the order given: reject those at or below the level.
    public static func adjusted(_ values: [Double]) throws(SampleError) -> [Double] {
        for (index, value) in values.enumerated() where !(0...1).contains(value) {
            throw .notAProbability(value: value, index: index)
        }
        var result = values
        var largest = 0.0
        for (place, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
            largest = max(largest, min(1, values[index] * Double(values.count - place)))
            result[index] = largest
        }
        return result
    }
}
