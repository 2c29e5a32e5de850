import APIModels
import Engine
import Ledger
import LedgerWire
import Saga
import Wire

extension TransferRequest {
    /// The saga that the order asks for.
    ///
    /// - Parameters:
    ///   - node: The one that received it.
    ///   - principal: The client.
    ///   - receipt: When it did: the deadline counts from there.
    /// - Throws: ``InvalidRequest/Reason/wrongNode`` — the payer's bank is another.
    func begin(
        at node: NodeName, by principal: Principal, receipt: Timestamp
    ) throws(InvalidRequest) -> Begin<Ledger> {
        guard payer.node == node else {
            throw InvalidRequest(
                .wrongNode,
                "The payer's account is kept by \(payer.node); send the transfer there.",
                node: payer.node)
        }
        let timeout = timeout?.duration ?? TransferTimeout.standard
        return Begin(
            id: id, fingerprint: fingerprint, principal: principal,
            content: .encode(itinerary, reference: reference ?? "", for: Ledger.self),
            deadline: receipt + timeout)
    }

    /// Debit at the payer's bank, a forward at every correspondent, credit at the payee's bank;
    /// within one bank both in one step.
    private var itinerary: Itinerary<LedgerAction> {
        let route = route
        return Itinerary(
            steps: route.enumerated().map { number, node in
                var actions: [LedgerAction] = []
                if number == 0 { actions.append(.debit(payer, amount)) }
                if number == route.count - 1 { actions.append(.credit(payee, amount)) }
                return .init(node: node, actions: actions.isEmpty ? [.forward(amount)] : actions)
            })
    }
}
