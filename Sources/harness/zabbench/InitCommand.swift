import ArgumentParser
import Bench
import Glibc
import Report
import Words

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented workload file for a question, ready to run.",
        discussion: """
            zabbench init latency                  writes latency.yaml
            zabbench init election outage.yaml     writes outage.yaml
            zabbench init fsync -                  prints it

            Questions:
            \(list)

            Every key in the file has a comment; workloads/quick.yaml explains all keys there
            are. An existing file is kept (--force replaces it).

            \(ExitStatus.help([.pass, .failed, .usage], [.failed: "the file cannot be written"]))
            """
    )

    static let list = StarterQuestion.allCases.map { question in
        "  \(question.rawValue.padding(to: 10))\(question.summary)"
    }.joined(separator: "\n")

    static let names = StarterQuestion.allCases.map(\.rawValue)

    @Argument(
        help: ArgumentHelp("What you want to know: latency, fsync, election or compare.", valueName: "question"),
        completion: .list(InitCommand.names)
    )
    var question: String?

    @Argument(
        help: "The file to write, <question>.yaml by default; - for standard output.",
        completion: .file(extensions: ["yaml"])
    )
    var file: String?

    @Flag(help: "Replace the file if it is there.")
    var force = false

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            let question = try chosen()
            let path = file ?? question.fileName
            guard !path.isEmpty else { throw UsageError("the file's name is empty; name a file, or - to print it") }
            if path == "-" { return try Output.write(StarterWorkload(question, file: question.fileName).text) }
            try StarterWorkload(question, file: path).write(to: path, replaces: force)
            try Output.write(StarterWorkload.next(question, file: path))
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func chosen() throws -> StarterQuestion {
        let names = Self.names
        guard let question else {
            throw UsageError(
                "init: name a question: \(names.joined(separator: ", ")); zabbench init latency, for instance"
            )
        }
        guard let known = StarterQuestion(rawValue: question) else {
            throw UsageError(
                "init: no question is called \(question)"
                    + NearestName.sentences(
                        NearestName.question(names, to: question),
                        "there are \(names.joined(separator: ", "))"
                    )
            )
        }
        return known
    }
}

extension String {
    /// With blanks behind it, up to a width in characters.
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
