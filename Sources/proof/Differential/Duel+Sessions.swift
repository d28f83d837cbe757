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
        for side in Side.allCases {
            guard let connection = dial(side, opening.server) else {
                isOver = true
                return report("nobody listens: \(side), server \(opening.server)", "", "")
            }
            connections.append(connection)
            connection.send(connectFrame(seat, opening, side))
        }
        let both = Pair(apache: connections[0], ours: connections[1])
        let received = Pair { both[$0].receive(patienceMilliseconds: patienceMilliseconds) }
        // The old connection is over: its session has another, or is left behind.
        seats[seat].connections = nil
        guard case .frame(let apache) = received.apache, case .frame(let ours) = received.ours else {
            if received.apache != received.ours || received.apache != .end {
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
            seats[seat].passwords = Pair { responses[$0].password }
        }
        if let identity = opening.identity {
            burst(
                seat,
                [Call(.auth, [.int(0), .text(identity.scheme), .text(identity.secret)], xid: ReservedXid.auth)]
            )
        }
    }

    /// Returns when ZooKeeper's leader has applied what its clients have been told: a follower may be ahead of it.
    func waitForLeader() {
        let patience = patienceMilliseconds
        for _ in 0..<2 {
            if leaderChannel == nil, let channel = dial(.apache, -1) {
                let writer = ByteWriter()
                writer.append(Int32(45))
                ConnectRequest(timeout: 60_000).encode(into: writer)
                channel.send(Array(writer.bytes))
                if case .frame = channel.receive(patienceMilliseconds: patience) { leaderChannel = channel }
            }
            guard let channel = leaderChannel else { return }
            channel.send(Call(.sync, [.text("/")]).frame(xid: 1, .apache, chronicle))
            if case .frame = channel.receive(patienceMilliseconds: patience) { return }
            // It has been silent for longer than its timeout.
            leaderChannel = nil
        }
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
        writer.append(opening.sees == .ahead ? Int64.max : 0)
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
