-- Reports of one address, which are one matter with many people (DSA Article 16).
-- From schema 12 to 13. Reports from before join with the next step in their case.

CREATE TABLE reported (
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL,
    place    BLOB NOT NULL               -- SHA-256 of the address and of what it is said to be
) STRICT;

CREATE INDEX reported_place ON reported (platform, place, case_id);
