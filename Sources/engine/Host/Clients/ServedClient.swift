import Zab

/// One client's connection, as a host has it.
public final class ServedClient<Socket: AnyObject> {
    public let socket: Socket
    @exclusivity(unchecked) public internal(set) var inlet: ClientInlet
    /// Replies are ready, and its socket was full.
    @exclusivity(unchecked) public internal(set) var repliesWait = false
    /// Listed among those whose progress each tick looks at.
    @exclusivity(unchecked) var isFull = false
    /// Its first whole frame has come: what follows are no four-letter words.
    @exclusivity(unchecked) var isKnown = false
    /// It has asked a word.
    @exclusivity(unchecked) public internal(set) var isAsking = false
    /// What is left to be said to that.
    @exclusivity(unchecked) var answer: WordAnswer?
    @exclusivity(unchecked) var partsSaid = 0
    /// It says nothing more, and waits for that.
    @exclusivity(unchecked) var hasEndedAsking = false
    /// Frames and answers that `crst` has set back.
    @exclusivity(unchecked) public var packetsAtReset = (received: 0, sent: 0)
    /// Bytes of replies that the socket had not taken at the last tick; 0 unless it is full.
    @exclusivity(unchecked) var untaken = 0
    /// Once the connection is ending.
    @exclusivity(unchecked) var farewell: Farewell?
    /// When patience with it is over, then.
    @exclusivity(unchecked) var deadline: Nanoseconds = 0
    /// Of what all connections that are ending may have unsent.
    @exclusivity(unchecked) var unsentAtEnd = 0
    /// It is being read.
    @exclusivity(unchecked) public internal(set) var isReading = true

    public var isEnding: Bool { farewell != nil }

    init(socket: Socket, inlet: ClientInlet) {
        self.socket = socket
        self.inlet = inlet
    }
}
