import APIModels
import StrictJSON

/// A response that came back whole.
struct AnsweredCall {
    let status: Int
    let body: [UInt8]

    /// The body of a success.
    ///
    /// - Throws: The problem that it is instead.
    func success() throws(NodeClientError) -> [UInt8] {
        guard !(200..<300).contains(status) else { return body }
        guard let problem = decode(Problem.self) else { throw .notUnderstood }
        throw NodeClientError(
            problem.isRetryable ? .unavailable : .rejected, problem.detail, problem: problem)
    }

    /// Whether the node knows nothing under that id; `code` says what of.
    func isUnknown(_ code: String) -> Bool {
        status == 404 && decode(Problem.self)?.code == code
    }

    func decoded<Value: Decodable>(as: Value.Type) throws(NodeClientError) -> Value {
        _ = try success()
        guard let value = decode(Value.self) else { throw .notUnderstood }
        return value
    }

    func decodedLines<Value: Decodable>(of: Value.Type) throws(NodeClientError) -> [Value] {
        var values: [Value] = []
        for line in try success().split(separator: JSONLine.end) {
            guard let value = try? JSONLine.value(line, as: Value.self) else {
                throw .notUnderstood
            }
            values.append(value)
        }
        return values
    }

    /// The answer to a command: it is in the body, whether that is a problem or not.
    func answer() throws(NodeClientError) -> CommandAnswer {
        if let answer = decode(CommandAnswer.self) { return answer }
        _ = try success()
        throw .notUnderstood
    }

    private func decode<Value: Decodable>(_: Value.Type) -> Value? {
        try? JSONLine.value(body, as: Value.self)
    }
}
