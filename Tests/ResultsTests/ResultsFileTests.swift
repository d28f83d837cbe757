import Results
import TestSupport
import Testing

/// What is written is what is read.
@Suite struct ResultsFileTests {
    /// Every column of a file holds something: what one of them forgets is found.
    private func comesBack<Row: ResultRow>(_ row: Row, but empty: Set<String> = []) throws {
        let table = CSVTable(parsing: Row.header + row.line)
        for (name, cell) in zip(table.header, table.rows[0]) where !empty.contains(name) {
            #expect(!cell.isEmpty, "\(name) is empty, so it shows nothing")
        }
        let read = try ResultsFile<Row>(parsing: Row.header + row.line).rows
        #expect(read.map(\.line) == [row.line])
    }

    @Test func aRunComesBack() throws {
        var row = Filled.run
        // Valid and why not are two columns of one thing.
        try comesBack(row, but: ["invalid_reason"])
        row.invalidReasons = ["too short: 0.5 s measured", "errors: 3, of 9"]
        try comesBack(row)
        let read = try ResultsFile<SummaryRow>(parsing: SummaryRow.header + row.line).rows[0]
        #expect(read.invalidReasons == row.invalidReasons && !read.isValid)
        #expect(LoadKey(read) == LoadKey(row))
    }

    @Test func theOthersComeBack() throws {
        try comesBack(Filled.second)
        try comesBack(Filled.server)
        try comesBack(Filled.event)
        try comesBack(Filled.turn)
        try comesBack(Filled.storm)
        try comesBack(Filled.stage)
        try comesBack(Filled.fault)
        try comesBack(Filled.bin)
        try comesBack(Filled.scaling, but: ["repeat", "ensemble_size"])
    }

    @Test func anOlderFileLacksColumns() throws {
        let text = "run_id,valid,system,ensemble_size,achieved_per_s\nr-1,true,zabbench,3,1000\nr-2,false,zabbench,3,\n"
        let rows = try ResultsFile<SummaryRow>(parsing: text).rows
        #expect(rows.map(\.tag.runID) == ["r-1", "r-2"] && rows[0].achievedPerSecond == 1000)
        #expect(rows[0].response.p50Microseconds == nil && rows[0].isValid)
        #expect(rows[1].invalidReasons == ["the file gives no reason"])
    }

    /// A killed run leaves half a line; what it says is no number of ours.
    @Test func aCutLastLineIsNoRow() throws {
        let whole = SummaryRow.header + Filled.run.line
        let file = try ResultsFile<SummaryRow>(parsing: whole + Filled.run.line.prefix(40))
        #expect(file.rows.count == 1 && file.cutLine == 3)
        let untouched = try ResultsFile<SummaryRow>(parsing: whole)
        #expect(untouched.rows.count == 1 && untouched.cutLine == nil)
        // The last number may lack digits, and nobody can tell.
        #expect(try ResultsFile<SummaryRow>(parsing: String(whole.dropLast())).rows.isEmpty)
    }

    @Test func windowsFilesAreReadAlike() throws {
        let text = SummaryRow.header + Filled.run.line + Filled.run.line
        let other = "\u{feff}" + text.replacing("\n", with: "\r\n")
        #expect(try ResultsFile<SummaryRow>(parsing: other).rows.map(\.line) == [Filled.run.line, Filled.run.line])
    }

    @Test(arguments: [
        ("run_id,valid,system,ensemble_size\nr,true,z,3\n", "f: no column achieved_per_s"),
        (
            "run_id,valid,system,ensemble_size,achieved_per_s\nr,true,z,3,1\nr,true,z,three,1\n",
            "f: line 3: bad integer three in column ensemble_size"
        ),
        (
            "run_id,valid,system,ensemble_size,achieved_per_s\nr,yes,z,3,1\n",
            "f: line 2: bad flag yes in column valid"
        ),
        (
            "run_id,valid,system,ensemble_size,achieved_per_s\nr,true,z,3,nan\n",
            "f: line 2: bad number nan in column achieved_per_s"
        ),
        (
            "schema_version,run_id,valid,system,ensemble_size,achieved_per_s\n2,r,true,z,3,1\n",
            "f: schema version 2, but this zabbench reads 1"
        ),
    ])
    func whatIsNoneOfOursIsRefused(_ text: String, _ words: String) throws {
        let error = #expect(throws: ResultsFileError.self) { try ResultsFile<SummaryRow>(parsing: text, name: "f") }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }

    @Test func aLoadsMembersComeBack() {
        var key = LoadKey(Filled.run)
        #expect(LoadKey(members: key.members) == key)
        key.ratePerSecond = nil
        key.links = ""
        #expect(LoadKey(members: key.members) == key && key.members["links"] == nil)
        #expect(LoadKey(members: [:]) == LoadKey())
    }
}
