import Foundation

/// A small file that only its owner may use.
enum PrivateFile {
    enum Contents {
        case bytes([UInt8])
        case missing
        /// Others than its owner may read or write it.
        case open
        case tooLarge
        case unreadable(String)
    }

    /// Reads the file if nobody but its owner may.
    static func read(_ path: String, bytesMax: Int) -> Contents {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                return .unreadable("that is no file")
            }
            guard let mode = attributes[.posixPermissions] as? Int, mode & 0o077 == 0 else {
                return .open
            }
            guard let size = attributes[.size] as? Int, size <= bytesMax else { return .tooLarge }
            return .bytes([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        } catch let error as CocoaError
            where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile
        {
            return .missing
        } catch {
            return .unreadable(error.localizedDescription)
        }
    }

    /// What changes when somebody writes a file, or puts another in its place.
    struct Stamp: Equatable {
        private let changed: Date?
        private let size: Int?
        private let inode: Int?
        private let mode: Int?

        /// All `nil` for a file that is not there.
        init(_ path: String) {
            let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
            changed = attributes[.modificationDate] as? Date
            size = attributes[.size] as? Int
            inode = attributes[.systemFileNumber] as? Int
            mode = attributes[.posixPermissions] as? Int
        }
    }
}
