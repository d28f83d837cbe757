/// The order in which people expect labels: `bytes_4096` before `bytes_16384`.
public enum NaturalOrder {
    /// Compares like the label, with numbers by their value.
    public static func key(_ label: String) -> String {
        var key = ""
        var digits = ""
        func endNumber() {
            key += String(repeating: "0", count: max(0, 20 - digits.count)) + digits
            digits = ""
        }
        for character in label {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            if !digits.isEmpty { endNumber() }
            key.append(character)
        }
        if !digits.isEmpty { endNumber() }
        return key
    }
}
