import NIOCore

/// What a lane needs of a session, whichever protocol it speaks. The other way, once per operation, a session calls its
/// lane, which is a class of its own: nothing is looked up there.
protocol LaneSession: AnyObject {
    /// From 0, among all sessions of the load.
    var index: Int { get }
    /// The planned times of its operations; nil in a closed loop.
    var arrivals: ArrivalStream? { get set }
    /// Arrivals counted ahead of what could be sent, for the offered rate of a session that is behind.
    var ahead: ArrivalStream? { get set }
    var aheadCount: Int { get set }
    /// Operations sent that were planned for after the end of the current second, since its cut is late.
    var sentBeyondCut: Int { get set }
    var isConnected: Bool { get }
    /// Operations since the start, and those of them that are not answered.
    var sentCount: Int { get }
    var inFlight: Int { get }
    /// For when the oldest operation in flight was planned; nil if none is.
    var oldestPlanned: UInt64? { get }

    /// When its operations are planned; nil in a closed loop.
    ///
    /// - Parameter start: of the load, on the monotonic clock.
    func plannedArrivals(from start: UInt64) -> ArrivalStream?
    func connect()
    /// Sends as much as the window and the plan allow.
    func pump()
    /// Called every quarter of a second.
    func tick(_ now: NIODeadline)
    /// Answers that come from now on are not listened to.
    func stopListening()
    /// Gives up on what is in flight: it may or may not be carried out.
    ///
    /// - Parameter each: called with each of them.
    func loseInFlight(_ each: (LostOperation) -> Void) -> Int
    /// Ends the session; the lane hears `sessionClosed` once nothing will call it any more.
    func close()
}

/// An operation that is in flight no more, and has no answer.
struct LostOperation {
    var planned: UInt64
    var isWrite: Bool
}

extension LaneSession {
    /// How many operations were planned before `time`; in a closed loop, how many were sent.
    func plannedCount(until time: UInt64) -> Int {
        guard let arrivals else { return sentCount }
        if arrivals.next >= time { return sentCount &- sentBeyondCut }
        if ahead == nil || ahead!.next < arrivals.next {
            ahead = arrivals
            aheadCount = sentCount
        }
        while ahead!.next < time {
            aheadCount += 1
            ahead!.advance()
        }
        return aheadCount
    }
}
