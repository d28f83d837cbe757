import Foundation

/// The git repository that builds are named in, asked through the git program.
public struct GitRepository {
    /// A folder in it.
    let folder: String
    /// Beside what this program has.
    var environment: [String: String]

    public init(folder: String, environment: [String: String] = [:]) {
        self.folder = folder
        self.environment = environment
    }

    /// Causes are told apart by git's words, so it must not speak the user's language.
    func run(_ arguments: [String]) -> ProgramAnswer {
        var answer = ProgramAnswer(
            "/usr/bin/env",
            ["git", "-C", folder] + arguments,
            environment: environment.merging(["LC_ALL": "C", "LANGUAGE": ""]) { $1 }
        )
        answer.output = answer.output.trimmingCharacters(in: .whitespacesAndNewlines)
        return answer
    }

    /// The commit that a name stands for, all forty digits; or why there is none.
    func commit(_ name: String) -> Result<String, GitObjection> {
        let found = run(["rev-parse", "--verify", "--end-of-options", "\(name)^{commit}"])
        if found.status == 0, !found.output.isEmpty { return .success(found.output) }
        return .failure(GitObjection(name, found, in: self))
    }

    /// Files of the working tree that a commit of HEAD leaves out: changed, deleted and new ones.
    var changes: [String] {
        let status = run(["status", "--porcelain"])
        guard status.status == 0 else { return [] }
        return status.output.split(whereSeparator: \.isNewline).map { Self.path(ofStatus: String($0)) }
    }

    /// `XY path`, of which the output's first line has lost a blank where it began with one.
    static func path(ofStatus line: String) -> String {
        let line = line.trimmingCharacters(in: .whitespaces)
        guard let blank = line.firstIndex(of: " ") else { return line }
        return line[blank...].trimmingCharacters(in: .whitespaces)
    }
}

/// Why a name is no commit, with git's own words and a way out; the text is for the user.
struct GitObjection: Error, Equatable, CustomStringConvertible {
    let description: String

    /// - Parameter answer: git's refusal to say what the name stands for.
    init(_ name: String, _ answer: ProgramAnswer, in repository: GitRepository) {
        guard !answer.isMissing else {
            description =
                "\(name): no program of that name, and git, which would know a commit, is not installed "
                + "(\(answer.words)); install it, or name a zabbench program"
            return
        }
        let words = answer.words
        if words.contains("dubious ownership") {
            // Its own advice goes with its words; the command in it names the folder as git knows it.
            let place = words.components(separatedBy: "safe.directory ").dropFirst().first ?? "<folder>"
            description =
                "\(name): git does not open the repository, since it belongs to another user; if you trust it: "
                + "git config --global --add safe.directory \(place) (git: \(Self.firstSentence(words)))"
        } else if words.contains("not a git repository") {
            description =
                "\(name): no program of that name, and no commit, since there is no repository here (git: \(words)); "
                + "start zabbench ab in zabbench's repository, or name a zabbench program"
        } else {
            description = Self.unknown(name, words, in: repository)
        }
    }

    private static func firstSentence(_ words: String) -> String {
        words.components(separatedBy: " To add an exception").first ?? words
    }

    /// The repository is there, and the name is no commit of it.
    private static func unknown(_ name: String, _ words: String, in repository: GitRepository) -> String {
        let said = "\(name): neither a program nor a commit of the repository here (git: \(words))"
        guard repository.run(["rev-parse", "--verify", "--quiet", "HEAD"]).status == 0 else {
            return said + "; the repository has no commits yet"
        }
        let remote = repository.run(["for-each-ref", "--format=%(refname:short)", "refs/remotes/*/\(name)"])
        if let known = remote.output.split(whereSeparator: \.isNewline).first, !name.isEmpty {
            return said + "; there is \(known): say that"
        }
        let remotes = repository.run(["remote"]).output.split(whereSeparator: \.isNewline).map(String.init)
        let origin = remotes.contains("origin") ? "origin" : remotes.first
        if repository.run(["rev-parse", "--is-shallow-repository"]).output == "true" {
            let count = repository.run(["rev-list", "--count", "--all"]).output
            return said + "; this is a shallow clone with \(count) commits: git fetch --unshallow gets all of them, "
                + "git fetch --depth 1 \(origin ?? "origin") \(name) one branch or tag, which then is FETCH_HEAD"
        }
        guard let origin else { return said + "; git branch --all and git tag list what there is" }
        return said + "; if \(origin) has it: git fetch \(origin) \(name), and then say FETCH_HEAD"
    }
}
