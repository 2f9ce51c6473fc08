-- Trusted flaggers of a platform (DSA Article 22), known by a token: of that only the hash.
-- From schema 9 to 10.

CREATE TABLE flagger (
    platform INTEGER NOT NULL,
    name     TEXT NOT NULL,
    hash     BLOB NOT NULL UNIQUE,
    added_at TEXT NOT NULL,
    PRIMARY KEY (platform, name)
) STRICT, WITHOUT ROWID;
