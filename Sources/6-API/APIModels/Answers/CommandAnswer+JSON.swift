import Saga

extension CommandAnswer: Codable {
    private enum Key: String, CodingKey {
        case id, verdict, reason, code, detail, node, firstAnswer, state
    }

    /// Reads an answer; fields that it does not know are passed over.
    /// - Throws: `DecodingError`, also for a verdict that this version does not know. A reason of a
    /// newer version is read as `unspecified`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(CommandID.self, forKey: .id)
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

    /// Writes the fields that belong to the verdict, beside those of the transfer's state.
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

    /// Reads the first answer; a reason of a newer version is read as `unspecified`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let refusal = try fields.decodeRefusal(forKey: .reason) ?? .unspecified
        let isRefused = try fields.decode(String.self, forKey: .verdict) == "refused"
        self = isRefused ? .refused(refusal) : .applied
    }

    /// Writes `applied`, or `refused` with its reason and ISO 20022 code.
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

    /// Reads the reason and the detail; a reason of a newer version is read as `malformed`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        // A reason that only a newer version knows still has a detail to show.
        let reason = Reason(rawValue: try fields.decode(String.self, forKey: .reason))
        self.init(
            reason ?? .malformed, try fields.decode(String.self, forKey: .detail),
            node: try fields.decodeIfPresent(NodeName.self, forKey: .node))
    }

    /// Writes `reason` and `detail`, and `node` where there is one.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(reason, forKey: .reason)
        try fields.encode(detail, forKey: .detail)
        try fields.encodeIfPresent(node, forKey: .node)
    }
}
