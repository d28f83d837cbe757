import Testing

@testable import Comparisons

@Suite struct TextLinesTests {
    @Test(arguments: ["a\nb b\n\nc\n", "a\r\nb b\r\n\r\nc\r\n", "a\rb b\r\rc\r", "\u{feff}a\r\nb b\n\rc\r\n"])
    func everyEndIsAnEnd(text: String) {
        #expect(TextLines.of(text) == ["a", "b b", "", "c", ""])
    }

    @Test func whatHasNoEndIsALine() {
        #expect(TextLines.of("") == [""])
        #expect(TextLines.of("a") == ["a"])
        #expect(TextLines.of("\r\n") == ["", ""])
        #expect(TextLines.of("é\u{2028}ü\r\nß") == ["é\u{2028}ü", "ß"])
    }

    @Test func onlyAMarkIsTakenAway() {
        #expect(TextLines.unmarked("\u{feff}{}") == "{}")
        #expect(TextLines.unmarked("{}") == "{}")
        #expect(TextLines.unmarked("") == "")
    }
}
