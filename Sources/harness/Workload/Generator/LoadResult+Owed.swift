extension LoadResult {
    /// How many writes the arrival schedule planned in each stretch, whether they could be sent or not.
    ///
    /// The schedule is replayed from the seed. Which operations of a mix are writes is only drawn when they are sent, so
    /// with a mix this is the share of writes in what was planned; with writes alone it is exact.
    ///
    /// - Parameter stretches: from the first moment to before the second, CLOCK_MONOTONIC.
    /// - Returns: nil in a closed loop, which plans nothing, and of a recording.
    public func plannedWrites(in stretches: [(from: UInt64, to: UInt64)]) -> [Double]? {
        guard plan.replay == nil, let rate = plan.mode.ratePerSecond, rate > 0 else { return nil }
        let order = stretches.indices.sorted { stretches[$0].from < stretches[$1].from }
        let end = stretches.map(\.to).max() ?? 0
        var counts = [Int](repeating: 0, count: stretches.count)
        for session in 0..<plan.clients {
            guard var stream = plan.arrivals(session: session, start: loadStartedAtMonotonicNanoseconds) else { break }
            // Stretches before this place of `order` are over.
            var done = 0
            while stream.next < end {
                while done < order.count, stretches[order[done]].to <= stream.next { done += 1 }
                for place in order[done...] {
                    if stretches[place].from > stream.next { break }
                    if stream.next < stretches[place].to { counts[place] += 1 }
                }
                stream.advance()
            }
        }
        let writes = plan.mix.set + plan.mix.create + plan.mix.delete
        return counts.map { Double($0) * Double(writes) / Double(plan.mix.total) }
    }
}
