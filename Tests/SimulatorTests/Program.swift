import Targets
import TestSupport

/// The zabbench program that was built beside the tests, run to its end.
enum Program {
    static func run(
        _ arguments: [String],
        sink: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ProgramRun {
        try ProgramRun(ZabbenchProgram.path(), arguments, environment: environment, sink: sink)
    }
}
