import Stock

extension Stock {
    /// The first shelves after an item, sorted by item.
    ///
    /// - Parameters:
    ///   - item: Where the page before ended; `nil` for the first page.
    ///   - shelvesMax: At least 1.
    /// - Complexity: O(shelves), of which it keeps no more than twice `shelvesMax` names.
    func page(after item: String?, shelvesMax: Int) -> [ShelfReport] {
        precondition(shelvesMax > 0, "a page has shelves, or reading would never end")
        var items: [String] = []
        /// The last that can be on the page, once that many are known.
        var last: String?
        for name in shelves.keys {
            if let item, name <= item { continue }
            if let last, name > last { continue }
            items.append(name)
            guard items.count == 2 * shelvesMax else { continue }
            items.sort()
            items.removeLast(shelvesMax)
            last = items.last
        }
        return items.sorted().prefix(shelvesMax).compactMap { name in
            shelves[name].map { ShelfReport(name, $0) }
        }
    }
}
