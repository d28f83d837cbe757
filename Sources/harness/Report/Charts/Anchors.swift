/// Hands out the ids of one page's elements, none twice: `a b` and `a-b` are one anchor, and a link must find one place.
final class Anchors {
    private var used: Set<String> = []

    /// The text as an anchor, with a number where it is taken.
    func unique(_ text: String) -> String {
        let anchor = HTMLText.anchor(text)
        var id = anchor
        var number = 2
        while !used.insert(id).inserted {
            id = "\(anchor)-\(number)"
            number += 1
        }
        return id
    }
}
