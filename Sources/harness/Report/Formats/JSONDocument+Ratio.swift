import Results
import Statistics

extension JSONDocument {
    /// A row of the table of systems beside each other: `base`'s figures divided by those of `system`.
    public struct Ratio: Encodable, Sendable {
        let ratio: SystemRatio

        init(_ ratio: SystemRatio) { self.ratio = ratio }

        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: MemberKey.self)
            func put(_ name: String, _ value: some ColumnValue) throws {
                try members.encode(value.cell, forKey: MemberKey(name))
            }
            try put("load", ratio.key.loadName)
            // The other system's run; no point of a curve is in it.
            for column in LoadKey.columns where column.name != "of_capacity" {
                try members.encode(column.cell(of: ratio.key), forKey: MemberKey(column.name))
            }
            try put("base", ratio.base)
            for (name, _, value) in SystemRatio.figures {
                let found = value(ratio)
                try put("\(name)_ratio", found?.ratio)
                // Of the median, 95 %; null with one round.
                try put("\(name)_ratio_low", found?.interval?.lowerBound)
                try put("\(name)_ratio_high", found?.interval?.upperBound)
            }
        }
    }
}
