import Replica
import Zab

/// When to dial a would-be leader: at once, then again after longer and longer pauses, until the member wishes otherwise.
///
/// A would-be leader that refuses us at once would be dialled at network speed, since each refusal leads to another wish: so
/// the first two wishes of a second are fulfilled immediately, and the next ones wait longer each time.
public struct QuorumDialer: Sendable {
    /// After a dial that failed, at first and at most.
    public static let firstPause: Nanoseconds = 2_000_000
    public static let longestPause: Nanoseconds = 200_000_000
    /// Wishes further apart than this are no sign of refusals.
    public static let refusalWindow: Nanoseconds = 1_000_000_000

    /// What to do next: to dial, now or after a pause.
    public enum Step: Hashable, Sendable {
        case dial
        case wait(Nanoseconds)
    }

    private var wish: Wish?
    private var isDialling = false
    private var pause = QuorumDialer.firstPause
    private var lastWishAt: Nanoseconds = 0
    private var refusals: Nanoseconds = 0

    public init() {}

    public mutating func begin(_ wish: Wish, at now: Nanoseconds) -> Step {
        self.wish = wish
        isDialling = false
        if now - lastWishAt > Self.refusalWindow { refusals = 0 }
        lastWishAt = now
        pause = Self.firstPause
        defer { refusals = min(refusals + 1, 7) }
        guard refusals >= 2 else {
            isDialling = true
            return .dial
        }
        return .wait(1_000_000 << refusals)
    }

    /// The pause is over. True if it is to be dialled now.
    public mutating func isDue(_ wish: Wish) -> Bool {
        guard self.wish == wish, !isDialling else { return false }
        isDialling = true
        return true
    }

    /// A dial has failed. How long to wait before the next; nil if there is none.
    public mutating func failed(_ wish: Wish) -> Nanoseconds? {
        guard self.wish == wish, isDialling else { return nil }
        isDialling = false
        defer { pause = min(pause * 2, Self.longestPause) }
        return pause
    }

    /// The wish is fulfilled. False if it is none any more: then the connection is of no use.
    public mutating func opened(_ wish: Wish) -> Bool {
        guard self.wish == wish || PlantedBug.oldDialFulfilsNewWish.isPlanted, isDialling else { return false }
        self.wish = nil
        return true
    }

    /// It is not wished any more.
    public mutating func end(_ wish: Wish) { if self.wish == wish { self.wish = nil } }

    /// We serve, so nobody refuses us: the next leader is dialled at once, however soon it is needed.
    public mutating func settled() { refusals = 0 }
}
