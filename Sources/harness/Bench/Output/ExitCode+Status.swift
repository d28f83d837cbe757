import ArgumentParser
import Report

extension ExitCode {
    public init(_ status: ExitStatus) { self.init(status.rawValue) }
}
