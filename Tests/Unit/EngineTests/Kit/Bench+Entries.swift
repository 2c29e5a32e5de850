import Chain
import Saga
import Wire

/// An entry about a step, as the log has it.
struct StepEntry {
    let decided: StepDecided<Fact>
    let parts: EntryParts
    let addressee: Addressee?

    init(_ decided: StepDecided<Fact>, _ parts: EntryParts) throws {
        self.decided = decided
        self.parts = parts
        addressee = try ShownFrame(parts.shown).addressee
    }
}

extension BenchNode {
    /// The entries about steps, by position.
    func stepEntries() throws -> [StepEntry] {
        var entries: [StepEntry] = []
        for commit in commits {
            for (event, entry) in zip(try commit.events(for: Party.self), commit.entries) {
                guard case .stepDecided(let decided) = event else { continue }
                entries.append(try StepEntry(decided, entry.parts))
            }
        }
        return entries
    }

    /// The addressees of all entries about steps, by position.
    func stepAddressees() throws -> [Addressee?] {
        var addressees: [Addressee?] = []
        for commit in commits {
            for (event, entry) in zip(try commit.events(for: Party.self), commit.entries) {
                switch event {
                case .stepDecided, .stepRepeated, .abandonRequested, .stepForgotten:
                    addressees.append(try ShownFrame(entry.parts.shown).addressee)
                default: continue
                }
            }
        }
        return addressees
    }

    /// By peer, the numbers of all entries for it, in the order of their positions.
    func numbers() throws -> [NodeName: [UInt64]] {
        var numbers: [NodeName: [UInt64]] = [:]
        for entry in commits.flatMap(\.entries) {
            guard let addressee = try ShownFrame(entry.parts.shown).addressee,
                let number = addressee.number
            else { continue }
            numbers[addressee.peer, default: []].append(number)
        }
        return numbers
    }
}

extension Bench {
    /// How a node of the crowd is started again.
    enum Restart: CaseIterable {
        case never, fromTheLog, fromTheNewestSnapshot, fromAnOldSnapshot
    }

    /// Forty transfers that cross, in all of which the four nodes are neighbours: some within one
    /// bank, some over the hub, some refused there, some with a lamp from the shop.
    static func crowd(_ restart: Restart = .never) throws -> Bench {
        var bench = Bench()
        for number in 1...40 as ClosedRange<UInt64> {
            bench.begin(trip(number))
            for _ in 0..<3 where !bench.mail.isEmpty { bench.deliverNext() }
            guard number.isMultiple(of: 4) else { continue }
            for name in bench.names { try bench[name].restart(as: restart) }
        }
        bench.deliverAll()
        return bench
    }

    static func trip(_ number: UInt64) -> Trip {
        let amount = eur(Int64(number))
        let route: Route =
            switch number % 5 {
            case 0: .pay(amount, from: .alice, to: .bob)
            case 1: .pay(amount, from: .bea, to: .alice, over: [.hub])
            case 2: .pay(amount, from: .alice, to: .nobody, over: [.hub])
            case 3: .pay(amount, from: .bea, to: .amir).then(.shop, .take(1))
            default: .pay(amount, from: .alice, to: .amir)
            }
        return Trip(route, number: number)
    }
}

extension BenchNode {
    fileprivate mutating func restart(as restart: Bench.Restart) throws {
        let newest = checkpoints.count - 1
        switch restart {
        case .never: break
        case .fromTheLog: try self.restart()
        case .fromTheNewestSnapshot: try self.restart(from: snapshot(after: newest))
        case .fromAnOldSnapshot: try self.restart(from: snapshot(after: newest / 2))
        }
    }
}
