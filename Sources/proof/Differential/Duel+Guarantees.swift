import Wire

/// What holds for the zxid in an answer's header on each side, whatever the other says: a session never sees less than it
/// has seen, on whatever server, and nobody sees more than the leader has. That it is the newest behind a sync shows in the
/// comparison, since one client acts at a time and syncs first.
extension Duel {
    func hold(_ answers: Pair<Answer>, to call: Call?, of seat: Int) {
        for side in Side.allCases {
            guard let zxid = answers[side].zxid else { continue }
            if zxid < seats[seat].seen[side] { reportPast(answers, call, side) }
            seats[seat].seen[side] = max(seats[seat].seen[side], zxid)
            newest[side] = max(newest[side], zxid)
        }
    }

    private func reportPast(_ answers: Pair<Answer>, _ call: Call?, _ side: Side) {
        let name = call?.name ?? "nothing"
        report("\(name): less than the session has seen: \(side)", "\(answers.apache)", "\(answers.ours)", call)
    }

    /// The answers without those to pings among other requests, which ours gives at once. They say what was so at some
    /// time since the answers before.
    func withoutPings(
        _ seat: Int,
        _ calls: [Call],
        _ received: Pair<[Received]>
    ) -> (calls: [Call], received: Pair<[Received]>) {
        let count = calls.count { $0.isPing }
        guard calls.count > 1, count > 0 else { return (calls, received) }
        let places = Pair { side in received[side].indices.filter { received[side][$0].isPing } }
        let isOver = Side.allCases.contains { received[$0].last == .end }
        if !isOver, Side.allCases.contains(where: { places[$0].count != count }) {
            report("ping: \(places.apache.count) answers, ours \(places.ours.count)", "", "")
        }
        for (apache, ours) in zip(places.apache, places.ours) {
            let answers = Pair { side in
                received[side][side == .apache ? apache : ours].answer(to: OpCode.ping.rawValue)
            }
            result.answers["ping \(answers.apache.error)", default: 0] += 1
            if answers.apache.error != answers.ours.error || answers.apache.frame.count != answers.ours.frame.count {
                report("ping: error \(answers.apache.error), ours \(answers.ours.error)", "", "", .ping)
            }
            for side in Side.allCases where answers[side].zxid! < seats[seat].seen[side] {
                reportPast(answers, .ping, side)
            }
            if ours > apache { report("ping: ours is later", "\(answers.apache)", "\(answers.ours)", .ping) }
            if ours < apache, !isQuiet { result.explained[Explanation.pings.rawValue, default: 0] += 1 }
        }
        return (calls.filter { !$0.isPing }, Pair { side in received[side].filter { !$0.isPing } })
    }
}

extension Received {
    fileprivate var isPing: Bool {
        if case .frame(let frame) = self { frame.starts(with: [255, 255, 255, 254]) } else { false }
    }

    /// Of a frame.
    fileprivate func answer(to op: Int32) -> Answer {
        guard case .frame(let frame) = self else { preconditionFailure("no frame") }
        return Answer(frame, to: op)
    }
}
