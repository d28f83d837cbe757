import Foundation
import Results
import Statistics

extension JSONDocument {
    /// A row of the table of curves.
    public struct Curve: Encodable, Sendable {
        let curve: LoadCurve

        init(_ curve: LoadCurve) { self.curve = curve }

        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: MemberKey.self)
            func put(_ name: String, _ value: some ColumnValue) throws {
                try members.encode(value.cell, forKey: MemberKey(name))
            }
            try put("load", curve.key.loadName)
            for column in LoadKey.columns where column.name != "of_capacity" {
                try members.encode(column.cell(of: curve.key), forKey: MemberKey(column.name))
            }
            try put("repeats", curve.passes.count)
            // `bend` where there is a knee; otherwise the `generator`, or the `curve` itself where all was kept up with.
            try put("ended_by", curve.knee.map { "\($0.end)" })
            try put("generator_bound_per_s", curve.generatorBound)
            try put("slo_missed", curve.objective.isEmpty ? nil : curve.missesObjective)
            let knee = curve.knee.flatMap { $0.end == .bend ? $0.rate : nil }
            for (name, found) in [
                ("capacity_per_s", curve.capacity), ("knee_per_s", knee), ("slo_per_s", curve.objectiveRate),
            ] {
                try put("\(name)_median", found?.median)
                // Of the median, 95 %; null with one repeat.
                try put("\(name)_low", found?.interval?.low)
                try put("\(name)_high", found?.interval?.high)
            }
        }
    }
}
