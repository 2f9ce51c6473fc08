-- Which cases are about one matter: a report, and the decisions about what was reported.
-- From schema 5 to 6.

CREATE TABLE matter (
    case_id BLOB PRIMARY KEY,
    matter  BLOB NOT NULL              -- the case that it is named after
) STRICT, WITHOUT ROWID;

CREATE INDEX matter_cases ON matter (matter);

-- Which platforms are to tell somebody that they are heard: few clocks have this name.
CREATE INDEX clock_to_tell ON clock (name) WHERE name = 'tell';
