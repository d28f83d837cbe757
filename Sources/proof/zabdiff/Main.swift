import Differential
import Glibc

/// The differential test against servers that run already, on this machine:
///
///     zabdiff APACHE_PORT[,PORT...] OUR_PORT[,PORT...] [OPERATIONS] [SEED] [DIFFERENCES] [APACHE_LEADER_PORT]
///
/// Or the record of an empty server of ZooKeeper's (`scripts/record-goldens.sh`), with what it has logged in its folder:
///
///     zabdiff record APACHE_PORT DATA_FOLDER
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "record", let port = Int(arguments[2]) {
            return record(port, arguments[3])
        }
        guard arguments.count >= 3, let apache = ports(arguments[1]), let ours = ports(arguments[2]),
            apache.count == ours.count
        else {
            print("use: zabdiff APACHE_PORT[,PORT...] OUR_PORT[,PORT...] [OPERATIONS] [SEED] [DIFFERENCES]")
            exit(64)
        }
        var settings = DuelSettings(
            seed: number(arguments, 4).map(UInt64.init) ?? 1,
            operations: number(arguments, 3) ?? 10_000,
            servers: apache.count,
            differencesMax: number(arguments, 5) ?? 200
        )
        settings.isShrinking = true
        let leader = number(arguments, 6)
        settings.isEnsemble = leader != nil
        let result = Duel(settings, ports: Pair(apache: apache + [leader].compactMap { $0 }, ours: ours)).play()
        for difference in result.differences { print(difference, "\n") }
        for (signature, count) in result.counts.sorted(by: { $0.value > $1.value }) { print(count, signature) }
        for (answer, count) in result.answers.sorted(by: { $0.key < $1.key }) { print("answers", answer, count) }
        for (rule, count) in result.explained.sorted(by: { $0.key < $1.key }) { print("explained", rule, count) }
        print("seed \(settings.seed): \(result.summary)")
        exit(result.counts.isEmpty ? 0 : 1)
    }

    private static func record(_ port: Int, _ folder: String) {
        let record = Duel.record(port: port)
        guard record.result.total == 0 else {
            for difference in record.result.differences { print(difference) }
            exit(1)
        }
        print(record.text, terminator: "")
        print("# the log")
        guard let file = fopen(folder + "/version-2/log.1", "rb") else { exit(74) }
        defer { fclose(file) }
        let log = [UInt8](unsafeUninitializedCapacity: 1 << 24) { $1 = fread($0.baseAddress, 1, 1 << 24, file) }
        for entry in transactions(ofLog: log) {
            print("txn", entry.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }

    private static func ports(_ text: String) -> [Int]? {
        let ports = text.split(separator: ",").compactMap { Int($0) }
        return ports.isEmpty ? nil : ports
    }

    private static func number(_ arguments: [String], _ index: Int) -> Int? {
        index < arguments.count ? Int(arguments[index]) : nil
    }
}
