import Foundation

/// Whether a file is still the one that was read.
enum PrivateFile {
    /// A mark that changes when a file is written, or another is put in its place.
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
