import Wire

/// The comparison of two answers.
extension Duel {
    func judge(_ answers: Pair<Answer>, to call: Call?) {
        let name = answers.apache.isEvent ? "event" : call?.name ?? "nothing"
        result.answers["\(name) \(answers.apache.error)", default: 0] += 1
        guard let item = firstDifference(answers) else { return }
        if let explanation = Explanation.of(answers, to: call, item: item) {
            result.explained[explanation.rawValue, default: 0] += 1
            return
        }
        var signature = "\(name): \(item)"
        if item == "error" { signature += " \(answers.apache.error), ours \(answers.ours.error)" }
        if item == "event or answer" {
            signature += answers.apache.isEvent ? ": ZooKeeper's is an event" : ": ours is an event"
        }
        report(signature, "\(answers.apache)", "\(answers.ours)", call)
    }

    /// The name of the first value that is not the same.
    private func firstDifference(_ answers: Pair<Answer>) -> String? {
        guard answers.apache.isEvent == answers.ours.isEvent else { return "event or answer" }
        // The error says more than the zxid before it, and the form than the values.
        if answers.apache.error != answers.ours.error { return "error" }
        let (apache, ours) = (answers.apache.items, answers.ours.items)
        for (left, right) in zip(apache, ours) {
            guard left.name == right.name else { return "\(left.name), ours \(right.name)" }
            if !isSame(left.value, right.value) { return left.name }
        }
        if apache.count != ours.count { return "form" }
        return nil
    }

    private func isSame(_ apache: Value, _ ours: Value) -> Bool {
        switch (apache, ours) {
        case (.change(let left), .change(let right)):
            chronicle.isSameChange(Pair(apache: left, ours: right))
        case (.moment(let left), .moment(let right)):
            chronicle.isSameMoment(Pair(apache: left, ours: right))
        case (.time(let left), .time(let right)): (left == 0) == (right == 0)
        case (.owner(let left), .owner(let right)):
            left == right
                || roll.number(left, .apache) != nil && roll.number(left, .apache) == roll.number(right, .ours)
        case (.text(let left), .text(let right)):
            left == right || Self.withoutPorts(left) == Self.withoutPorts(right)
        default: apache == ours
        }
    }

    /// An ensemble's configuration without its ports, which are each side's own; other text as it is.
    private static func withoutPorts(_ text: [UInt8]?) -> [UInt8]? {
        guard let text, text.starts(with: "server.".utf8) else { return text }
        var isPort = false
        return text.filter { byte in
            if byte == UInt8(ascii: ":") {
                isPort = true
            } else if !(48..<58).contains(byte) {
                isPort = false
            }
            return !isPort || byte == UInt8(ascii: ":")
        }
    }

    func report(_ signature: String, _ apache: String, _ ours: String, _ call: Call? = nil) {
        guard !isQuiet else { return }
        result.counts[signature, default: 0] += 1
        guard result.counts[signature]! <= 2 else { return }
        result.differences.append(
            Difference(
                seed: settings.seed,
                step: result.steps,
                signature: signature,
                action: (current.map(\.description) ?? "at the end") + (call.map { "\n  answer to \($0)" } ?? ""),
                apache: apache,
                ours: ours,
                before: history.suffix(8).map { String($0.description.prefix(400)) }
            )
        )
    }

    /// What ZooKeeper's answer tells of the tree, for the choices to come.
    func learn(_ call: Call, _ answer: Answer) {
        if case .names(let names?)? = answer.value("names") { lastNames = names }
        guard answer.error == 0 else { return }
        if !call.restrictedPaths.isEmpty {
            // Names with numbers are known only now.
            for case .text(let path?) in answer.items.map(\.value) { restricted.insert(path) }
        }
        guard case .text(let path?)? = call.fields.first else { return }
        switch OpCode(rawValue: call.op) {
        case .create, .create2, .createContainer, .createTTL:
            guard case .text(let created?)? = answer.value("path") else { return }
            generator.pool.add(created)
            generator.versions[created] = Generator.Versions()
        case .delete:
            generator.pool.remove(path)
            generator.versions[path] = nil
        case .setData, .setACL, .exists, .getData, .getChildren2, .getACL:
            guard let version = answer.number("version"), let acl = answer.number("aversion") else { return }
            generator.versions[path] = Generator.Versions(data: Int32(version), acl: Int32(acl))
        default: break
        }
    }
}
