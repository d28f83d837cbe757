import Wire

/// Connections that begin.
extension Duel {
    /// Closes a client's session, so that it does not expire at a moment of its own.
    func retire(_ seat: Int) {
        if seats[seat].session != nil {
            if seats[seat].connections == nil { connect(seat, Opening()) }
            burst(seat, [Call(.closeSession)])
        }
        seats[seat] = Seat()
    }

    func connect(_ seat: Int, _ opening: Opening) {
        seats[seat].server = opening.server
        var connections: [any Channel] = []
        var answers: [Received] = []
        for side in Side.allCases {
            guard let (connection, answer) = ask(side, seat, opening) else {
                isOver = true
                return report("nobody listens: \(side), server \(opening.server)", "", "")
            }
            connections.append(connection)
            answers.append(answer)
        }
        let both = Pair(apache: connections[0], ours: connections[1])
        let received = Pair(apache: answers[0], ours: answers[1])
        // The old connection is over: its session has another, or is left behind.
        seats[seat].connections = nil
        guard case .frame(let apache) = received.apache, case .frame(let ours) = received.ours else {
            if received.apache != received.ours || received.apache != .end || opening.sees == .own {
                report("connect: answer or not", "\(received.apache)", "\(received.ours)")
            }
            return
        }
        guard let responses = responses(Pair(apache: apache, ours: ours)) else { return }
        guard responses.apache.sessionID != 0, responses.ours.sessionID != 0 else {
            // What is left is the end of the connection.
            let ends = Pair { both[$0].receive(patienceMilliseconds: patienceMilliseconds) }
            if ends.apache != ends.ours { report("connect: closed after refusal", "\(ends.apache)", "\(ends.ours)") }
            // Its owner may still be in time with the right password.
            if opening.password == .own { seats[seat].session = nil }
            return
        }
        seats[seat].connections = both
        let ids = Pair { responses[$0].sessionID }
        if let known = seats[seat].session {
            if roll.sessions[known] != ids { report("connect: another session", "\(ids.apache)", "\(ids.ours)") }
        } else {
            seats[seat].session = roll.add(ids)
            seats[seat].seen = Pair { _ in 0 }
            seats[seat].passwords = Pair { responses[$0].password }
        }
        if let identity = opening.identity {
            burst(
                seat,
                [Call(.auth, [.int(0), .text(identity.scheme), .text(identity.secret)], xid: ReservedXid.auth)]
            )
        }
    }

    /// A server that is behind what the session has seen closes the connection, until it is not any more.
    private func ask(_ side: Side, _ seat: Int, _ opening: Opening) -> (any Channel, Received)? {
        var tries = opening.sees == .own ? 10_000 : 1
        while let connection = dial(side, opening.server) {
            connection.send(connectFrame(seat, opening, side))
            let answer = hear(connection, side)
            tries -= 1
            if answer != .end || tries == 0 { return (connection, answer) }
        }
        return nil
    }

    /// Another client's session, whose old connection is still there.
    func take(_ seat: Int, from other: Int, _ opening: Opening) {
        retire(seat)
        seats[seat].session = seats[other].session
        seats[seat].passwords = seats[other].passwords
        seats[seat].seen = seats[other].seen
        connect(seat, opening)
        seats[other].session = nil
    }

    /// Reads events for which nobody acts.
    func waitFor(_ events: Int, _ seat: Int) {
        guard let connections = seats[seat].connections else { return }
        for other in seats.indices { seats[other].hasSeenEnds = true }
        let received = Pair { side in
            (0..<events).map { _ in connections[side].receive(patienceMilliseconds: 3 * patienceMilliseconds) }
        }
        compare(seat, [], received)
        noteChange(seat)
    }

    /// Returns when the leaders have applied what their clients have been told: a follower may be ahead of its leader. A
    /// sync there waits for nothing in ZooKeeper, but a write does, also one that is refused.
    func waitForLeader() {
        for side in Side.allCases {
            guard let frame = askLeader(side) else { continue }
            let answer = Answer(frame, to: OpCode.delete.rawValue)
            guard let zxid = answer.zxid, zxid < newest[side] else { continue }
            report("more than the leader has: \(side)", "\(answer)", "0x\(String(newest[side], radix: 16)) was seen")
        }
    }

    func askLeader(_ side: Side) -> [UInt8]? {
        for _ in 0..<2 {
            if leaderChannels[side] == nil, let channel = dial(side, -1) {
                let writer = ByteWriter()
                writer.append(Int32(45))
                ConnectRequest(timeout: 60_000).encode(into: writer)
                channel.send(Array(writer.bytes))
                if case .frame = channel.receive(patienceMilliseconds: patienceMilliseconds) {
                    leaderChannels[side] = channel
                }
            }
            guard let channel = leaderChannels[side] else { return nil }
            channel.send(Call(.delete, [.text("/zookeeper"), .int(-1)]).frame(xid: 1, side, chronicle))
            if case .frame(let frame) = channel.receive(patienceMilliseconds: patienceMilliseconds) { return frame }
            // It has been silent for longer than its timeout.
            leaderChannels[side] = nil
        }
        return nil
    }

    private func connectFrame(_ seat: Int, _ opening: Opening, _ side: Side) -> [UInt8] {
        let own = seats[seat].passwords[side]
        let password: [UInt8] =
            switch opening.password {
            case .own: own.isEmpty ? [UInt8](repeating: 0, count: 16) : own
            case .wrong: own.map { $0 ^ 1 }
            case .of(let length): [UInt8](repeating: 9, count: length)
            }
        let writer = ByteWriter()
        writer.append(Int32(0))
        writer.append(Int32(0))
        let sees: Int64 =
            switch opening.sees {
            case .nothing: 0
            case .ahead: .max
            case .own: seats[seat].seen[side]
            }
        writer.append(sees)
        writer.append(opening.timeout)
        writer.append(seats[seat].session.map { roll.sessions[$0][side] } ?? 0)
        password.withUnsafeBytes { writer.append(buffer: $0) }
        if opening.hasReadOnly { writer.append(opening.readOnly) }
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }

    private func responses(_ frames: Pair<[UInt8]>) -> Pair<ConnectResponse>? {
        let apache = Self.response(frames.apache)
        let ours = Self.response(frames.ours)
        guard let apache, let ours else {
            report("connect: unreadable", hexadecimal(frames.apache), hexadecimal(frames.ours))
            return nil
        }
        let isSame =
            frames.apache.count == frames.ours.count && apache.timeout == ours.timeout
            && apache.readOnly == ours.readOnly && (apache.sessionID == 0) == (ours.sessionID == 0)
            && apache.password.count == ours.password.count
        if !isSame { report("connect", hexadecimal(frames.apache), hexadecimal(frames.ours)) }
        return Pair(apache: apache, ours: ours)
    }

    private static func response(_ frame: [UInt8]) -> ConnectResponse? {
        frame.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try? ConnectResponse(from: &reader)
        }
    }
}
