/// Numbers as tables write them.
extension ConsoleTable {
    /// `52,341`: rounded, with a comma between thousands.
    public static func grouped(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 9e15 else { return "-" }
        let digits = String(Int64(value.rounded()).magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (value.rounded() < 0 ? "-" : "") + text
    }

    /// A latency in the unit in which it has at most four digits: `812 µs`, `12.3 ms`, `1.25 s`.
    public static func latency(microseconds: Double?) -> String {
        guard let microseconds, microseconds.isFinite, abs(microseconds) < 9e15 else { return "-" }
        if microseconds < 999.5 { return grouped(microseconds) + " µs" }
        if microseconds < 999_500 { return threeDigits(microseconds / 1000) + " ms" }
        return threeDigits(microseconds / 1_000_000) + " s"
    }

    /// A number with three significant digits, at least its whole part: `1.25`, `12.3`, `812`, `52341`.
    public static func threeDigits(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 9e15 else { return "-" }
        let digits = abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0
        let scale = digits == 2 ? 100.0 : digits == 1 ? 10.0 : 1.0
        let scaled = Int64((value * scale).rounded()).magnitude
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let unit = UInt64(scale)
        let fraction = String(scaled % unit)
        return sign + String(scaled / unit) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// `12.3`, `0.85`, `0.023`: who is fifty times as fast is not the same as who is forty times.
    public static func ratio(_ value: Double) -> String {
        guard value > 0, value < 0.0995 else { return threeDigits(value) }
        let digits = value < 0.00995 ? 4 : 3
        let fraction = String(Int((value * (digits == 4 ? 1e4 : 1e3)).rounded()))
        return "0." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// `2,884`, `85.0k`, `533k`, `1.25M`: three digits, where there is no room for all of them.
    public static func short(_ value: Double) -> String {
        guard abs(value) >= 9999.5, abs(value) < 9e15 else { return grouped(value) }
        if abs(value) < 999_500 { return threeDigits(value / 1e3) + "k" }
        return abs(value) < 999.5e6 ? threeDigits(value / 1e6) + "M" : threeDigits(value / 1e9) + "G"
    }
}
