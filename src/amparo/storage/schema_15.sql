-- What sources signed of the decisions that were taken in from them, as it was received.
-- From schema 14 to 15.

CREATE TABLE proof (
    case_id   BLOB NOT NULL,
    what      TEXT NOT NULL,             -- decision, reversal
    signed    BLOB NOT NULL,             -- the message, in the source's own form
    signature BLOB NOT NULL,
    key       TEXT NOT NULL,             -- by which it is signed, as a did:key
    at        INTEGER NOT NULL,          -- when it was taken in, in POSIX seconds
    PRIMARY KEY (case_id, what, signature)
) STRICT, WITHOUT ROWID;
