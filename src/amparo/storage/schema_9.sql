-- Groups: each case of a ruling with what its lead saw of it, so that it can be taken back exactly.
-- From schema 8 to 9.

CREATE TABLE ruling_case (
    ruling  INTEGER NOT NULL REFERENCES ruling (id),
    case_id BLOB NOT NULL,
    seen    TEXT NOT NULL,               -- what set it apart and was taken along, space-separated
    state   TEXT NOT NULL,               -- waiting, ruled, passed, undone, stands
    PRIMARY KEY (ruling, case_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ruling_case_waiting ON ruling_case (case_id) WHERE state = 'waiting';

INSERT INTO ruling_case
SELECT ruling, case_id, '', CASE state WHEN 'remedy_open' THEN 'ruled' WHEN 'closed' THEN 'ruled'
    ELSE 'waiting' END
FROM desk WHERE ruling IS NOT NULL;

DROP INDEX desk_ruling;
ALTER TABLE desk DROP COLUMN ruling;

ALTER TABLE ruling ADD COLUMN goodwill INTEGER NOT NULL DEFAULT 0;  -- nobody had complained
ALTER TABLE ruling ADD COLUMN language TEXT NOT NULL DEFAULT '';    -- of its reasons
ALTER TABLE ruling ADD COLUMN stands INTEGER NOT NULL DEFAULT 0;    -- decided anew before it was undone

CREATE TABLE represented (               -- for whom an organisation complains (DSA Article 86)
    case_id BLOB PRIMARY KEY,
    body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
