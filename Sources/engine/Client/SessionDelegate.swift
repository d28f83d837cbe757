import Wire

/// Who owns a `SessionConnection`. All calls come on the connection's event loop, a read at a time.
public protocol SessionDelegate: AnyObject {
    /// The server answered the connect request. A session id of 0 says that the session asked for has expired; the
    /// connection is about to close.
    func sessionAnswered(_ response: ConnectResponse)

    /// Answers came. The delegate takes all of them with `next()`; what it throws closes the connection.
    func repliesArrived(_ replies: inout ReplyCursor) throws(WireError)

    /// All that could be read for now has been handed over: the time to send.
    func readCompleted()

    /// The connection is gone, or never came to be; called once, and last. Never before the call has returned that was
    /// to open it.
    func disconnected(_ end: Disconnection)
}
