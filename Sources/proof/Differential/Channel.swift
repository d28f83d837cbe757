/// A client's connection with one side.
protocol Channel: AnyObject {
    func send(_ bytes: [UInt8])
    /// The next frame.
    func receive(patienceMilliseconds: Int32) -> Received
}

/// What comes from a connection.
enum Received: Hashable, Sendable {
    /// A frame's body.
    case frame([UInt8])
    /// The server has closed the connection.
    case end
    /// Nothing came within the patience.
    case silence

    /// Whether it is a watch's.
    var isEvent: Bool { if case .frame(let frame) = self { Answer.isEvent(frame) } else { false } }
}
