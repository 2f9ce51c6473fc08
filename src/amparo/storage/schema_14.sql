-- Rules of connectors: a number that every change raises, so that none of them is missed.
-- From schema 13 to 14. Whatever waits is settled once more, since changes may have been missed.

ALTER TABLE connector ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;   -- raised by each change of its rules

UPDATE connector SET rules = 1 + (
    SELECT coalesce(max(connector_item.rules), 0) FROM connector_item
    WHERE connector_item.connector = connector.id
);
