import ArgumentParser
import Bench
import Report

extension ExitCode {
    init(_ status: ExitStatus) { self.init(status.rawValue) }
}

/// How commands end that do not end well.
enum CommandEnd {
    /// One line on standard error that says why, unless it has been said; the parser's usage text would hide it.
    static func refuse(_ error: any Error) -> ExitCode {
        if let code = error as? ExitCode { return code }
        return ExitCode(Diagnostics.status(saying: error is ValidationError ? UsageError("\(error)") : error))
    }
}
