-- Statements that go on to the EU's database: how far each platform's are, and which wait for a person.
-- From schema 11 to 12. Times are POSIX seconds.

CREATE TABLE forwarding (
    platform INTEGER PRIMARY KEY REFERENCES platform (id),
    url      TEXT NOT NULL,              -- of the database, without a path
    token    TEXT NOT NULL,
    private  INTEGER NOT NULL,           -- the operator allowed an address in a private network
    named    TEXT NOT NULL,              -- the platform's name in the addresses of daily dumps
    rate     INTEGER NOT NULL,           -- most calls a minute
    state    TEXT NOT NULL,              -- active, paused, denied
    why      TEXT NOT NULL,              -- what keeps it from going on; '' nothing
    upto     INTEGER NOT NULL,           -- every decision below this seq is settled
    sending  INTEGER NOT NULL,           -- those from `upto` up to here may have been sent
    sent     INTEGER NOT NULL,           -- how many are there, as that database says
    left_out INTEGER NOT NULL,           -- how many are not for that database, or were erased before
    worker   TEXT NOT NULL,              -- who sends: no other may keep what came of it
    begun_at INTEGER NOT NULL,
    sent_at  INTEGER NOT NULL            -- when a call was last taken; 0: never
) STRICT;

CREATE TABLE forwarded (
    seq      INTEGER PRIMARY KEY,        -- of the decision
    platform INTEGER NOT NULL,
    uuid     BLOB,                       -- in the EU's database; NULL: it said only that it has it
    at       INTEGER NOT NULL            -- when it says that it stored it, or said that it has it
) STRICT;

CREATE INDEX forwarded_at ON forwarded (platform, at);

CREATE TABLE forward_held (
    seq      INTEGER PRIMARY KEY,        -- of the decision
    platform INTEGER NOT NULL,
    state    TEXT NOT NULL,              -- refused, known, failing, again, never
    why      TEXT NOT NULL,              -- what the EU's database says
    may_be_there INTEGER NOT NULL,       -- it was sent without a clear answer
    at       INTEGER NOT NULL,
    due      INTEGER NOT NULL            -- when it is sent again; 0: not by itself
) STRICT;

CREATE INDEX forward_held_of ON forward_held (platform, state, at);

CREATE TABLE forward_compared (
    platform INTEGER NOT NULL,
    day      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    dump     TEXT NOT NULL,              -- SHA-256 of the file
    found    INTEGER NOT NULL,           -- statements of ours in it
    others   INTEGER NOT NULL,           -- statements of the platform that did not go by here
    PRIMARY KEY (platform, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE forward_difference (
    seq      INTEGER PRIMARY KEY,        -- of the decision
    platform INTEGER NOT NULL,
    day      TEXT NOT NULL,
    fields   TEXT NOT NULL               -- whose values differ, comma-separated; '' it is missing
) STRICT;

CREATE INDEX forward_difference_of ON forward_difference (platform, day);
