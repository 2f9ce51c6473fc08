-- Decisions that no mail could tell: the platform has to tell the person in its own way.
-- From schema 4 to 5.

CREATE TABLE to_be_told (
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX to_be_told_by ON to_be_told (platform);
