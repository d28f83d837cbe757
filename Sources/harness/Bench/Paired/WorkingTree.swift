import Foundation
import Glibc
import Words

/// A checkout that is built as it is, with changes that no commit has.
struct WorkingTree {
    /// Its folder, absolute.
    let root: String
    let repository: GitRepository

    /// Its commit and how many files have changed since.
    var words: String {
        let commit = repository.run(["rev-parse", "--short=12", "HEAD"])
        guard commit.status == 0 else { return "of no commit" }
        let changes = repository.changes.count
        guard changes > 0 else { return "\(commit.output) as committed" }
        return "\(commit.output) with \(CountedNoun.text(changes, "changed file"))"
    }

    /// As `SourceRevision.commit` names it; nil where git knows no commit.
    var revision: String? {
        let commit = repository.run(["rev-parse", "--short=12", "HEAD"])
        guard commit.status == 0 else { return nil }
        return repository.changes.isEmpty ? commit.output : commit.output + "-dirty"
    }

    /// Builds it in a scratch folder of its own, so that neither the user's builds nor those of commits are touched; of
    /// a command that builds it itself the program is copied there. A later build does not replace it under a
    /// comparison that runs: the program is a copy, named by when it was built. Copies older than a day are removed.
    ///
    /// - Returns: the program.
    /// - Throws: `BuildUnderTest.Failure`.
    func build(
        cache: URL,
        builder: BuildUnderTest.Builder,
        say: (String) -> Void
    ) throws(BuildUnderTest.Failure) -> String {
        let place = cache.appendingPathComponent("tree-" + String(BuildUnderTest.Builder.hash(root), radix: 16))
        let scratch = place.appendingPathComponent("build").path
        say("\(root): building the working tree, \(words), in \(scratch)")
        guard builder.run(in: root, scratch: scratch, revision: revision) == 0 else {
            throw BuildUnderTest.Failure(description: "\(root): \(builder.words) failed; see its message above")
        }
        let built = builder == .swift ? scratch + "/release/zabbench" : root + "/.build/release/zabbench"
        var information = stat()
        guard access(built, X_OK) == 0, stat(built, &information) == 0 else {
            throw BuildUnderTest.Failure(description: "\(root): the build made no \(built); is it zabbench's source?")
        }
        // Servers find their own program by the name zabbench.
        let version = "\(information.st_mtim.tv_sec)-\(information.st_mtim.tv_nsec)"
        let folder = place.appendingPathComponent(version)
        let program = folder.appendingPathComponent("zabbench").path
        if access(program, X_OK) == 0 { return program }
        removeOld(in: place)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(atPath: program + ".new")
            try FileManager.default.copyItem(atPath: built, toPath: program + ".new")
            guard rename(program + ".new", program) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw BuildUnderTest.Failure(
                description: "\(folder.path): cannot be written; set XDG_CACHE_HOME to a folder of yours with room"
            )
        }
        return program
    }

    private func removeOld(in place: URL) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? [] where name != "build" {
            var information = stat()
            let folder = place.appendingPathComponent(name)
            guard stat(folder.path, &information) == 0, time(nil) - information.st_mtim.tv_sec > 86400 else { continue }
            try? FileManager.default.removeItem(at: folder)
        }
    }
}
