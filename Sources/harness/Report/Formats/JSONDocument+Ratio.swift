import Results
import Statistics

extension JSONDocument {
    /// A row of the table of systems beside each other, `base`'s figures divided by those of `system`; or of that of shards,
    /// figures of so many divided by those of one ensemble.
    public struct Ratio: Encodable, Sendable {
        private let key: LoadKey
        /// Nil between shards.
        private let base: String?
        private let figures: [(name: String, ratio: RunRatio?)]

        init(_ ratio: SystemRatio) {
            key = ratio.key
            base = ratio.base
            figures = SystemRatio.figures.map { ($0.name, $0.ratio(ratio)) }
        }

        init(_ ratio: ShardRatio) {
            key = ratio.key
            base = nil
            figures = ShardRatio.figures.map { ($0.name, $0.ratio(ratio)) }
        }

        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: MemberKey.self)
            func put(_ name: String, _ value: some ColumnValue) throws {
                try members.encode(value.cell, forKey: MemberKey(name))
            }
            try put("load", key.loadName)
            // The other system's run, or the shards'; no point of a curve is in it.
            for column in LoadKey.columns where column.name != "of_capacity" {
                try members.encode(column.cell(of: key), forKey: MemberKey(column.name))
            }
            if let base { try put("base", base) }
            for (name, found) in figures {
                try put("\(name)_ratio", found?.ratio)
                // Of the median, 95 %; null with one round.
                try put("\(name)_ratio_low", found?.interval?.lowerBound)
                try put("\(name)_ratio_high", found?.interval?.upperBound)
            }
        }
    }
}
