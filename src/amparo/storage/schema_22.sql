-- Texts that reviewers keep for reasons that they give again and again.
-- From schema 21 to 22. Times are POSIX seconds.

CREATE TABLE saved_text (
    id       INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL REFERENCES platform (id),
    seat     INTEGER NOT NULL,           -- whose it is; of a shared one: who shared it
    shared   INTEGER NOT NULL,           -- 1: the whole desk reads it, and its leads change it
    title    TEXT    NOT NULL,
    clause   TEXT    NOT NULL,           -- words of the law or clause that it is for; empty: of any
    body     TEXT    NOT NULL,
    at       INTEGER NOT NULL            -- last changed
) STRICT;

CREATE INDEX saved_text_at ON saved_text (platform, shared, seat);
