-- Fair turns for what leaves, and how each webhook fares.
-- From schema 3 to 4.

ALTER TABLE outbox ADD COLUMN platform INTEGER NOT NULL DEFAULT 0; -- whose turn it takes; 0: nobody's
ALTER TABLE outbox ADD COLUMN way TEXT NOT NULL DEFAULT 'mail';    -- mail, webhook

UPDATE outbox SET
    way = CASE recipient WHEN 'platform' THEN 'webhook' ELSE 'mail' END,
    platform = coalesce(
        (SELECT event.platform FROM event WHERE event.case_id = outbox.case_id ORDER BY n LIMIT 1), 0
    )
WHERE state = 'waiting';

DROP INDEX outbox_due;
CREATE INDEX outbox_turn ON outbox (way, platform, due) WHERE state = 'waiting';

ALTER TABLE webhook ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;   -- in a row
ALTER TABLE webhook ADD COLUMN failed_at INTEGER NOT NULL DEFAULT 0;  -- the last of them
ALTER TABLE webhook ADD COLUMN rest_until INTEGER NOT NULL DEFAULT 0; -- nothing is sent before
ALTER TABLE webhook ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;   -- when it was gone for good
ALTER TABLE webhook ADD COLUMN why TEXT NOT NULL DEFAULT '';
