-- One topic: its settings, where it ends, and its records.
CREATE TABLE topic (
    -- The offset of the next record. It only grows, so offsets are never used again.
    next_offset INTEGER NOT NULL CHECK (next_offset >= 0),
    -- How long records are kept, in milliseconds; NULL: for ever.
    retention INTEGER CHECK (retention > 0)
) STRICT;

-- Dense from the oldest record that is kept to next_offset.
CREATE TABLE record (
    offset INTEGER PRIMARY KEY,
    -- Milliseconds since 1970-01-01T00:00:00Z.
    published_at INTEGER NOT NULL,
    key BLOB NOT NULL,
    headers BLOB NOT NULL,
    value BLOB NOT NULL
) STRICT;
