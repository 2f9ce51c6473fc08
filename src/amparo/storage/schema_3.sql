-- Resolutions of the coalition: what members signed, as they signed it.
-- From schema 2 to 3.

CREATE TABLE paper (
    digest     TEXT PRIMARY KEY,         -- SHA-256 of the signed text
    resolution TEXT NOT NULL,            -- the digest of the resolution it belongs to; its own
    kind       TEXT NOT NULL,            -- resolution, answer, contact, adopted
    note       BLOB NOT NULL,            -- with all its signatures
    at         INTEGER NOT NULL,
    seq        INTEGER NOT NULL          -- its entry in the log
) STRICT, WITHOUT ROWID;

CREATE INDEX paper_of ON paper (resolution, seq);
CREATE INDEX paper_kind ON paper (kind, seq);
