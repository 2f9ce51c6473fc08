-- Connectors: what platforms run already, read into the record.
-- From schema 10 to 11.

CREATE TABLE connector (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    platform   INTEGER NOT NULL,
    system     TEXT NOT NULL,
    instance   TEXT NOT NULL,
    state      TEXT NOT NULL,            -- trial, running, paused
    config     TEXT NOT NULL,            -- JSON of connectors.config.Config, without secrets
    trial      TEXT NOT NULL DEFAULT '', -- JSON of connectors.trial.Trial
    position   TEXT NOT NULL DEFAULT '', -- from where the source is read on, in its own form
    read_at    INTEGER NOT NULL DEFAULT 0, -- POSIX seconds: when the source was last read well
    newest     TEXT NOT NULL DEFAULT '', -- the newest moment that the source spoke of
    failed_at  INTEGER NOT NULL DEFAULT 0, -- when it last failed; 0 once it was read well again
    why        TEXT NOT NULL DEFAULT '',
    refused    INTEGER NOT NULL DEFAULT 0, -- how many records were refused, ever
    added_at   INTEGER NOT NULL,
    UNIQUE (platform, system, instance)
) STRICT;

-- What was read, by a keyed digest of what the source calls it.
CREATE TABLE connector_item (
    connector INTEGER NOT NULL,
    digest    BLOB NOT NULL,
    kind      TEXT NOT NULL,             -- as in connectors.record.Kind
    state     TEXT NOT NULL,             -- stated, draft, parked, lifted, counted, noted, state
    version   TEXT NOT NULL,             -- orders the versions, as the source names them
    content   BLOB NOT NULL,             -- keyed digest of the version's content
    edition   INTEGER NOT NULL,          -- how many statements were made of it
    case_id   BLOB,                      -- the newest of them
    about     BLOB,                      -- digest of the item that it takes back
    record    TEXT NOT NULL,             -- JSON; only while somebody is asked, or as a figure
    given     TEXT NOT NULL,             -- JSON: attributes that a person has added
    given_by  TEXT NOT NULL,             -- JSON: their names
    alike     TEXT NOT NULL,             -- of a draft: what it says and misses, for its group
    rules     INTEGER NOT NULL,          -- the newest rule of the desk when it was settled last
    read_at   INTEGER NOT NULL,
    PRIMARY KEY (connector, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX connector_item_waiting ON connector_item (connector, state, alike)
WHERE state IN ('draft', 'parked', 'counted');
CREATE INDEX connector_item_unruled ON connector_item (connector, rules) WHERE state = 'draft';
CREATE INDEX connector_item_about ON connector_item (connector, about) WHERE state = 'parked';
CREATE INDEX connector_item_case ON connector_item (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE connector_rule (
    id        INTEGER PRIMARY KEY,
    connector INTEGER NOT NULL,
    rule      TEXT NOT NULL,             -- JSON of connectors.rule.Rule
    reviewer  INTEGER NOT NULL,          -- the seat that made it; 0 from the file
    made_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE connector_refusal (         -- the newest; what they held is not kept
    id        INTEGER PRIMARY KEY,
    connector INTEGER NOT NULL,
    place     TEXT NOT NULL,
    why       TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
