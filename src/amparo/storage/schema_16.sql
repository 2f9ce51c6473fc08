-- Sources that are asked, and remedies that are read back from them.
-- From schema 15 to 16. Times are POSIX seconds.

CREATE TABLE connector_poll (
    connector INTEGER PRIMARY KEY,
    due       INTEGER NOT NULL,          -- when its source is asked next
    held_till INTEGER NOT NULL,          -- until then a process is asking it
    failures  INTEGER NOT NULL           -- how often in a row it has failed
) STRICT;

CREATE TABLE connector_look (            -- what a webhook says has changed: it is looked at
    connector INTEGER NOT NULL,
    subject   TEXT NOT NULL,             -- as the source calls it
    noted_at  INTEGER NOT NULL,          -- nanoseconds
    PRIMARY KEY (connector, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE read_back (                 -- what a case is about in its source
    case_id    BLOB PRIMARY KEY,
    connector  INTEGER NOT NULL,
    subject    TEXT NOT NULL,            -- as the source calls it; never public
    claimed_at INTEGER NOT NULL,         -- when the platform last said that it is done; 0: never
    looks      INTEGER NOT NULL,         -- how many were made since then
    due        INTEGER                   -- when the next one is; NULL: none
) STRICT;

CREATE INDEX read_back_due ON read_back (connector, due) WHERE due IS NOT NULL;
