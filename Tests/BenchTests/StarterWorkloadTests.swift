import Bench
import Foundation
import TestSupport
import Testing
import Workload

@Suite struct StarterWorkloadTests {
    @Test(arguments: StarterQuestion.allCases) func eachIsAValidWorkload(question: StarterQuestion) throws {
        let folder = TemporaryFolder()
        let path = folder.path(of: question.fileName)
        let starter = try StarterWorkload(question, file: question.fileName)
        try starter.write(to: path, replaces: false)
        let file = try WorkloadFile(path: path)
        #expect(file.name == question.rawValue)
        #expect(!file.plannedRuns().isEmpty)
        #expect(!starter.text.contains("{"))
        #expect(starter.text.contains("zabbench run \(question.fileName)"))
        let lines = starter.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 110 && !$0.contains("\t") })
    }

    /// The time in the comment is the plan's, and a coffee at most.
    @Test(arguments: StarterQuestion.allCases) func itTakesAsLongAsItSays(question: StarterQuestion) async throws {
        let folder = TemporaryFolder()
        let path = folder.path(of: "mine.yaml")
        let starter = try StarterWorkload(question, file: "mine.yaml")
        try starter.write(to: path, replaces: false)
        var request = RunRequest(workload: path)
        request.results = folder.path(of: "results")
        request.data = folder.path(of: "data")
        request.wantsVerdicts = false
        let plan = try await request.plan()
        #expect(plan.seconds < 300)
        let time = plan.summary.split(separator: ", ")[1]
        #expect(starter.text.contains("Takes \(time) ("), "\(time)")
    }

    @Test func aFileThatIsThereIsKeptUnlessForced() throws {
        let folder = TemporaryFolder()
        try folder.write(Array("mine".utf8), "latency.yaml")
        let starter = try StarterWorkload(.latency, file: "latency.yaml")
        let path = folder.path(of: "latency.yaml")
        let error = try #require(throws: UsageError.self) { try starter.write(to: path, replaces: false) }
        #expect("\(error)".hasSuffix("already exists; name another file, or replace it with --force"))
        #expect(try folder.read("latency.yaml") == Array("mine".utf8))
        try starter.write(to: path, replaces: true)
        #expect(try folder.read("latency.yaml") == Array(starter.text.utf8))
    }

    @Test func theNextCommandCanBeTyped() {
        #expect(StarterWorkload.next(.fsync, file: "fsync.yaml").hasSuffix("\n  zabbench run fsync.yaml\n"))
        #expect(StarterWorkload.next(.compare, file: "a b.yaml").hasSuffix("\n  zabbench run 'a b.yaml'\n"))
    }
}
