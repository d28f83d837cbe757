import Testing

@testable import zabbench

@Suite struct QuietOptionsTests {
    @Test func theTimeToWaitMayBeLeftOut() {
        func spelled(_ arguments: String...) -> [String] { QuietOptions.spelledOut(arguments) }
        #expect(spelled("run", "--wait-quiet", "w.yaml") == ["run", "--wait-quiet=60", "w.yaml"])
        #expect(spelled("run", "w.yaml", "--wait-quiet") == ["run", "w.yaml", "--wait-quiet=60"])
        #expect(spelled("run", "--wait-quiet", "30", "w.yaml") == ["run", "--wait-quiet", "30", "w.yaml"])
        #expect(spelled("run", "--wait-quiet=5") == ["run", "--wait-quiet=5"])
        #expect(spelled("run", "--", "--wait-quiet") == ["run", "--", "--wait-quiet"])
    }
}
