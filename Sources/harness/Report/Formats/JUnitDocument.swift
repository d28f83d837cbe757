/// JUnit XML, as CI systems read it: suites of cases, counted.
public struct JUnitDocument: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// What a reader may want to know all the same.
        case passed(String?)
        case failed(type: String, message: String)
        /// The case could not be judged, and that is a fault.
        case error(String)
        /// The case could not be judged, and that is none.
        case skipped(String)
    }

    public struct Case: Hashable, Sendable {
        public var group: String
        public var name: String
        public var outcome: Outcome

        public init(group: String, name: String, _ outcome: Outcome) {
            self.group = group
            self.name = name
            self.outcome = outcome
        }
    }

    public struct Property: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Suite: Hashable, Sendable {
        public var name: String
        public var properties: [Property]
        public var cases: [Case]

        public init(name: String, properties: [Property] = [], cases: [Case]) {
            self.name = name
            self.properties = properties
            self.cases = cases
        }
    }

    public var name: String
    public var suites: [Suite]

    public init(name: String, suites: [Suite]) {
        self.name = name
        self.suites = suites
    }

    public var text: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"\(Self.escaped(name))\" \(Self.totals(suites.flatMap(\.cases)))>\n"
        for suite in suites {
            text += "  <testsuite name=\"\(Self.escaped(suite.name))\" \(Self.totals(suite.cases))>\n"
            if !suite.properties.isEmpty {
                text += "    <properties>\n"
                for property in suite.properties {
                    let value = Self.escaped(property.value)
                    text += "      <property name=\"\(Self.escaped(property.name))\" value=\"\(value)\"/>\n"
                }
                text += "    </properties>\n"
            }
            for testCase in suite.cases { text += testCase.text }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private static func totals(_ cases: [Case]) -> String {
        var (failures, errors, skipped) = (0, 0, 0)
        for testCase in cases {
            switch testCase.outcome {
            case .passed: break
            case .failed: failures += 1
            case .error: errors += 1
            case .skipped: skipped += 1
            }
        }
        return "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
    }

    /// For text and attributes. What XML 1.0 has no place for, control characters, becomes a question mark.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&apos;"
            case "\n", "\r", "\t": out += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff: out += "?"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension JUnitDocument.Case {
    /// The element, with its line end.
    var text: String {
        func escaped(_ text: String) -> String { JUnitDocument.escaped(text) }
        let head = "    <testcase classname=\"\(escaped(group))\" name=\"\(escaped(name))\""
        let element: String
        switch outcome {
        case .passed(nil): return head + "/>\n"
        case .passed(let words?): element = "<system-out>\(escaped(words))</system-out>"
        case .failed(let type, let message):
            element = "<failure type=\"\(escaped(type))\" message=\"\(escaped(message))\"/>"
        case .error(let message): element = "<error message=\"\(escaped(message))\"/>"
        case .skipped(let message): element = "<skipped message=\"\(escaped(message))\"/>"
        }
        return head + ">\n      \(element)\n    </testcase>\n"
    }
}
