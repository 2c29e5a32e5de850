import Foundation
import Logging
import MessageBus
import MessageBusSQLite

/// Where the message bus is.
enum BusPlace {
    /// A folder of SQLite files that processes on one machine share, made at the first start.
    case folder(String)

    func open(_ logger: Logger) async throws -> any MessageBus {
        switch self {
        case .folder(let path): try await SQLiteMessageBus.open(at: path)
        }
    }

    /// Whether a node makes the topics it needs by itself.
    var makesTopics: Bool {
        switch self {
        case .folder: true
        }
    }

    /// Whether there is nothing yet, since no node was ever started on it.
    var isMissing: Bool {
        switch self {
        case .folder(let path): !FileManager.default.fileExists(atPath: path)
        }
    }
}

extension BusPlace: CustomStringConvertible {
    var description: String {
        switch self {
        case .folder(let path): path
        }
    }
}
