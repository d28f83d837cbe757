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
    ///   - fences: writes of one hold, so that these can have made so many more at most.
    static func exclusive(_ holds: [Hold], what: String, finalVersion: Int32?, unfinished: Int, fences: Int) -> [String]
    {
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
        // Of holds without an end nobody knows how many of their writes were carried out.
        let possible = unfinished * fences
        if let finalVersion, !(Int(count)...Int(count) + possible).contains(Int(finalVersion)) {
            let more = possible > 0 ? ", and \(possible) more were possible" : ""
            say("the \(what)'s znode ended with \(finalVersion) writes, and \(count) were acknowledged\(more)")
        }
        return lines
    }

    /// Every item that was offered was taken exactly once, in the order of the queue, and so in that of its producer.
    ///
    /// - Parameters:
    ///   - left: numbers of items that are in the queue at the end; nil where nobody could read it.
    ///   - unanswered: offers and claims that were under way at the end, so that nobody knows what became of them: each can
    ///     account for one item.
    static func queue(
        _ offers: [Offer],
        _ takes: [Take],
        left: [Int]?,
        unanswered: (offers: Int, claims: Int)
    ) -> [String] {
        var lines: [String] = []
        func say(_ line: @autoclosure () -> String) { if lines.count < most { lines.append(line()) } }
        func words(_ item: UInt64, _ producer: Int) -> String { "item \(item) of producer \(producer)" }
        let offered = Dictionary(offers.map { ($0.number, $0) }) { first, _ in first }
        if offered.count < offers.count { say("two offers were given one number") }
        var taken: Set<Int> = []
        var newest = -1
        var items: [Int: UInt64] = [:]
        var unknown: [String] = []
        for take in takes.sorted(by: { $0.zxid < $1.zxid }) {
            let item = words(take.item, take.producer)
            if !taken.insert(take.number).inserted { say("\(item) was taken twice") }
            if let offer = offered[take.number] {
                if offer.producer != take.producer || offer.item != take.item {
                    say("\(item) was taken where \(words(offer.item, offer.producer)) was offered")
                }
            } else {
                unknown.append(item)
            }
            if take.number < newest { say("\(item) was taken after a later one") }
            newest = max(newest, take.number)
            if let before = items[take.producer], take.item <= before {
                say("\(item) was taken after item \(before) of its producer")
            }
            items[take.producer] = take.item
        }
        for item in unknown.dropFirst(unanswered.offers) { say("\(item) was taken and never offered") }
        guard let left else { return lines }
        let still = Set(left)
        for number in still.sorted() where taken.contains(number) {
            say("the item \(number) was taken and is still there")
        }
        // Nobody heard that one of these was made, and nobody has taken it.
        let strangers = still.sorted().filter { offered[$0] == nil && !taken.contains($0) }
        for number in strangers.dropFirst(max(0, unanswered.offers - unknown.count)) {
            say("the item \(number) is in the queue and was never offered")
        }
        let missing = offers.filter { !taken.contains($0.number) && !still.contains($0.number) }
        for offer in missing.dropFirst(unanswered.claims) {
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
    ///   - isChanging: whether one more change was under way at the end, so that nobody knows what became of it.
    ///   - untold: subscribers who did not answer at the end, so that they may not have heard of the last value yet.
    static func config(
        _ seen: [[UInt64]],
        written: UInt64,
        finalValue: UInt64?,
        isChanging: Bool,
        untold: Set<Int> = []
    ) -> [String] {
        var lines: [String] = []
        func say(_ line: @autoclosure () -> String) { if lines.count < most { lines.append(line()) } }
        let newest = isChanging ? written + 1 : written
        for (subscriber, values) in seen.enumerated() {
            for (older, newer) in zip(values, values.dropFirst()) where newer < older {
                say("subscriber \(subscriber) saw value \(newer) after value \(older)")
            }
            let last = values.last ?? 0
            if last > newest {
                say("subscriber \(subscriber) saw value \(last), and the last one written was \(written)")
            } else if last < written, !untold.contains(subscriber) {
                say("subscriber \(subscriber) ended with value \(last) instead of \(written)")
            }
        }
        if let finalValue, !(written...newest).contains(finalValue) {
            say("the servers ended with value \(finalValue) instead of \(written)")
        }
        return lines
    }
}
