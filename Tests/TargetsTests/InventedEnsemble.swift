import Client
import Glibc
import Synchronization

@testable import Targets
@testable import Workload

/// Servers in memory that elect at once, for the rules of faults: the one with the greatest id that is well leads. They keep
/// no journal, and count who asks them for one.
final class InventedEnsemble: Ensemble {
    struct State {
        var down: Set<Int> = []
        var hung: Set<Int> = []
        var cutWays: Set<LinkWay> = []
        /// Who led, and does not know yet that it no longer does; each report of it lets it find out.
        var deceived: [Int: Int] = [:]
        var leader: Int?
        var epoch: UInt32 = 1
        var signals: [String] = []
        var journalQuestions = 0
    }

    let size: Int
    let traits: ServerTraits
    let links: (any LinkControl)?
    let state: Mutex<State>

    init(
        size: Int = 3,
        traits: ServerTraits = ServerTraits(),
        links: (any LinkControl)? = nil
    ) {
        self.size = size
        self.traits = traits
        self.links = links
        state = Mutex(State(leader: size))
        (links as? InventedLinks)?.listener.withLock { listener in
            listener = { [weak self] way, isCut in
                self?.state.withLock { state in
                    if isCut { state.cutWays.insert(way) } else { state.cutWays.remove(way) }
                    self?.elect(&state)
                }
            }
        }
    }

    var servers: [EnsembleServer] {
        (1...size).map { EnsembleServer(id: $0, endpoint: Endpoint(host: "127.0.0.1", port: $0)) }
    }
    let isShared = false

    func start() async throws {}
    func stop() async {}

    func kill(_ id: Int, signal: Int32) {
        state.withLock { state in
            state.signals.append("\(signal == SIGKILL ? "kill" : signal == SIGSTOP ? "stop" : "go on") \(id)")
            switch signal {
            case SIGKILL: state.down.insert(id)
            case SIGSTOP: state.hung.insert(id)
            default:
                state.hung.remove(id)
                // It led when it was stopped.
                state.deceived[id] = 3
            }
            elect(&state)
        }
    }

    func restart(_ id: Int) {
        state.withLock { state in
            state.signals.append("start \(id)")
            state.down.remove(id)
            elect(&state)
        }
    }

    private func elect(_ state: inout State) {
        let well = (1...size).filter { id in
            let isAlone = (1...size).allSatisfy { $0 == id || state.cutWays.contains(LinkWay(from: id, to: $0)) }
            return !state.down.contains(id) && !state.hung.contains(id) && (size == 1 || !isAlone)
        }
        if let leader = state.leader, well.contains(leader) { return }
        state.leader = well.count > size / 2 ? well.max() : nil
        if state.leader != nil { state.epoch += 1 }
    }

    /// The epoch of what is answered now; nil while nobody leads.
    var epoch: UInt32? { state.withLock { $0.leader == nil ? nil : $0.epoch } }
    var signals: [String] { state.withLock { $0.signals } }

    func report(of server: EnsembleServer) async -> MonitorReport? {
        state.withLock { state in
            guard !state.down.contains(server.id), !state.hung.contains(server.id) else { return nil }
            var role = state.leader == server.id ? "leader" : "follower"
            if state.leader == nil { role = "looking" }
            if let left = state.deceived[server.id] {
                role = "leader"
                state.deceived[server.id] = left > 1 ? left - 1 : nil
            }
            return MonitorReport(parsing: "zk_server_state\t\(role)\nzk_last_applied_zxid\t0x\(state.epoch)00000000\n")
        }
    }

    func phaseJournal(of server: EnsembleServer) async -> PhaseJournal? {
        state.withLock { $0.journalQuestions += 1 }
        return nil
    }

    func pid(of id: Int) -> Int32? { nil }
    func exit(of id: Int) -> String? { nil }
    func lastLogLines(of id: Int, count: Int) -> [String] { [] }
    func waitForExit(of id: Int, seconds: Double) async -> Bool { true }
}

/// Hands on ways that are not there.
final class InventedLinks: LinkControl {
    /// What passes the cut by, from the so-manyth question on.
    let passedBy: LinkWay?
    private let fromQuestion: Int
    private let questions = Mutex(0)
    private let list = Mutex<[String]>([])

    init(passedBy: LinkWay? = nil, fromQuestion: Int = 1) {
        self.passedBy = passedBy
        self.fromQuestion = fromQuestion
    }

    var words: [String] { list.withLock { $0 } }
    /// Hears of each way that is cut or healed.
    let listener = Mutex<(@Sendable (LinkWay, _ isCut: Bool) -> Void)?>(nil)
    func cut(from one: Int, to other: Int) { change(LinkWay(from: one, to: other), isCut: true) }
    func heal(from one: Int, to other: Int) { change(LinkWay(from: one, to: other), isCut: false) }
    private func change(_ way: LinkWay, isCut: Bool) {
        list.withLock { $0.append("\(isCut ? "cut" : "heal") \(way.from) \(way.to)") }
        listener.withLock { $0 }?(way, isCut)
    }
    func bypass() async -> LinkWay? {
        let question = questions.withLock { questions in
            questions += 1
            return questions
        }
        return question >= fromQuestion ? passedBy : nil
    }
}
