/// The name that somebody who mistyped one probably meant.
public enum NearestName {
    /// The nearest of the names, the first of several; nil where none is near enough to be a slip of the finger.
    ///
    /// Case does not count, nor does `-` against `_`. A beginning of three letters or more is nearer than any slip:
    /// `rate` is `rate_per_s`, the first that begins so, and not `name`.
    public static func among(_ names: some Sequence<String>, to word: String) -> String? {
        let typed = letters(word)
        guard !typed.isEmpty else { return nil }
        let all = names.map { (name: $0, letters: letters($0)) }
        if let same = all.first(where: { $0.letters == typed }) { return same.name }
        if typed.count >= 3 {
            if let begun = all.first(where: { $0.letters.starts(with: typed) }) { return begun.name }
        }
        let limit = typed.count <= 3 ? 1 : typed.count <= 7 ? 2 : 3
        var best: (name: String, distance: Int)?
        for candidate in all where abs(candidate.letters.count - typed.count) <= limit {
            let distance = distance(from: typed, to: candidate.letters)
            // As many slips as there are letters make any word of any other.
            guard distance <= limit, distance < candidate.letters.count else { continue }
            if distance < best?.distance ?? .max { best = (candidate.name, distance) }
        }
        return best?.name
    }

    /// `; did you mean load?`, to be put behind what is wrong; empty where no name is near.
    public static func question(_ names: some Sequence<String>, to word: String) -> String {
        among(names, to: word).map { "; did you mean \($0)?" } ?? ""
    }

    /// A question and what may be said instead, as two sentences; without a question `; allowed are a, b`.
    ///
    /// - Parameter rest: `allowed are a, b`.
    public static func sentences(_ question: String, _ rest: String) -> String {
        guard question.hasSuffix("?") else { return "\(question); \(rest)" }
        return "\(question) \(rest.prefix(1).uppercased())\(rest.dropFirst())"
    }

    private static func letters(_ word: String) -> [Character] { word.lowercased().map { $0 == "-" ? "_" : $0 } }

    /// Letters to insert, to remove, to replace, or to swap with their neighbour (optimal string alignment).
    static func distance(from one: [Character], to other: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...other.count)
        for (i, letter) in one.enumerated() {
            var next = [i + 1]
            for (j, wanted) in other.enumerated() {
                var least = min(row[j + 1] + 1, next[j] + 1, row[j] + (letter == wanted ? 0 : 1))
                if i > 0, j > 0, letter == other[j - 1], one[i - 1] == wanted { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[other.count]
    }
}
