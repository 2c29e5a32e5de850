public import Saga

extension Content {
    /// The most characters (Unicode scalars, so that all versions count alike) of a reference.
    public static var referenceCharactersMax: Int { 140 }

    /// What a saga's origin makes of an itinerary, once; all others pass these bytes on.
    ///
    /// - Parameters:
    ///   - itinerary: Without foreign actions: those have no encoding here.
    ///   - reference: The client's own words; longer ones than ``referenceCharactersMax`` make
    ///     a content that no node understands, the origin included.
    /// - Returns: A content that reads as ``decode(_:for:)`` reads its bytes.
    public static func encode<P: WireParticipant>(
        _ itinerary: Itinerary<Action>, reference: String, for: P.Type
    ) -> Content where P.Action == Action {
        precondition(
            itinerary.steps.allSatisfy { $0.foreignActions == 0 },
            "an origin knows all that it asks for, since it has to encode it")
        var writer = MessageWriter()
        for step in itinerary.steps {
            writer.write(1) { writer in
                writer.write(step.node.text, 1)
                for action in step.actions {
                    writer.write(2) { writer in
                        writer.write(P.kind(of: action), 1)
                        writer.write(P.encode(action), 2)
                    }
                }
            }
        }
        writer.write(reference, 2)
        return decode(writer.bytes, for: P.self)
    }

    /// Reads what a peer, or a log, says a saga is to do. There are no errors: a content that
    /// cannot be read, or not all of it, is one the protocol has an answer for.
    ///
    /// - Complexity: One SHA-256 over `bytes` and one pass of decoding.
    public static func decode<P: WireParticipant>(
        _ bytes: [UInt8], for: P.Type
    ) -> Content where P.Action == Action {
        let reading: Reading
        do throws(WireError) {
            reading = try read(bytes, for: P.self)
        } catch {
            reading = .unreadable
        }
        return Content(bytes: bytes, hash: .sha256(of: bytes), reading: reading)
    }

    /// The client's own words, for people; `nil` where the bytes cannot be read.
    ///
    /// - Complexity: Passes over the bytes at every call: no code that moves money uses it.
    public var reference: String? {
        guard reading != .unreadable else { return nil }
        do throws(WireError) {
            var reader = MessageReader(bytes, WireNames.content)
            while try reader.message(1, WireNames.step) != nil {}
            let reference = try reader.string(2)
            _ = try reader.skipNewer(than: 2)
            return reference
        } catch {
            return nil
        }
    }

    /// Reads to the end also what is not understood: whether bytes can be read at all, all nodes
    /// say alike, whatever actions they know.
    ///
    /// - Throws: The content is unreadable.
    private static func read<P: WireParticipant>(
        _ bytes: [UInt8], for: P.Type
    ) throws(WireError) -> Reading where P.Action == Action {
        var reader = MessageReader(bytes, WireNames.content)
        var owners: [NodeName] = []
        var understood: [Itinerary<Action>.Step] = []
        while var step = try reader.message(1, WireNames.step) {
            let owner = try NodeName(wire: step.string(1), "a step's owner")
            owners.append(owner)
            guard let known = try readStep(&step, ownedBy: owner, for: P.self) else { continue }
            understood.append(known)
        }
        guard !owners.isEmpty else { throw WireError("a content has no steps") }
        let reference = try reader.string(2)
        let hasNewer = try reader.skipNewer(than: 2)
        guard !hasNewer, understood.count == owners.count,
            reference.unicodeScalars.count <= referenceCharactersMax
        else { return .unknownParts(owners: owners) }
        return .understood(Itinerary(steps: understood))
    }

    /// Reads what stands behind a step's owner.
    ///
    /// - Returns: `nil` if it holds something that should be understood here and is not.
    private static func readStep<P: WireParticipant>(
        _ step: inout MessageReader, ownedBy owner: NodeName, for: P.Type
    ) throws(WireError) -> Itinerary<Action>.Step? where P.Action == Action {
        var known: [Action] = []
        var foreign = 0
        var isUnderstood = true
        while var action = try step.message(2, WireNames.action) {
            let kind = try action.string(1)
            let body = try action.bytes(2)
            if try action.skipNewer(than: 2) {
                isUnderstood = false
                continue
            }
            switch P.read(actionOf: kind, body: body) {
            case .known(let action): known.append(action)
            case .foreign: foreign += 1
            case .notUnderstood: isUnderstood = false
            }
        }
        if try step.skipNewer(than: 2) { isUnderstood = false }
        return isUnderstood ? .init(node: owner, actions: known, foreignActions: foreign) : nil
    }
}

/// What errors call a content and its parts (transfers.proto).
private enum WireNames {
    static let content = "giro.transfers.v1.Content"
    static let step = "giro.transfers.v1.Step"
    static let action = "giro.transfers.v1.Action"
}
