package import Saga

// How the values that every message is made of stand in protobuf fields. `field` names the place
// in errors, which never show the value itself.

extension NodeName {
    package init(wire text: String, _ field: String) throws(WireError) {
        guard let name = NodeName(text) else { throw WireError("\(field) is no node name") }
        self = name
    }

    /// An empty field says that there is none.
    package static func ifAny(wire text: String, _ field: String) throws(WireError) -> NodeName? {
        text.isEmpty ? nil : try NodeName(wire: text, field)
    }
}

extension Principal {
    package init(wire text: String, _ field: String) throws(WireError) {
        guard let principal = Principal(text) else {
            throw WireError("\(field) does not say who decided")
        }
        self = principal
    }

    /// An empty field says that there is none.
    package static func ifAny(wire text: String, _ field: String) throws(WireError) -> Principal? {
        text.isEmpty ? nil : try Principal(wire: text, field)
    }
}

extension CommandID {
    package init(wire bytes: [UInt8], _ field: String) throws(WireError) {
        guard let id = CommandID(bytes: bytes) else { throw WireError("\(field) is no UUID") }
        self = id
    }
}

extension StepID {
    /// The UUID's 16 bytes, the 32 of the content's hash and the number: as snapshots keep a step.
    package var wire: [UInt8] {
        saga.command.bytes + saga.contentHash.bytes + [UInt8(number)]
    }

    /// Reads what ``wire`` has.
    package init(wire bytes: [UInt8], _ field: String) throws(WireError) {
        guard bytes.count == 49, let number = bytes.last else {
            throw WireError("\(field) is not 49 bytes")
        }
        let command = try CommandID(wire: Array(bytes.prefix(16)), "\(field)'s saga")
        let hash = try Hash(wire: Array(bytes[16..<48]), "\(field)'s content")
        self.init(
            saga: SagaID(command, contentHash: hash),
            number: try Self.number(wire: UInt64(number), field))
    }

    package static func number(wire number: UInt64, _ field: String) throws(WireError) -> Int {
        guard number < UInt64(Itinerary<Never>.stepsMax) else {
            throw WireError("\(field)'s number is not below \(Itinerary<Never>.stepsMax)")
        }
        return Int(number)
    }

    package var wireNumber: UInt64 { UInt64(number) }
}

extension Optional where Wrapped == StepID {
    /// The step that a fact is about; facts of operations are about none.
    package func required(_ fact: String) throws(WireError) -> StepID {
        guard let self else { throw WireError("\(fact) stands in an entry about no step") }
        return self
    }
}

extension Hash {
    package init(wire bytes: [UInt8], _ field: String) throws(WireError) {
        guard let hash = Hash(bytes: bytes) else { throw WireError("\(field) is not 32 bytes") }
        self = hash
    }
}

extension Refusal {
    /// A reason in a log: one of the protocol's, or any of a participant's, since participants of
    /// other nodes need not be known here.
    package static func ifAny(wire code: String, _ field: String) throws(WireError) -> Refusal? {
        guard !code.isEmpty else { return nil }
        guard let refusal = Refusal(code: code) else {
            throw WireError(
                "\(field) is none that this version knows, so another version wrote it: \(code)")
        }
        return refusal
    }
}

extension MessageReader {
    /// The message of `field`, which has to be there, read whole.
    package mutating func whole<Value>(
        _ field: Int, _ name: String,
        _ read: (inout MessageReader) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        guard var reader = try message(field, name) else { throw WireError("\(name) is missing") }
        let value = try read(&reader)
        try reader.end()
        return value
    }

    /// The messages of a repeated field, each read whole.
    ///
    /// - Parameter name: What errors call one of them.
    package mutating func messages<Element>(
        _ field: Int, _ name: String,
        _ read: (inout MessageReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        var elements: [Element] = []
        while var reader = try message(field, name) {
            elements.append(try read(&reader))
            try reader.end()
        }
        return elements
    }
}

extension Dictionary {
    /// Makes a map of what a list in a snapshot holds.
    ///
    /// - Throws: Two items of the list have one key.
    package init(
        uniquePairs list: [(Key, Value)], _ field: String
    ) throws(WireError) {
        self.init(minimumCapacity: list.count)
        for (key, value) in list {
            guard updateValue(value, forKey: key) == nil else {
                throw WireError("\(field) names something twice")
            }
        }
    }
}
