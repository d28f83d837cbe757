/// One time that a session had a lock, or was the leader. Moments are nanoseconds of CLOCK_MONOTONIC.
struct Hold: Sendable, Hashable {
    var session: Int
    /// The zxid of the znode that stood in the queue: the fencing token.
    var token: Int64
    /// When the session knew that it holds.
    var from: UInt64 = 0
    /// Just before it gave up.
    var to: UInt64 = 0
    /// The shared znode's version after the first write of the hold, and after the last one.
    var firstVersion: Int32 = 0
    var lastVersion: Int32 = 0
    /// The zxids of these writes.
    var firstZxid: Int64 = 0
    var lastZxid: Int64 = 0
    /// A write found another version than the one that the session had read, or written, while it held.
    var conflict = false

    /// Writes of the hold.
    var writes: Int { Int(lastVersion) - Int(firstVersion) + 1 }
}

/// One item of a queue as its producer knows it.
struct Offer: Sendable, Hashable {
    var producer: Int
    /// From 1, of its producer.
    var item: UInt64
    /// That the server gave to its znode.
    var number: Int
}

/// One item as the consumer knows it that has deleted its znode.
struct Take: Sendable, Hashable {
    var producer: Int
    var item: UInt64
    var number: Int
    /// Of the delete.
    var zxid: Int64
}

/// Whether what a recipe promises was kept. Each function is given what was seen, and returns a line on each
/// contradiction.
enum RecipeProof {
    /// More of a kind say nothing new.
    private static let most = 20

    /// At most one holder at any time, by the clock, by the versions of what only holders write, and by zxids; the fencing
    /// tokens rise.
    ///
    /// - Parameters:
    ///   - what: `lock` or `leader`, for the lines.
    ///   - finalVersion: of the shared znode, read afterwards; nil where nobody could read it.
    ///   - unfinished: holds that were begun and whose end nobody knows.
    static func exclusive(_ holds: [Hold], what: String, finalVersion: Int32?, unfinished: Int) -> [String] {
        var lines: [String] = []
        func say(_ line: @autoclosure () -> String) { if lines.count < most { lines.append(line()) } }
        var last: Hold?
        for hold in holds.sorted(by: { ($0.from, $0.token) < ($1.from, $1.token) }) {
            let who = "session \(hold.session) with token 0x\(String(hold.token, radix: 16))"
            if hold.conflict { say("\(who): another session wrote while it held the \(what) (version conflict)") }
            if hold.firstZxid <= hold.token { say("\(who): its write has a zxid that is not above its token") }
            let versions = (last?.lastVersion ?? 0) + 1
            if !hold.conflict, last?.conflict != true, hold.firstVersion != versions {
                say("\(who): its write made version \(hold.firstVersion), \(versions) was due")
            }
            if let last {
                if hold.from < last.to { say("\(who) held the \(what) while session \(last.session) still did") }
                if hold.token <= last.token { say("\(who): the token before was 0x\(String(last.token, radix: 16))") }
                if hold.firstZxid <= last.lastZxid { say("\(who): its write is older than that of the holder before") }
            }
            last = hold
        }
        let count = last?.lastVersion ?? 0
        if let finalVersion, unfinished == 0 ? finalVersion != count : finalVersion < count {
            say("the \(what)'s znode ended with \(finalVersion) writes, and \(count) were acknowledged")
        }
        return lines
    }

    /// Every item that was offered was taken exactly once, in the order of the queue, and so in that of its producer.
    ///
    /// - Parameters:
    ///   - left: numbers of items that are in the queue at the end; nil where nobody could read it.
    ///   - unanswered: whether offers or claims were under way at the end, so that nobody knows what became of them.
    static func queue(_ offers: [Offer], _ takes: [Take], left: [Int]?, unanswered: Bool) -> [String] {
        var lines: [String] = []
        func say(_ line: @autoclosure () -> String) { if lines.count < most { lines.append(line()) } }
        func words(_ item: UInt64, _ producer: Int) -> String { "item \(item) of producer \(producer)" }
        let offered = Dictionary(offers.map { ($0.number, $0) }) { first, _ in first }
        if offered.count < offers.count { say("two offers were given one number") }
        var taken: Set<Int> = []
        var newest = -1
        var items: [Int: UInt64] = [:]
        for take in takes.sorted(by: { $0.zxid < $1.zxid }) {
            let item = words(take.item, take.producer)
            if !taken.insert(take.number).inserted { say("\(item) was taken twice") }
            if let offer = offered[take.number] {
                if offer.producer != take.producer || offer.item != take.item {
                    say("\(item) was taken where \(words(offer.item, offer.producer)) was offered")
                }
            } else if !unanswered {
                say("\(item) was taken and never offered")
            }
            if take.number < newest { say("\(item) was taken after a later one") }
            newest = max(newest, take.number)
            if let before = items[take.producer], take.item <= before {
                say("\(item) was taken after item \(before) of its producer")
            }
            items[take.producer] = take.item
        }
        guard let left else { return lines }
        let still = Set(left)
        for number in still.sorted() where taken.contains(number) {
            say("the item \(number) was taken and is still there")
        }
        guard !unanswered else { return lines }
        for offer in offers where !taken.contains(offer.number) && !still.contains(offer.number) {
            say("\(words(offer.item, offer.producer)) was lost")
        }
        return lines
    }

    /// No subscriber saw an older value after a newer one, and each ended with the last one.
    ///
    /// - Parameters:
    ///   - seen: of each subscriber, the values in the order in which it saw them.
    ///   - written: the last value that was acknowledged; 0 for none.
    ///   - finalValue: read afterwards; nil where nobody could read it.
    ///   - unfinished: whether a change was under way at the end.
    static func config(
        _ seen: [[UInt64]],
        written: UInt64,
        finalValue: UInt64?,
        unfinished: Bool
    ) -> [String] {
        var lines: [String] = []
        func say(_ line: @autoclosure () -> String) { if lines.count < most { lines.append(line()) } }
        for (subscriber, values) in seen.enumerated() {
            for (older, newer) in zip(values, values.dropFirst()) where newer < older {
                say("subscriber \(subscriber) saw value \(newer) after value \(older)")
            }
            let last = values.last ?? 0
            if last > written, !unfinished {
                say("subscriber \(subscriber) saw value \(last), and the last one written was \(written)")
            } else if last < written, !unfinished {
                say("subscriber \(subscriber) ended with value \(last) instead of \(written)")
            }
        }
        if let finalValue, unfinished ? finalValue < written : finalValue != written {
            say("the servers ended with value \(finalValue) instead of \(written)")
        }
        return lines
    }
}
