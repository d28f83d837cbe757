/// What was said on all connections of a play, as text: `3 > hex` is a frame of the client of the third connection, body
/// only, `3 < hex` one of the server, `3 end` the server's end of it, `txn hex` an entry of the server's log. Lines that
/// begin with `#` are for readers.
public struct Recording: Sendable {
    public enum Line: Hashable, Sendable {
        case said([UInt8])
        case heard([UInt8])
        case end
    }

    /// By connection, in the order in which they were opened.
    public internal(set) var connections: [[Line]] = []
    /// Of the log: what stands behind checksum and length.
    public internal(set) var transactions: [[UInt8]] = []
    var text = ""

    init() {}

    /// Nil if a line is none of these.
    public init?(parsing text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "txn", let bytes = Self.bytes(words[1]) {
                transactions.append(bytes)
                continue
            }
            guard words.count >= 2, let number = Int(words[0]), (0...connections.count).contains(number) else {
                return nil
            }
            if number == connections.count { connections.append([]) }
            let bytes = words.count == 3 ? Self.bytes(words[2]) : nil
            switch (words[1], bytes) {
            case (">", let bytes?): connections[number].append(.said(bytes))
            case ("<", let bytes?): connections[number].append(.heard(bytes))
            case ("end", nil): connections[number].append(.end)
            default: return nil
            }
        }
    }

    mutating func add(_ line: Line, to connection: Int) {
        while connections.count <= connection { connections.append([]) }
        connections[connection].append(line)
        switch line {
        case .said(let bytes): text += "\(connection) > \(Self.digits(bytes))\n"
        case .heard(let bytes): text += "\(connection) < \(Self.digits(bytes))\n"
        case .end: text += "\(connection) end\n"
        }
    }

    static func digits(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let values = digits.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == digits.utf8.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}

/// The entries of a log file of ZooKeeper's (`version-2/log.*`), each a header, a record and a digest.
public func transactions(ofLog file: [UInt8]) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var place = 16
    while place + 12 <= file.count {
        let length = file[place + 8..<place + 12].reduce(0) { $0 << 8 | Int($1) }
        guard length > 0, place + 12 + length < file.count else { break }
        entries.append(Array(file[place + 12..<place + 12 + length]))
        // A byte stands behind each.
        place += 12 + length + 1
    }
    return entries
}

/// Where recorders write, and players read.
final class Tape {
    var recording = Recording()
    /// What the recorded side has heard and the other side has not been told yet, by connection.
    var echoes: [Int: [Received]] = [:]
}

/// A connection whose talk is recorded.
final class RecordedChannel: Channel {
    private let connection: any Channel
    private let tape: Tape
    private let number: Int

    init(_ connection: any Channel, _ tape: Tape, _ number: Int) {
        self.connection = connection
        self.tape = tape
        self.number = number
    }

    func send(_ bytes: [UInt8]) {
        connection.send(bytes)
        for frame in frames(bytes) { tape.recording.add(.said(frame), to: number) }
    }

    func receive(patienceMilliseconds: Int32) -> Received {
        let received = connection.receive(patienceMilliseconds: patienceMilliseconds)
        switch received {
        case .frame(let frame): tape.recording.add(.heard(frame), to: number)
        case .end: tape.recording.add(.end, to: number)
        case .silence: break
        }
        tape.echoes[number, default: []].append(received)
        return received
    }
}

/// Bodies of the frames in what a client sends.
func frames(_ bytes: [UInt8]) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var place = 0
    while place + 4 <= bytes.count {
        let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        guard place + 4 + length <= bytes.count else { break }
        frames.append(Array(bytes[place + 4..<place + 4 + length]))
        place += 4 + length
    }
    return frames
}

/// Says what the recorded side has just heard.
final class EchoChannel: Channel {
    private let tape: Tape
    private let number: Int

    init(_ tape: Tape, _ number: Int) {
        self.tape = tape
        self.number = number
    }

    func send(_ bytes: [UInt8]) {}

    func receive(patienceMilliseconds: Int32) -> Received {
        tape.echoes[number]?.isEmpty == false ? tape.echoes[number]!.removeFirst() : .silence
    }
}

/// A connection of a recording, played again.
final class PlayedChannel: Channel {
    private var lines: ArraySlice<Recording.Line>

    init(_ lines: [Recording.Line]) { self.lines = lines[...] }

    func send(_ bytes: [UInt8]) {}

    func receive(patienceMilliseconds: Int32) -> Received {
        while let line = lines.popFirst() {
            switch line {
            case .said: continue
            case .heard(let frame): return .frame(frame)
            case .end: return .end
            }
        }
        return .silence
    }
}
