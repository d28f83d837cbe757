import Host
import Log
import Zab

/// What `SnapshotThread` does, on virtual time: one command at a time, each taking a while.
final class SimulatedSnapshotWorker: SnapshotWorker {
    private enum Command {
        case begin(LogPosition)
        case chunk(SnapshotChunk)
        case finish
        case abandon
    }

    private let store: SnapshotStore<SimulatedDisk>
    private let capacity = 4
    private var commands: [Command] = []
    private var writer: SnapshotFileWriter<SimulatedDisk>?
    private var wantsRoom = false
    /// Asks to be called (`advance`) a while later.
    var beginWork: () -> Void = {}

    init(_ store: SnapshotStore<SimulatedDisk>) { self.store = store }

    func begin(_ position: LogPosition) -> Bool { push(.begin(position)) }
    func offer(_ chunk: SnapshotChunk) -> Bool { push(.chunk(chunk)) }
    func finish() -> Bool { push(.finish) }
    func abandon() -> Bool {
        // Waited for by its caller: whatever was offered before is carried out at once, or dropped.
        commands.removeAll()
        writer?.abandon()
        writer = nil
        return true
    }

    private func push(_ command: Command) -> Bool {
        guard commands.count < capacity else {
            wantsRoom = true
            return false
        }
        commands.append(command)
        if commands.count == 1 { beginWork() }
        return true
    }

    /// Carries out the next command. Returns what there is to say.
    func advance() -> [SnapshotEvent] {
        guard !commands.isEmpty else { return [] }
        var said: [SnapshotEvent] = []
        let command = commands.removeFirst()
        if let event = carryOut(command) { said.append(event) }
        if !commands.isEmpty { beginWork() }
        if wantsRoom {
            wantsRoom = false
            said.append(.room)
        }
        return said
    }

    private func carryOut(_ command: Command) -> SnapshotEvent? {
        var position = writer?.position ?? .zero
        do throws(LogError) {
            switch command {
            case .begin(let next):
                writer?.abandon()
                position = next
                writer = try store.begin(next)
            case .chunk(let chunk): try writer?.append(chunk.bytes)
            case .finish:
                guard let finished = writer else { return nil }
                writer = nil
                try finished.finish()
                return .finished(finished.position)
            case .abandon: writer?.abandon()
            }
            return nil
        } catch {
            writer?.abandon()
            writer = nil
            return .failed(position, error)
        }
    }
}
