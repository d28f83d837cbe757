import Results

/// scaling.csv in sentences: one for each load.
enum ScalingWords {
    static func sentences(_ rows: [ScalingRow]) -> [String] {
        Dictionary(grouping: rows, by: \.subject).sorted { $0.key < $1.key }.compactMap { sentence($0.value) }
    }

    private static func sentence(_ rows: [ScalingRow]) -> String? {
        guard let fit = rows.first(where: { $0.kind == .fit && $0.quantity == "us_per_write" }) else { return nil }
        func figure(_ value: Double?) -> String { value.map(ConsoleTable.threeDigits) ?? "-" }
        var text = "\(fit.subject.system), \(fit.subject.loadName), by size: a write takes \(figure(fit.intercept)) us "
        text += "(95 %: \(figure(fit.interceptLow)) to \(figure(fit.interceptHigh))) and \(figure(fit.slope)) us "
        text +=
            "(\(figure(fit.slopeLow)) to \(figure(fit.slopeHigh))) for each follower, over \(fit.runs ?? 0) runs on "
        text += "\((fit.sizes ?? "").replacing(" ", with: ", ")) servers"
        text += fit.rSquared.map { ", R2 \(ConsoleTable.threeDigits($0))." } ?? "."
        let predictions = rows.filter { $0.kind == .prediction }.map { row in
            let resource = row.quantity.replacing("_", with: " ")
            return switch row.verdict {
            case .reached: "\(resource) at \(ConsoleTable.threeDigits(row.servers ?? 0)) servers"
            case .never: "\(resource) never"
            case .unknown, nil: "\(resource) not to be said"
            }
        }
        if !predictions.isEmpty { text += " Predicted limits: \(predictions.joined(separator: ", "))." }
        if fit.isMachineLimited {
            text += " Some of these runs had more servers than cores, so the line is one of this machine."
        }
        return text
    }
}
