import TestSupport
import Wire

@testable import Znodes

extension Leader {
    func answer(
        _ op: OpCode,
        _ body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        _ events: inout [WatchEvent],
        reply: ByteWriter = ByteWriter()
    ) -> ErrorCode {
        state.answerWatchRequest(op, body: body, watcher: watcher, reply: reply, events: &events)
    }

    func watch(_ op: OpCode, _ body: [UInt8], _ watcher: WatcherID) -> ErrorCode {
        body.withUnsafeBytes { answer(op, $0, watcher: watcher, &events) }
    }

    @discardableResult
    func addWatch(_ path: String, recursive: Bool = false, _ watcher: WatcherID = 1) -> ErrorCode {
        watch(.addWatch, Request.watch(path, recursive ? 1 : 0), watcher)
    }

    /// - Parameter type: 1 children, 2 data, 3 any.
    func removeWatches(_ path: String, _ type: Int32, _ watcher: WatcherID = 1) -> ErrorCode {
        watch(.removeWatches, Request.watch(path, type), watcher)
    }

    func checkWatches(_ path: String, _ type: Int32, _ watcher: WatcherID = 1) -> ErrorCode {
        watch(.checkWatches, Request.watch(path, type), watcher)
    }

    /// The events since the last call as "watcher: type path", of one watcher in their order.
    func heard(_ watcher: WatcherID = 1) -> [String] {
        let heard = events.filter { $0.watcher == watcher }.map { event in
            let name = ["created", "deleted", "set", "children"][Int(event.type) - 1]
            return "\(name) \(String(decoding: event.path, as: UTF8.self))"
        }
        events.removeAll { $0.watcher == watcher }
        return heard
    }
}
