import Saga

extension CommandAnswer: Codable {
    private enum Key: String, CodingKey {
        case id, verdict, reason, code, detail, node, firstAnswer, state
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(SagaID.self, forKey: .id)
        switch try fields.decode(String.self, forKey: .verdict) {
        case "applied": verdict = .applied
        case "duplicate":
            verdict = .duplicate(of: try fields.decode(FirstAnswer.self, forKey: .firstAnswer))
        case "refused":
            verdict = .refused(try fields.decodeRefusal(forKey: .reason) ?? .unspecified)
        case "conflict": verdict = .conflict
        case "invalid": verdict = .invalid(try InvalidRequest(from: decoder))
        case "busy": verdict = .busy
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .verdict, in: fields, debugDescription: "the verdict is not known")
        }
        state = fields.contains(.state) ? try TransferState(from: decoder) : nil
        if verdict == .busy, let code = try fields.decodeIfPresent(String.self, forKey: .code) {
            obstacle = Obstacle(code: code, detail: try fields.decode(String.self, forKey: .detail))
        } else {
            obstacle = nil
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encodeIfPresent(id, forKey: .id)
        try fields.encode(verdict.word, forKey: .verdict)
        switch verdict {
        case .applied, .conflict, .busy: break
        case .duplicate(let first): try fields.encode(first, forKey: .firstAnswer)
        case .refused(let refusal):
            try fields.encode(refusal, forKey: .reason)
            try fields.encode(refusal.bankReason.isoCode, forKey: .code)
        case .invalid(let invalid): try invalid.encode(to: encoder)
        }
        try state?.encode(to: encoder)
        try fields.encodeIfPresent(obstacle?.code, forKey: .code)
        try fields.encodeIfPresent(obstacle?.detail, forKey: .detail)
    }
}

extension CommandAnswer.FirstAnswer: Codable {
    private enum Key: String, CodingKey {
        case verdict, reason, code
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let refusal = try fields.decodeRefusal(forKey: .reason) ?? .unspecified
        let isRefused = try fields.decode(String.self, forKey: .verdict) == "refused"
        self = isRefused ? .refused(refusal) : .applied
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .applied:
            try fields.encode("applied", forKey: .verdict)
        case .refused(let refusal):
            try fields.encode("refused", forKey: .verdict)
            try fields.encode(refusal, forKey: .reason)
            try fields.encode(refusal.bankReason.isoCode, forKey: .code)
        }
    }
}

extension InvalidRequest: Codable {
    private enum Key: String, CodingKey {
        case reason, detail, node
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        // A reason that only a newer version knows still has a detail to show.
        let reason = Reason(rawValue: try fields.decode(String.self, forKey: .reason))
        self.init(
            reason ?? .malformed, try fields.decode(String.self, forKey: .detail),
            node: try fields.decodeIfPresent(NodeName.self, forKey: .node))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(reason, forKey: .reason)
        try fields.encode(detail, forKey: .detail)
        try fields.encodeIfPresent(node, forKey: .node)
    }
}
