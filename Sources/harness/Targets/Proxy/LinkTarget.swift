import NIOCore
import NIOPosix

/// A port that a server listens on, or will; and the doors of the proxy that lead to it. Confined to the proxy's loop.
///
/// Servers draw conclusions from whether they can connect, so a door must refuse while the server behind it does. Only
/// dialling tells: every few milliseconds while it is not there, and when a connection with it broke or was refused.
final class LinkTarget: @unchecked Sendable {
    /// Between two tries: a server that was just started is waited for closely.
    private static let expectedPause = TimeAmount.milliseconds(2)
    static let otherPause = TimeAmount.milliseconds(50)
    /// For a port that opens when its server begins to lead: the others dial it at once.
    static let leadersPause = TimeAmount.milliseconds(10)
    /// Tries at the closer pace: 10 s.
    private static let expectedTries = 5000

    let eventLoop: any EventLoop
    private let usualPause: TimeAmount
    private(set) var port = 0
    private(set) var isUp = false
    private var doors: [LinkDoor] = []
    private var closeTries = 0
    private var isProbing = false
    private var isStopped = false
    private var retry: Scheduled<Void>?

    init(eventLoop: any EventLoop, pause: TimeAmount = otherPause) {
        self.eventLoop = eventLoop
        usualPause = pause
    }

    /// Before it is expected. A door that several ways share leads here once.
    func add(_ door: LinkDoor) {
        if !doors.contains(where: { $0 === door }) { doors.append(door) }
    }

    /// A server is being started that will listen on `port`.
    func expect(port: Int) {
        self.port = port
        closeTries = Self.expectedTries
        retry?.cancel()
        retry = nil
        probe()
    }

    /// Dials it. By its address: a name would be looked up on another thread, which may outlive the loop.
    func connect(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        do {
            return bootstrap.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: port))
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
    }

    /// Finds out whether it listens.
    func probe() {
        guard !isProbing, !isStopped, port > 0 else { return }
        isProbing = true
        connect(ClientBootstrap(group: eventLoop).connectTimeout(.seconds(1)))
            .whenComplete { result in
                self.isProbing = false
                if case .success(let channel) = result { channel.close(promise: nil) }
                self.found((try? result.get()) != nil)
            }
    }

    func stop() {
        isStopped = true
        isUp = false
        retry?.cancel()
        for door in doors { door.update() }
    }

    private func found(_ listens: Bool) {
        guard !isStopped else { return }
        isUp = listens
        for door in doors { door.update() }
        guard !listens else {
            closeTries = 0
            return
        }
        closeTries = max(0, closeTries - 1)
        retry?.cancel()
        let pause = closeTries > 0 ? Self.expectedPause : usualPause
        retry = eventLoop.assumeIsolated().scheduleTask(in: pause) { self.probe() }
    }
}
