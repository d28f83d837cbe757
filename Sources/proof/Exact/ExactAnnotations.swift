import Report

/// An exact result as workflow commands of GitHub Actions: an error for what fails, a warning for what was not compared,
/// and a notice with the verdict. GitHub shows ten of each kind in a step, and one change of the code may touch every
/// load point, so each kind of difference is one annotation.
public enum ExactAnnotations {
    private static let title = "zabbench exact"

    public static func text(_ result: ExactResult) -> String {
        var text = ""
        func say(_ kind: WorkflowCommand.Kind, _ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += WorkflowCommand(kind, title, lines.joined(separator: "\n")).line
        }
        let failure = result.isUpdate ? WorkflowCommand.Kind.notice : .error
        for kind in ExactDifference.Kind.allCases {
            let found = result.differences.filter { $0.kind == kind }
            say(failure, "\(title): \(found.count) \(kind.rawValue)", found.map { "\($0.workload) \($0.words)" })
        }
        say(failure, "\(title): not comparable", result.obstacles)
        say(.warning, title, result.notes)
        say(.notice, title, [result.conclusion])
        return text
    }
}
