-- Organisations that complain for many people under one mandate (DSA Article 86).
-- From schema 16 to 17.

ALTER TABLE reviewer ADD COLUMN body TEXT NOT NULL DEFAULT '';         -- the organisation whose seat it is
ALTER TABLE represented ADD COLUMN mandate BLOB;                       -- the case of the mandate
ALTER TABLE represented ADD COLUMN filing INTEGER NOT NULL DEFAULT 0;  -- filed together: its entry there; 0: not

CREATE INDEX represented_under ON represented (mandate, case_id);

CREATE TABLE mandate (
    case_id  BLOB PRIMARY KEY,           -- its own case
    platform INTEGER NOT NULL REFERENCES platform (id),
    body     TEXT NOT NULL,
    ended    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX mandate_at ON mandate (platform, ended, case_id);
CREATE INDEX mandate_of ON mandate (body, case_id);
CREATE INDEX evidence_at ON evidence (place);                           -- several cases may have one file
