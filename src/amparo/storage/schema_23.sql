-- Forms that were taken, for a day: one that is sent twice is taken once.
-- From schema 22 to 23.

CREATE TABLE taken_form (
    digest  BLOB PRIMARY KEY, -- of its token and all that was typed: nobody gets back to either
    case_id BLOB NOT NULL,    -- the case that it made, or was about; empty where there is none
    at      INTEGER NOT NULL  -- POSIX seconds
) STRICT, WITHOUT ROWID;

CREATE INDEX taken_form_at ON taken_form (at);
CREATE INDEX taken_form_of ON taken_form (case_id);
