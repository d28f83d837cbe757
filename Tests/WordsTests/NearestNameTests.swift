import Testing

@testable import Words

@Suite struct NearestNameTests {
    static let commands = ["run", "serve", "calibrate", "simulate", "verdict", "ab", "power", "compare", "init"]

    @Test(arguments: [
        ("rnu", "run"), ("runn", "run"), ("ru", "run"), ("RUN", "run"), ("calibrat", "calibrate"), ("sim", "simulate"),
        ("comapre", "compare"), ("pwoer", "power"), ("verdikt", "verdict"), ("inti", "init"),
    ])
    func aSlipIsFound(word: String, meant: String) {
        #expect(NearestName.among(Self.commands, to: word) == meant)
    }

    @Test(arguments: ["", "x", "zz", "frobnicate", "workload", "ba na na"])
    func nothingIsSuggestedForAnotherWord(word: String) {
        #expect(NearestName.among(Self.commands, to: word) == nil)
        #expect(NearestName.question(Self.commands, to: word) == "")
    }

    @Test func keysMayBeShortenedAndSpelledWithHyphens() {
        let keys = ["warmup_s", "duration_s", "repeats", "rate_per_s", "rate_share"]
        #expect(NearestName.question(keys, to: "duration") == "; did you mean duration_s?")
        #expect(NearestName.sentences("; did you mean a?", "allowed are a, b") == "; did you mean a? Allowed are a, b")
        #expect(NearestName.sentences("", "allowed are a, b") == "; allowed are a, b")
        #expect(NearestName.among(keys, to: "warm-up-s") == "warmup_s")
        // It begins two, of which the first is offered, and not a name that is two slips away.
        #expect(NearestName.among(["name"] + keys, to: "rate") == "rate_per_s")
    }

    @Test(arguments: [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 1), ("same", "same", 0)])
    func distanceCountsSlips(one: String, other: String, expected: Int) {
        #expect(NearestName.distance(from: Array(one), to: Array(other)) == expected)
    }
}
