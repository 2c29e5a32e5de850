import Foundation
import LineFiles
import Saga

// Commands as they are shown: to be pasted, so with the folder that the banks are in.

extension Deployment {
    /// - Parameter command: What stands between `giro` and the folder, as `clock accept`.
    package func command(_ command: String, _ arguments: String = "") -> String {
        let words = "giro \(command) --directory \(folder.path.asShellWord)"
        return arguments.isEmpty ? words : "\(words) \(arguments)"
    }
}

extension NodeFolder {
    /// As ``Deployment/command(_:_:)``, about this bank.
    package func command(_ command: String, _ arguments: String = "") -> String {
        Deployment(directory).command(
            command, arguments.isEmpty ? name.text : "\(arguments) \(name)")
    }
}
