-- Claims: somebody says that a case is theirs, and shows it by a word from the account.
-- From schema 7 to 8.

CREATE TABLE claim (
    hash       BLOB PRIMARY KEY,             -- SHA-256 of its capability, which becomes the link
    case_id    BLOB NOT NULL,
    word       TEXT NOT NULL,
    place      TEXT NOT NULL,                -- where the claimant says that the word can be seen
    ends_at    INTEGER NOT NULL,
    refused    TEXT NOT NULL                 -- why, where somebody looked and did not see it
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_of_case ON claim (case_id);
CREATE INDEX claim_ends ON claim (ends_at);
