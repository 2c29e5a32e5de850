import Saga
import Wire

extension CommandRecord {
    func write(_ id: CommandID, to writer: inout MessageWriter) {
        writer.write(id.bytes, 1)
        writer.write(command?.fingerprint.bytes ?? [], 2)
        writer.write(command?.begun?.bytes ?? [], 3)
        writer.write(command?.operationRefusal?.code ?? "", 4)
        for saga in sagas { writer.write(5) { saga.write(to: &$0) } }
    }

    static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (CommandID, CommandRecord) {
        guard let id = CommandID(bytes: try reader.bytes(1)) else {
            throw WireError("a command has no UUID")
        }
        return (id, try CommandRecord(from: &reader))
    }

    private init(from reader: inout MessageReader) throws(WireError) {
        self.init()
        let fingerprint = try Hash(snapshot: reader.bytes(2))
        let begun = try Hash(snapshot: reader.bytes(3))
        let refusal = try Refusal(snapshot: reader.string(4))
        command = fingerprint.map {
            Command(fingerprint: $0, begun: begun, operationRefusal: refusal)
        }
        let sagas = try reader.messages(5, "a saga") { saga throws(WireError) in
            try SagaRecord(from: &saga)
        }
        for saga in sagas {
            guard self[saga.contentHash] == nil else { throw WireError("a saga is there twice") }
            self[saga.contentHash] = saga
        }
        guard fingerprint != nil || begun == nil && refusal == nil, begun == nil || refusal == nil,
            begun.map({ self[$0]?.step(0) != nil }) ?? true
        else { throw WireError("a command contradicts itself") }
    }
}

extension SagaRecord {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(contentHash.bytes, 1)
        writer.write(open?.bytes ?? [], 2)
        for step in steps { writer.write(4) { step.write(to: &$0) } }
        writer.write(open?.deadline.milliseconds ?? 0, 5)
        writer.write(open?.principal?.text ?? "", 6)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        guard let contentHash = try Hash(snapshot: reader.bytes(1)) else {
            throw WireError("a saga has no content")
        }
        self.init(contentHash: contentHash)
        let content = try reader.bytes(2)
        steps = try reader.messages(4, "a step") { step throws(WireError) in
            try StepRecord(from: &step)
        }
        let deadline = try reader.signed(5)
        let principal = try Principal.ifAny(wire: reader.string(6), "a saga's client")
        guard !steps.isEmpty, Set(steps.map(\.number)).count == steps.count else {
            throw WireError("a saga has no step, or one twice")
        }
        if isOpen {
            open = .init(
                bytes: content, deadline: .init(milliseconds: deadline), principal: principal)
        }
    }
}

extension StepRecord {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(UInt64(number), 1)
        writer.write(UInt64(state.rawValue), 2)
        writer.write(refusal?.code ?? "", 3)
        writer.write(previous?.text ?? "", 4)
        writer.write(next?.text ?? "", 5)
        writer.write(wasReserved, 6)
        writer.write(wasApproved.map { $0 ? 2 : 1 } ?? 0 as UInt64, 7)
        writer.write(isAbandonRequested, 8)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        let number = try reader.unsigned(1)
        guard number < UInt64(Itinerary<Never>.stepsMax) else {
            throw WireError("a step has the number \(number), which no itinerary reaches")
        }
        let stateNumber = try reader.unsigned(2)
        guard let state = UInt8(exactly: stateNumber).flatMap(StepState.init(rawValue:)),
            state != .unknown
        else { throw WireError("a step has the unknown state \(stateNumber)") }
        let refusal = try Refusal(snapshot: reader.string(3))
        let previous = try NodeName(snapshot: reader.string(4))
        let next = try NodeName(snapshot: reader.string(5))
        // The next node was asked.
        guard state != .reserved || next != nil else {
            throw WireError("a step is reserved, but it is the last")
        }
        let wasReserved = try reader.bool(6)
        let lateAnswer = try reader.unsigned(7)
        let wasApproved: Bool? =
            switch lateAnswer {
            case 0: nil
            case 1: false
            case 2: true
            default: throw WireError("a step has the unknown late answer \(lateAnswer)")
            }
        self.init(
            number: Int(number), state: state, refusal: refusal, previous: previous, next: next,
            isAbandonRequested: try reader.bool(8), wasReserved: wasReserved,
            wasApproved: wasApproved)
    }
}

extension Hash {
    fileprivate init?(snapshot bytes: [UInt8]) throws(WireError) {
        guard !bytes.isEmpty else { return nil }
        guard let hash = Hash(bytes: bytes) else {
            throw WireError("a hash has \(bytes.count) bytes instead of 32")
        }
        self = hash
    }
}

extension NodeName {
    fileprivate init?(snapshot text: String) throws(WireError) {
        guard !text.isEmpty else { return nil }
        guard let name = NodeName(text) else { throw WireError("a neighbour has no node's name") }
        self = name
    }
}

extension Refusal {
    fileprivate init?(snapshot code: String) throws(WireError) {
        guard !code.isEmpty else { return nil }
        guard let refusal = Refusal(code: code) else {
            throw WireError("\"\(code)\" is no known refusal")
        }
        self = refusal
    }
}
