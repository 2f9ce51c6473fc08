-- What the figures of a report count of complaints, disputes, notices and suspensions.
-- From schema 6 to 7.

CREATE TABLE figure (
    platform INTEGER NOT NULL,
    period   TEXT NOT NULL,              -- 2026, 2026-H1
    cell     TEXT NOT NULL,              -- JSON, `case.figures.Cell`: it says nothing about anyone
    n        INTEGER NOT NULL,
    erased   INTEGER NOT NULL,           -- of these, from cases whose texts are erased
    PRIMARY KEY (platform, period, cell)
) STRICT, WITHOUT ROWID;
