-- What a reviewer has typed of a decision that is not sent yet, beside its worksheet.
-- From schema 20 to 21.

ALTER TABLE draft ADD COLUMN decision TEXT NOT NULL DEFAULT '{}'; -- JSON: field -> what was typed
