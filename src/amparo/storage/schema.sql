-- The journal: one append-only table of events, and what is needed to find them again.
-- `seq` is the log's index, gap-free from 0.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE platform (
    id       INTEGER PRIMARY KEY,
    slug     TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL UNIQUE,
    profile  TEXT NOT NULL,              -- JSON of record.rules.Profile
    demo     INTEGER NOT NULL DEFAULT 0, -- its decisions are generated, and say so
    added_at TEXT NOT NULL
) STRICT;

CREATE TABLE token (
    hash     BLOB PRIMARY KEY,           -- SHA-256 of the bearer token; the token is not kept
    platform INTEGER NOT NULL REFERENCES platform (id),
    made_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    case_id  BLOB NOT NULL,              -- 16 bytes of a UUID version 7
    n        INTEGER NOT NULL,           -- place within its case, from 1
    platform INTEGER NOT NULL,
    leaf     BLOB NOT NULL,
    opening  BLOB,                       -- NULL once erased
    recourse BLOB                        -- SHA-256 of the capability in the recourse link
) STRICT;

CREATE UNIQUE INDEX event_of_case ON event (case_id, n);

-- Which PUIDs are taken; see ledger/puids.py for why there are two tables.
CREATE TABLE puid (
    seq    INTEGER PRIMARY KEY,
    digest BLOB NOT NULL                 -- keyed, so that it outlives an erasure without naming
) STRICT;

CREATE TABLE puid_filed (
    prefix BLOB NOT NULL,                -- the digest's first bytes
    seq    INTEGER NOT NULL,
    PRIMARY KEY (prefix, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE puid_slice (
    slice INTEGER PRIMARY KEY,
    upto  INTEGER NOT NULL               -- every digest of the slice below this seq is filed
) STRICT;

WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 63)
INSERT INTO puid_slice SELECT n, 0 FROM number;

CREATE TABLE erasure (
    seq       INTEGER PRIMARY KEY,
    erased_at TEXT NOT NULL,
    reason    TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoint (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    size      INTEGER NOT NULL,
    root      BLOB NOT NULL,
    note      BLOB NOT NULL,
    signed_at INTEGER NOT NULL           -- POSIX seconds
) STRICT;

CREATE TABLE backup (
    path    TEXT PRIMARY KEY,
    made_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
