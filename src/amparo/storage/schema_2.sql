-- Recourse: who can be reached, whose link is whose, what is to be done when, what goes out.
-- From schema 1 to 2. Times are POSIX seconds, so that limits compare as numbers.

CREATE TABLE contact (                   -- the only place with data of persons; erasure empties it
    case_id  BLOB NOT NULL,
    role     TEXT NOT NULL,              -- person, notifier
    email    TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (case_id, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_email ON contact (lower(email));

CREATE TABLE sender (                    -- whom a platform has warned or suspended (Article 23)
    platform INTEGER NOT NULL,
    digest   BLOB NOT NULL,              -- of the address, under the node's secret
    what     TEXT NOT NULL,              -- notices, complaints
    case_id  BLOB NOT NULL,              -- its own case, in which warning and reasons are
    state    TEXT NOT NULL,              -- warned, suspended, ended
    PRIMARY KEY (platform, digest, what)
) STRICT, WITHOUT ROWID;

CREATE INDEX sender_case ON sender (case_id);

CREATE TABLE paused (                    -- what waits for the end of its sender's suspension
    case_id  BLOB PRIMARY KEY,
    by_case  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recourse (                  -- links without account: only their hashes
    hash       BLOB PRIMARY KEY,
    case_id    BLOB NOT NULL,
    role       TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE desk (                      -- where each contested case stands, as its events say
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL,
    state    TEXT NOT NULL,              -- of the complaint, or paused; '' where only a panel was asked
    hold     TEXT NOT NULL,
    remedy   TEXT NOT NULL,
    interim  TEXT NOT NULL,
    due      INTEGER NOT NULL,           -- end of the complaint's own clock, or of the next one
    harm     INTEGER NOT NULL,           -- 0 to 3, see case/triage.py
    filed_at INTEGER NOT NULL,
    reviewer INTEGER NOT NULL,           -- 0: nobody
    category TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    overdue  INTEGER NOT NULL,
    ruling   INTEGER                     -- the group ruling it is, or was, decided in
) STRICT, WITHOUT ROWID;

CREATE INDEX desk_queue ON desk (platform, state, due, harm DESC);
CREATE INDEX desk_of_category ON desk (platform, state, category, due, harm DESC);
CREATE INDEX desk_of_reviewer ON desk (reviewer, state, due, harm DESC) WHERE reviewer > 0;
CREATE INDEX desk_orders ON desk (platform, remedy) WHERE remedy IN ('sent', 'disputed', 'failed');
CREATE INDEX desk_holds ON desk (platform, hold) WHERE hold = 'sent';
CREATE INDEX desk_interim ON desk (platform, interim) WHERE interim = 'ordered';
CREATE INDEX desk_ruling ON desk (ruling) WHERE ruling IS NOT NULL;

CREATE TABLE notice (                    -- reports by anyone that wait for an answer
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL,
    answered INTEGER NOT NULL            -- 2: paused
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_waiting ON notice (platform, answered);

CREATE TABLE total (                     -- how many events of each kind there are; see ledger/totals.py
    kind TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (
    case_id BLOB NOT NULL,
    name    TEXT NOT NULL,
    due     INTEGER NOT NULL,
    PRIMARY KEY (case_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX clock_due ON clock (due);

CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY,
    case_id BLOB NOT NULL,
    recipient TEXT NOT NULL,             -- a role whose contact is looked up when it is sent
    kind    TEXT NOT NULL,
    link    BLOB,                        -- a capability on its way; gone when it is sent
    made_at INTEGER NOT NULL,
    due     INTEGER NOT NULL,            -- when it is tried next
    tries   INTEGER NOT NULL DEFAULT 0,
    state   TEXT NOT NULL DEFAULT 'waiting',
    why     TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX outbox_due ON outbox (due) WHERE state = 'waiting';
CREATE INDEX outbox_of_case ON outbox (case_id);

CREATE TABLE evidence (
    id       INTEGER PRIMARY KEY,
    case_id  BLOB NOT NULL,
    place    TEXT NOT NULL,              -- below DIR/evidence/
    name     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    by_role  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE INDEX evidence_of_case ON evidence (case_id);

CREATE TABLE webhook (
    platform INTEGER PRIMARY KEY REFERENCES platform (id),
    url      TEXT NOT NULL,
    secret   BLOB NOT NULL,
    private  INTEGER NOT NULL            -- the operator allowed an address in a private network
) STRICT;

CREATE TABLE reviewer (
    id       INTEGER PRIMARY KEY,
    platform INTEGER REFERENCES platform (id), -- NULL: a member of panels
    name     TEXT NOT NULL,
    email    TEXT NOT NULL,
    lead     INTEGER NOT NULL,
    known_as TEXT NOT NULL,              -- JSON list: how records, or the roster, call them
    left_at  INTEGER
) STRICT;

CREATE TABLE pass (                      -- one-time links, sessions, challenges: only their hashes
    hash     BLOB PRIMARY KEY,
    reviewer INTEGER REFERENCES reviewer (id), -- NULL: a challenge to whoever comes
    kind     TEXT NOT NULL,              -- link, session, challenge
    ends_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id       BLOB PRIMARY KEY,           -- of the credential
    reviewer INTEGER NOT NULL REFERENCES reviewer (id),
    public_key BLOB NOT NULL,            -- COSE
    uses     INTEGER NOT NULL,           -- the authenticator's own counter, which never goes back
    name     TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    used_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_of ON passkey (reviewer);

CREATE TABLE ruling (                    -- one reasoned ruling for a group of cases
    id       INTEGER PRIMARY KEY,
    case_id  BLOB NOT NULL,              -- its own case, in which its events are
    platform INTEGER NOT NULL,
    by_lead  INTEGER NOT NULL REFERENCES reviewer (id), -- who took the last step
    at       INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    reasons  TEXT NOT NULL,
    steps    TEXT NOT NULL,
    chosen   TEXT NOT NULL,              -- JSON: how its cases were chosen
    cases    INTEGER NOT NULL,
    state    TEXT NOT NULL,              -- running, finished, undoing, undone
    done     INTEGER NOT NULL DEFAULT 0,
    passed   INTEGER NOT NULL DEFAULT 0, -- stay single cases
    undo_reasons TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE panel (                     -- where each panel case stands, as its events say
    case_id  BLOB PRIMARY KEY,
    platform INTEGER NOT NULL,
    state    TEXT NOT NULL,
    due      INTEGER NOT NULL,
    members  TEXT NOT NULL,              -- space-separated ids, with a space at both ends
    draw_id  TEXT NOT NULL,              -- its public name, which does not tell the case
    challenged TEXT NOT NULL             -- whose seat is challenged; '' nobody's
) STRICT, WITHOUT ROWID;

CREATE INDEX panel_draw ON panel (draw_id);
CREATE INDEX panel_state ON panel (state, due);
CREATE INDEX panel_challenged ON panel (case_id) WHERE challenged <> '';

CREATE TABLE precedent (                 -- published rulings of panels
    id       TEXT PRIMARY KEY,           -- that of the draw
    case_id  BLOB NOT NULL,
    seq      INTEGER NOT NULL,           -- the ruling's entry in the log
    at       INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    basis    TEXT NOT NULL,
    ground   TEXT NOT NULL,
    category TEXT NOT NULL,
    clause   TEXT NOT NULL,
    profile  TEXT NOT NULL,              -- codes, space-separated, with a space at both ends
    votes    TEXT NOT NULL,              -- JSON: outcome -> how many
    body     TEXT NOT NULL,
    dissents TEXT NOT NULL               -- JSON list
) STRICT, WITHOUT ROWID;

CREATE INDEX precedent_at ON precedent (at);
