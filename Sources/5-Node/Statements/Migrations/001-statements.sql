-- A cache of the node's log, account by account. Any file with another version is thrown away and
-- made again, so there is never a second migration: a change of the tables, or of what is folded
-- into them, is a new number below.
PRAGMA application_id = 0x67697273;
PRAGMA user_version = 7;

-- How far the log is folded in: one row.
CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    node TEXT NOT NULL,
    position INTEGER NOT NULL,
    commit_hash BLOB NOT NULL
);

CREATE TABLE account (id TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE line (
    account TEXT NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    counterparty TEXT,
    principal TEXT,
    available_change INTEGER NOT NULL,
    held_change INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (account, position)
) WITHOUT ROWID;

-- Steps that are not closed, between whom their transfers are, and which bank they wait for.
CREATE TABLE open_step (
    saga BLOB NOT NULL,
    content BLOB NOT NULL,
    step INTEGER NOT NULL,
    state INTEGER NOT NULL,
    since INTEGER NOT NULL,
    payer TEXT,
    payee TEXT,
    peer TEXT,
    deadline INTEGER,
    amount INTEGER,
    currency TEXT,
    PRIMARY KEY (saga, content, step)
) WITHOUT ROWID;

CREATE TABLE tally (
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (outcome, reason)
) WITHOUT ROWID;
