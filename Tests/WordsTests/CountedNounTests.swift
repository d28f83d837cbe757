import Testing
import Words

@Suite struct CountedNounTests {
    @Test(arguments: [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (999, "999 runs"), (12_000, "12,000 runs")])
    func theNounAgrees(count: Int, text: String) {
        #expect(CountedNoun.text(count, "run") == text)
    }

    @Test func whateverElseAgreesMayBeSaid() {
        #expect(CountedNoun.text(1, "line is", "lines are") == "1 line is")
        #expect(CountedNoun.text(3, "line is", "lines are") == "3 lines are")
        #expect(CountedNoun.noun(1, "series", "series") == "series")
    }

    @Test(arguments: [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
    func listsEndInAnd(words: [String], text: String) {
        #expect(CountedNoun.list(words) == text)
    }
}
