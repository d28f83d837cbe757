import Testing

@testable import Report

/// Formats that other programs read: whatever text comes, it stays text.
@Suite struct ForeignFormatTests {
    @Test func workflowCommandsAreOneLine() {
        let command = WorkflowCommand(.error, "a:b,c%", "x\r\ny: z, 5 %")
        #expect(command.line == "::error title=a%3Ab%2Cc%25::x%0D%0Ay: z, 5 %25\n")
        #expect(WorkflowCommand(.notice, "", "::error::no").line == "::notice title=::::error::no\n")
    }

    @Test func markdownIsTakenLiterally() {
        #expect(MarkdownText.escaped("a|b_c*<d>&`e`[f]~#\\") == "a\\|b\\_c\\*&lt;d&gt;&amp;\\`e\\`\\[f\\]\\~\\#\\\\")
        #expect(MarkdownText.escaped("one\ntwo\r\nthree") == "one two three")
    }

    @Test func junitHasItsTotalsAndEscapes() {
        let cases = [
            JUnitDocument.Case(group: "<g>", name: "n\"1\"", .passed(nil)),
            JUnitDocument.Case(group: "g", name: "2", .passed("so & so")),
            JUnitDocument.Case(group: "g", name: "3", .failed(type: "worse", message: "a\u{1}<b>'\t\n")),
            JUnitDocument.Case(group: "g", name: "4", .error("e")),
        ]
        let document = JUnitDocument(
            name: "z",
            suites: [
                JUnitDocument.Suite(name: "s", properties: [JUnitDocument.Property("p", "\"v\"")], cases: cases),
                JUnitDocument.Suite(name: "t", cases: [JUnitDocument.Case(group: "t", name: "5", .skipped("s"))]),
            ]
        )
        let expected = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="z" tests="5" failures="1" errors="1" skipped="1">
              <testsuite name="s" tests="4" failures="1" errors="1" skipped="0">
                <properties>
                  <property name="p" value="&quot;v&quot;"/>
                </properties>
                <testcase classname="&lt;g&gt;" name="n&quot;1&quot;"/>
                <testcase classname="g" name="2">
                  <system-out>so &amp; so</system-out>
                </testcase>
                <testcase classname="g" name="3">
                  <failure type="worse" message="a?&lt;b&gt;&apos;&#9;&#10;"/>
                </testcase>
                <testcase classname="g" name="4">
                  <error message="e"/>
                </testcase>
              </testsuite>
              <testsuite name="t" tests="1" failures="0" errors="0" skipped="1">
                <testcase classname="t" name="5">
                  <skipped message="s"/>
                </testcase>
              </testsuite>
            </testsuites>

            """
        #expect(document.text == expected)
    }
}
