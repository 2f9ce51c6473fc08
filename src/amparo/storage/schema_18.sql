-- Danger first: reports that a life or safety is threatened, while somebody has to look at them.
-- And worksheets that members of panels have not sealed yet.
-- From schema 17 to 18. Reports from before join with the next step in their case.

CREATE TABLE danger (
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL,
    since    INTEGER NOT NULL            -- POSIX seconds: of the report, or of the complaint about it
) STRICT, WITHOUT ROWID;

CREATE INDEX danger_waiting ON danger (platform, since);

DROP INDEX notice_waiting;
CREATE INDEX notice_waiting ON notice (platform, answered, case_id); -- the oldest first

CREATE TABLE draft (
    case_id BLOB NOT NULL,
    seat    INTEGER NOT NULL,            -- nobody else reads it
    answers TEXT NOT NULL,               -- JSON: question -> case.worksheet.Answer
    at      INTEGER NOT NULL,
    PRIMARY KEY (case_id, seat)
) STRICT, WITHOUT ROWID;
