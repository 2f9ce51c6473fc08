-- Lead cases of a wave, and whoever was asked whether they want to wait for them.
-- From schema 19 to 20.

CREATE TABLE lead_group (
    case_id  BLOB PRIMARY KEY,           -- its own case
    platform INTEGER NOT NULL REFERENCES platform (id),
    by_lead  INTEGER NOT NULL,           -- who chose
    at       INTEGER NOT NULL,           -- POSIX seconds
    state    TEXT    NOT NULL            -- open, ending, closed
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_group_at ON lead_group (platform, at);
CREATE INDEX lead_group_on ON lead_group (state);

CREATE TABLE lead_case (
    leads    BLOB NOT NULL,              -- the group's own case
    case_id  BLOB NOT NULL,
    role     TEXT NOT NULL,              -- lead, member
    state    TEXT NOT NULL,              -- of a lead: leads, reopened
                                         -- of a member: chosen, left, asked, waiting, answered, ended
    since    INTEGER NOT NULL DEFAULT 0, -- from when they wait, POSIX seconds; 0: they do not
    answered BLOB,                       -- the lead case whose answer they got
    PRIMARY KEY (leads, case_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_case_state ON lead_case (leads, state, case_id);
CREATE INDEX lead_case_of ON lead_case (case_id);
CREATE INDEX lead_case_reopened ON lead_case (role, state) WHERE role = 'lead' AND state = 'reopened';
