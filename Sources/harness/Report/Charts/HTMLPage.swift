/// One offline page: its style, a lead, and sections with contents that link to them. No script, no font, no network.
public struct HTMLPage: Sendable {
    public struct Section: Sendable {
        /// An anchor, unique in the page.
        public var id: String
        /// Plain text.
        public var title: String
        /// HTML.
        public var body: String
        /// Says what is inside, and folds it; nil for what is always seen. Plain text.
        public var summary: String?
        /// What nobody wants on paper: it stays folded in print.
        public var isRaw: Bool

        public init(id: String, title: String, body: String, summary: String? = nil, isRaw: Bool = false) {
            self.id = id
            self.title = title
            self.body = body
            self.summary = summary
            self.isRaw = isRaw
        }
    }

    /// Plain text.
    public var title: String
    /// HTML above the contents: the heading, the answers, the warnings.
    public var lead: String
    /// Those with an empty body are left out.
    public var sections: [Section]
    /// HTML at the end.
    public var foot: String

    public init(title: String, lead: String, sections: [Section], foot: String = "") {
        self.title = title
        self.lead = lead
        self.sections = sections.filter { !$0.body.isEmpty }
        self.foot = foot
    }

    public var html: String {
        var body = "<header>\n\(lead)</header>\n"
        if sections.count > 1 { body += contents }
        body += "<main>\n" + sections.map(Self.html).joined() + "</main>\n"
        if !foot.isEmpty { body += "<footer>\n\(foot)</footer>\n" }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(HTMLText.escaped(title))</title>
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <style>\(PageStyle.css)</style></head><body>
            \(PageStyle.shapes)
            \(body)</body></html>

            """
    }

    private var contents: String {
        let links = sections.map { "<a href=\"#\(HTMLText.escaped($0.id))\">\(HTMLText.escaped($0.title))</a>" }
        return "<nav aria-label=\"Contents\">\(links.joined(separator: "\n"))</nav>\n"
    }

    /// The anchor of a folded section is inside it, so that following a link opens it.
    private static func html(_ section: Section) -> String {
        let id = HTMLText.escaped(section.id)
        let title = HTMLText.escaped(section.title)
        guard let summary = section.summary else {
            return "<section id=\"\(id)\">\n<h2>\(title)</h2>\n\(section.body)</section>\n"
        }
        return "<section><details\(section.isRaw ? " class=\"raw\"" : "")><summary><h2>\(title)</h2> "
            + "<span>\(HTMLText.escaped(summary))</span></summary>\n<div id=\"\(id)\">\n\(section.body)</div></details></section>\n"
    }

    /// Something folded inside a section.
    ///
    /// - Parameters:
    ///   - summary: says what is inside; plain text.
    ///   - body: HTML.
    public static func folded(_ summary: String, isRaw: Bool = false, _ body: String) -> String {
        guard !body.isEmpty else { return "" }
        return
            "<details\(isRaw ? " class=\"raw\"" : "")><summary>\(HTMLText.escaped(summary))</summary>\n\(body)</details>\n"
    }
}
