import Foundation

/// Whether a file is still the one that was read.
enum PrivateFile {
    /// What changes when somebody writes a file, or puts another in its place.
    struct Stamp: Equatable {
        private let changed: Date?
        private let size: Int?
        private let inode: Int?
        private let mode: Int?
        private let owner: Int?

        /// All `nil` for a file that is not there.
        init(_ path: String) {
            let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
            changed = attributes[.modificationDate] as? Date
            size = attributes[.size] as? Int
            inode = attributes[.systemFileNumber] as? Int
            mode = attributes[.posixPermissions] as? Int
            owner = attributes[.ownerAccountID] as? Int
        }
    }
}
