/// The fewest actions that still lead to a difference.
extension Duel {
    /// Trials that a difference may cost, at most.
    private static let trialsMax = 150

    /// Plays parts of the history again, each from equal sides, and returns the smallest that still differs so.
    func shrink(_ history: [Action], _ signature: String) -> [Action]? {
        var trials = 0
        func fails(_ actions: [Action]) -> Bool {
            trials += 1
            return replay(actions, signature)
        }
        // What is near the end is nearly always enough.
        let opens = Array(history.prefix(settings.seats))
        let rest = Array(history.dropFirst(settings.seats))
        var kept: [Action]?
        var length = 8
        while kept == nil {
            let part = opens + rest.suffix(length)
            if fails(part) { kept = part }
            if length >= rest.count { break }
            length = min(length * 4, rest.count)
        }
        guard var kept else { return nil }
        var chunk = kept.count / 2
        while chunk > 0 {
            var start = 0
            while start < kept.count, trials < Self.trialsMax {
                let fewer = Array(kept[..<start]) + Array(kept[min(kept.count, start + chunk)...])
                if fails(fewer) { kept = fewer } else { start += chunk }
            }
            chunk /= 2
        }
        return shortened(kept) { trials < Self.trialsMax * 2 && fails($0) }
    }

    /// Bursts without the requests that are not needed.
    private func shortened(_ actions: [Action], _ fails: ([Action]) -> Bool) -> [Action] {
        var actions = actions
        for index in actions.indices.reversed() {
            guard case .burst(let seat, var calls) = actions[index] else { continue }
            for place in calls.indices.reversed() where calls.count > 1 {
                var fewer = calls
                fewer.remove(at: place)
                var trial = actions
                trial[index] = .burst(seat, fewer)
                if fails(trial) { (actions, calls) = (trial, fewer) }
            }
        }
        return actions
    }

    private func replay(_ actions: [Action], _ signature: String) -> Bool {
        reset()
        let (differences, counts) = (result.differences, result.counts)
        defer { (result.differences, result.counts) = (differences, counts) }
        result.differences = []
        result.counts = [:]
        for action in actions {
            perform(action)
            if result.counts[signature] != nil { return true }
        }
        settle()
        return result.counts[signature] != nil
    }
}
