import Replica
import Zab

/// Answers to words. Small ones are given at once; of large ones each round makes one part of one.
extension ServerHost {
    /// False if the four bytes mean nothing.
    ///
    /// - Parameter read: what was read last, with the end of the word.
    func answer(
        toWord word: Int,
        _ read: UnsafeRawBufferPointer,
        _ id: ConnectionID,
        _ client: Client
    ) -> Bool {
        guard network.isWord(word) else { return false }
        counters.clientPacketsIn += 1
        client.isAsking = true
        let rest =
            read.count > 4 ? UnsafeRawBufferPointer(rebasing: read[4...]) : UnsafeRawBufferPointer(rebasing: read[..<0])
        client.answer = network.answer(toWord: word, behind: rest)
        client.inlet.close()
        guard goOnAnswering(id, client) else { return true }
        asking.append((id, client))
        if network.isWritable(client.socket) { scheduleEndOfRound() }
        return true
    }

    /// What an answer waited for is there.
    public func answersGoOn() {
        guard !isStopped, !asking.isEmpty else { return }
        scheduleEndOfRound()
    }

    /// The turn of whoever has waited longest.
    func goOnAnswering() {
        var turns = asking.count
        while turns > 0 {
            turns -= 1
            let (id, client) = asking.removeFirst()
            guard clients[Int(id)] === client, client.answer != nil else { continue }
            let couldGoOn = network.isWritable(client.socket)
            let before = client.partsSaid
            if !couldGoOn || goOnAnswering(id, client) { asking.append((id, client)) }
            // Whose answer is not known yet, and whose socket is full, takes nobody's turn.
            if client.partsSaid > before { break }
        }
        let goesOn = asking.contains { $0.client.partsSaid > 0 && network.isWritable($0.client.socket) }
        if goesOn { scheduleEndOfRound() }
    }

    /// Makes the next part. False when that was the last.
    private func goOnAnswering(_ id: ConnectionID, _ client: Client) -> Bool {
        guard let answer = client.answer else { return false }
        switch answer.next() {
        case .later: return true
        case .more(let bytes):
            client.partsSaid += 1
            say(bytes, to: client)
            return true
        case .last(let bytes):
            client.partsSaid += 1
            say(bytes, to: client)
            counters.words += 1
            sayFarewell(id, client)
            if client.hasEndedAsking { perform(client.farewell!.clientEnded(), id, client) }
            return false
        }
    }

    // MARK: setting back

    public func resetStatistics(of id: ConnectionID) { member.resetTally(of: id) }
    public func resetExtremes() { member.resetExtremes() }

    private func say(_ bytes: [UInt8], to client: Client) {
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes { write($0, to: client) }
        network.flush(client.socket)
    }
}
