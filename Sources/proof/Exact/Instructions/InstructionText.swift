import Report

/// How figures of instructions are written.
enum InstructionText {
    /// `17,412.0`: with one decimal, since a load point has a thousand writes at most.
    static func number(_ value: Double) -> String {
        let tenths = Int64((abs(value) * 10).rounded())
        return (value < 0 && tenths > 0 ? "-" : "") + ConsoleTable.grouped(Double(tenths / 10)) + ".\(tenths % 10)"
    }

    /// `+3.87 %`
    static func percent(_ share: Double) -> String {
        let hundredths = Int64((abs(share) * 10_000).rounded())
        let rest = hundredths % 100
        return (share < 0 ? "-" : "+") + "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
    }
}
