-- Remedies that the node carries out in a source itself.
-- From schema 18 to 19. Times are POSIX seconds.

ALTER TABLE connector ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;    -- 1: orders are carried out there

CREATE TABLE write_back (                -- an order that is to be carried out, or is held for a person
    case_id    BLOB PRIMARY KEY,
    connector  INTEGER NOT NULL,
    ordered_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL,         -- how many have failed
    due        INTEGER,                  -- when it is tried next; NULL: it is held
    held       TEXT NOT NULL             -- why a person has to do it (case.write_back.Held)
) STRICT;

CREATE INDEX write_back_due ON write_back (connector, due);
