import Foundation
import Targets
import TestSupport
import Testing

/// `make install`, with the program that was built for the tests.
@Suite(.serialized) struct InstallTests {
    private let folder = TemporaryFolder()
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func make(_ target: String, program: String? = nil) throws -> ProgramRun {
        let program = try program ?? ZabbenchProgram.path()
        return try ProgramRun(
            "/usr/bin/env",
            ["make", "-s", target, "DESTDIR=\(folder.path)", "PREFIX=/usr", "PROGRAM=\(program)"],
            in: Self.root
        )
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try folder.read("usr/" + name), as: UTF8.self)
    }

    private func bash(_ script: String, _ arguments: [String] = []) throws -> ProgramRun {
        try ProgramRun("/usr/bin/env", ["bash", "-c", script, "bash"] + arguments, in: folder.path)
    }

    @Test func everythingIsInstalledWorksAndIsRemoved() throws {
        let installed = try make("install")
        try #require(installed.status == 0, "\(installed.errors)")
        #expect(installed.output.contains("in /usr; its workloads are in /usr/share/zabbench/workloads."))

        let program = folder.path(of: "usr/bin/zabbench")
        let version = try ProgramRun(program, ["--version"])
        #expect(version.status == 0 && version.output.hasPrefix("zabbench 0.1.0 ("))
        // An installed program knows where its workloads are, and nothing else does.
        let missing = try ProgramRun(program, ["run", "quikc.yaml", "--dry-run"], in: folder.path)
        #expect(missing.status == 64)
        #expect(missing.errors.contains("did you mean \(folder.path)/usr/share/zabbench/workloads/quick.yaml?"))
        #expect(folder.names(in: "usr/share/zabbench/workloads").contains("ci-baseline.json"))
        #expect(folder.names(in: "usr/share/doc/zabbench").contains("README.md"))
        #expect(try text("share/zsh/site-functions/_zabbench").hasPrefix("#compdef zabbench"))
        #expect(try text("share/fish/vendor_completions.d/zabbench.fish").contains("zabbench"))
        try completes()
        try manualPagesAreWhole()

        #expect(try make("uninstall").status == 0)
        let left = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        #expect(left.filter { $0.contains("zabbench") } == [])
    }

    private func completes() throws {
        let script = """
            source usr/share/bash-completion/completions/zabbench
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
            $(complete -p zabbench | sed 's/.*-F \\([^ ]*\\).*/\\1/') zabbench "${@: -1}" "${@: -2:1}"
            echo "${COMPREPLY[*]}"
            """
        for (words, reply) in [
            (["zabbench", "ru"], "run"), (["zabbench", "init", "f"], "fsync"),
            (["zabbench", "run", "--repe"], "--repeats"),
            (["zabbench", "run", "--format", "j"], "json"),
        ] {
            #expect(try bash(script, words).output == reply + "\n")
        }
    }

    private func manualPagesAreWhole() throws {
        let pages = folder.names(in: "usr/share/man/man1")
        #expect(pages.contains("zabbench.1") && pages.contains("zabbench-run.1") && pages.contains("zabbench-init.1"))
        #expect(!pages.contains { $0.contains("janitor") || $0.contains("help") })
        let run = try text("share/man/man1/zabbench-run.1")
        #expect(run.contains("\\fB\\-\\-dry\\-run\\fR") && run.contains("\\fB\\-\\-set\\fR \\fIkey=value\\fR"))
        let rendered = try bash(
            "command -v groff >/dev/null || exit 0; groff -man -Tutf8 -ww usr/share/man/man1/zabbench*.1"
        )
        #expect(rendered.status == 0 && rendered.errors == "", "\(rendered.errors)")
    }

    @Test func nothingIsInstalledOfAProgramThatIsNotThere() throws {
        let result = try make("install", program: folder.path(of: "absent"))
        #expect(result.status != 0)
        #expect(result.errors.contains("is not built; run make build first"))
        #expect(folder.names == [])
    }
}
