import APIModels
import Ledger
import NodeClient
import Saga

extension NodeClient {
    /// What the command that has a transfer's UUID already asked for, other than the transfer does.
    ///
    /// - Returns: `nil` where the node does not say.
    func difference(of request: TransferRequest) async -> String? {
        do throws(NodeClientError) {
            guard let report = try await transfer(request.id) else {
                return "The UUID belongs to a command that is no transfer."
            }
            guard let order = report.order else { return nil }
            return order.difference(from: request)
        } catch {
            return nil
        }
    }
}

extension TransferReport.Order {
    func difference(from request: TransferRequest) -> String {
        let fields = [
            ("from", from == request.payer), ("to", to == request.payee),
            // Without the two banks at its ends.
            ("via", route.dropFirst().dropLast() == request.route.dropFirst().dropLast()),
            ("amount", amount == request.amount.minorUnits),
            ("currency", currency == request.amount.currency),
            ("reference", reference == request.reference ?? ""),
        ].filter { !$0.1 }.map(\.0)
        let names = fields.isEmpty ? ["timeout"] : fields
        return "The UUID belongs to a transfer with another \(names.joined(separator: " and "))."
    }
}
