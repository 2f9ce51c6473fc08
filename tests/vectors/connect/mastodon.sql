-- Strikes of an invented Mastodon server. Of each table, the columns that the export reads and a
-- few that it must not, under the names and types that Mastodon 4.3 gives them.
CREATE TABLE accounts (
  id bigint PRIMARY KEY, username varchar NOT NULL, domain varchar,
  suspended_at timestamp, created_at timestamp NOT NULL
);
CREATE TABLE account_deletion_requests (id bigserial PRIMARY KEY, account_id bigint);
CREATE TABLE reports (
  id bigint PRIMARY KEY, category integer NOT NULL DEFAULT 0, comment text NOT NULL, rule_ids bigint[]
);
CREATE TABLE account_warnings (
  id bigint PRIMARY KEY, account_id bigint, target_account_id bigint, action integer NOT NULL,
  text text NOT NULL DEFAULT '', report_id bigint, status_ids varchar[],
  overruled_at timestamp, created_at timestamp NOT NULL, updated_at timestamp NOT NULL
);
CREATE TABLE appeals (
  id bigint PRIMARY KEY, account_warning_id bigint NOT NULL, text text NOT NULL,
  approved_at timestamp, approved_by_account_id bigint,
  rejected_at timestamp, rejected_by_account_id bigint, created_at timestamp NOT NULL
);

INSERT INTO accounts VALUES
  (-99, 'social.example', NULL, NULL, '2023-04-01 08:00:00'),
  (110128162406400000, 'marta', NULL, NULL, '2023-04-02 08:00:00'),
  (110133824716800000, 'otto', NULL, NULL, '2023-04-03 08:00:00'),
  (111702756556800000, 'lucia', NULL, NULL, '2024-01-05 10:00:00'),
  (114160671129600000, 'bargains', 'far.example', NULL, '2025-03-14 12:00:00'),
  (117358696857600000, 'followback', NULL, '2026-10-02 07:30:00.1', '2026-09-30 07:00:00'),
  (117539890790400000, 'casino', NULL, '2026-11-10 03:00:00', '2026-11-01 07:00:00');
INSERT INTO account_deletion_requests (account_id) VALUES (117539890790400000);
INSERT INTO reports VALUES
  (71, 2000, 'Look at what lucia writes to me', '{2}'),
  (72, 2000, 'Again', '{2,5}'),
  (73, 1000, 'Adverts, adverts, adverts', NULL),
  (74, 1500, 'This is a criminal offence', NULL);
INSERT INTO account_warnings VALUES
  (501, 110128162406400000, 111702756556800000, 0, 'Please read rule 3 before you post again.', NULL, NULL,
   NULL, '2026-11-01 09:00:00.25', '2026-11-01 09:00:00.25'),
  (502, 110128162406400000, 111702756556800000, 1250, '', 71, '{117542564659200007,117542729809920009}',
   NULL, '2026-11-02 09:00:00', '2026-11-02 09:00:00'),
  (503, 110128162406400000, 111702756556800000, 1500, 'Rule 2: no calls for violence.', 72, '{117545356492800003,117554695372800004}',
   NULL, '2026-11-04 09:00:00.123456', '2026-11-04 09:00:00.123456'),
  (504, 110133824716800000, 111702756556800000, 2000, E'Your pictures need a warning.\n\nSee "rule 4", please.', NULL, NULL,
   NULL, '2026-11-05 09:00:00', '2026-11-05 09:00:00'),
  (505, 110133824716800000, 114160671129600000, 3000, '', 73, NULL,
   NULL, '2026-11-06 09:00:00', '2026-11-06 09:00:00'),
  (506, 110133824716800000, 111702756556800000, 1000, 'Your sign-in is closed while we look at this.', 74, NULL,
   NULL, '2026-11-07 09:00:00', '2026-11-07 09:00:00'),
  (507, 110128162406400000, 111702756556800000, 4000, 'Ban evasion.', NULL, NULL,
   '2026-11-09 16:00:00.5', '2026-11-08 09:00:00', '2026-11-09 16:00:00.5'),
  (508, 110133824716800000, 117358696857600000, 4000, '', NULL, NULL,
   NULL, '2026-10-02 07:30:00.2', '2026-10-02 07:30:00.2'),
  (509, -99, 117539890790400000, 4000, 'Automatic: known spammer.', NULL, NULL,
   NULL, '2026-11-10 03:00:00', '2026-11-10 03:00:00');
INSERT INTO appeals VALUES
  (31, 501, 'I did read it', NULL, NULL, '2026-11-02 10:00:00', 110133824716800000, '2026-11-01 10:00:00'),
  (32, 503, 'It was a quote from a novel', NULL, NULL, '2026-11-06 10:00:00', 110128162406400000, '2026-11-05 10:00:00'),
  (33, 507, 'I have one account only', '2026-11-09 16:00:00.5', 110133824716800000, NULL, NULL, '2026-11-08 20:00:00'),
  (34, 506, 'What offence', NULL, NULL, NULL, NULL, '2026-11-08 08:00:00');
