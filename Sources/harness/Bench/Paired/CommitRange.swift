/// The commits after a good one up to a bad one, along first parents: what each merge brought is one step.
struct CommitRange {
    struct Commit: Equatable {
        var hash: String
        var subject: String
    }

    let good: String
    /// From the oldest; the last is the bad end.
    let commits: [Commit]

    /// - Throws: `BuildUnderTest.Failure` where a name is no commit, or there is nothing between them.
    init(good: String, bad: String, in repository: GitRepository) throws(BuildUnderTest.Failure) {
        func failure(_ text: String) -> BuildUnderTest.Failure { .init(description: text, isUsage: true) }
        var ends: [String] = []
        for name in [good, bad] {
            switch repository.commit(name) {
            case .success(let hash): ends.append(hash)
            case .failure(let objection): throw failure(objection.description)
            }
        }
        guard ends[0] != ends[1] else { throw failure("\(good)..\(bad): both are the commit \(ends[0].prefix(12))") }
        guard repository.run(["merge-base", "--is-ancestor", ends[0], ends[1]]).status == 0 else {
            throw failure(
                "\(good)..\(bad): \(good) is no ancestor of \(bad); name the older commit first, and one that \(bad) "
                    + "was made from: git merge-base \(good) \(bad)"
            )
        }
        let list = repository.run(["log", "--first-parent", "--reverse", "--format=%H %s", "\(ends[0])..\(ends[1])"])
        guard list.status == 0, !list.output.isEmpty else {
            throw failure("\(good)..\(bad): git cannot list the commits between (git: \(list.words))")
        }
        self.good = ends[0]
        commits = list.output.split(whereSeparator: \.isNewline).map { line in
            Commit(hash: String(line.prefix(40)), subject: String(line.dropFirst(41)))
        }
    }
}
