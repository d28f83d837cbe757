extension Telemetry {
    /// A line of `zbat`: words separated by tabs. Moments are nanoseconds of CLOCK_MONOTONIC, zxids hexadecimal.
    public enum BatchLine: Hashable, Sendable {
        case server(Int)
        /// When the answer was made.
        case clock(UInt64)
        /// Lines for which there was no room.
        case lost(UInt64)
        /// A round of the loop and its transactions: read, closed, handed to the log.
        case batch(first: UInt64, last: UInt64, readAt: UInt64, closedAt: UInt64, handedAt: UInt64, bytes: UInt64)
        /// A group commit.
        case group(last: UInt64, takenAt: UInt64, syncedAt: UInt64, records: UInt64)
        /// On a leader: a follower has everything up to the zxid on its disk.
        case acknowledgement(peer: Int, zxid: UInt64, heardAt: UInt64)
        case commit(zxid: UInt64, knownAt: UInt64, appliedAt: UInt64)
        case reply(zxid: UInt64, sentAt: UInt64)

        /// With its newline.
        public var text: String {
            switch self {
            case .server(let id): "server\t\(id)\n"
            case .clock(let now): "clock\t\(now)\n"
            case .lost(let count): "lost\t\(count)\n"
            case .batch(let first, let last, let read, let closed, let handed, let bytes):
                "batch\t\(hex(first))\t\(hex(last))\t\(read)\t\(closed)\t\(handed)\t\(bytes)\n"
            case .group(let last, let taken, let synced, let records):
                "group\t\(hex(last))\t\(taken)\t\(synced)\t\(records)\n"
            case .acknowledgement(let peer, let zxid, let heard): "ack\t\(peer)\t\(hex(zxid))\t\(heard)\n"
            case .commit(let zxid, let known, let applied): "commit\t\(hex(zxid))\t\(known)\t\(applied)\n"
            case .reply(let zxid, let sent): "reply\t\(hex(zxid))\t\(sent)\n"
            }
        }

        /// - Returns: nil for a line of a kind that is not known here, since newer servers may say more.
        /// - Throws: `WireError` for one of a known kind that cannot be read.
        public init?(parsing line: some StringProtocol) throws(WireError) {
            let words = Words(line)
            guard let known = Self.kinds[words.first] else { return nil }
            guard let line = known(words) else { throw WireError("a line that cannot be read: \(line)") }
            self = line
        }

        private static let kinds: [String: @Sendable (Words) -> BatchLine?] = [
            "server": { words in words.id(1).map { .server($0) } },
            "clock": { words in words.decimal(1).map { .clock($0) } },
            "lost": { words in words.decimal(1).map { .lost($0) } },
            "batch": { words in
                guard let first = words.hexadecimal(1), let last = words.hexadecimal(2), let read = words.decimal(3),
                    let closed = words.decimal(4), let handed = words.decimal(5), first <= last
                else { return nil }
                // Older servers do not tell the bytes.
                let bytes = words.decimal(6) ?? 0
                return .batch(first: first, last: last, readAt: read, closedAt: closed, handedAt: handed, bytes: bytes)
            },
            "group": { words in
                guard let last = words.hexadecimal(1), let taken = words.decimal(2), let synced = words.decimal(3),
                    let records = words.decimal(4)
                else { return nil }
                return .group(last: last, takenAt: taken, syncedAt: synced, records: records)
            },
            "ack": { words in
                guard let peer = words.id(1), let zxid = words.hexadecimal(2), let heard = words.decimal(3) else {
                    return nil
                }
                return .acknowledgement(peer: peer, zxid: zxid, heardAt: heard)
            },
            "commit": { words in
                guard let zxid = words.hexadecimal(1), let known = words.decimal(2), let applied = words.decimal(3)
                else {
                    return nil
                }
                return .commit(zxid: zxid, knownAt: known, appliedAt: applied)
            },
            "reply": { words in
                guard let zxid = words.hexadecimal(1), let sent = words.decimal(2) else { return nil }
                return .reply(zxid: zxid, sentAt: sent)
            },
        ]
    }

    /// A line's words.
    struct Words {
        private let words: [Substring]

        init(_ line: some StringProtocol) {
            words = Substring(line).split(separator: "\t", omittingEmptySubsequences: false)
        }

        var first: String { words.first.map(String.init) ?? "" }

        func word(_ place: Int) -> String? { place < words.count ? String(words[place]) : nil }
        func decimal(_ place: Int) -> UInt64? { place < words.count ? UInt64(words[place]) : nil }
        /// A server's id.
        func id(_ place: Int) -> Int? { place < words.count ? Int(words[place]) : nil }
        func hexadecimal(_ place: Int) -> UInt64? { place < words.count ? UInt64(words[place], radix: 16) : nil }
    }
}

private func hex(_ value: UInt64) -> String { String(value, radix: 16) }
