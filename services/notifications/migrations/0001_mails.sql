-- What leaves by mail, and what each person finds new (P70–P75). No address, no name, no text of anybody: whom a
-- mail goes to is asked of auth when it is about to leave.

-- One row per mail: an event, a recipient, a kind (P73). States as domain/mail_state.h, kinds as domain/kind.h.
CREATE TABLE mail (
  id             uuid        PRIMARY KEY,
  -- Of the event that it tells; of a digest: made from recipient and slot.
  event_id       uuid        NOT NULL,
  kind           smallint    NOT NULL,
  -- 0 a person, 1 the mailbox of a group, 2 whoever stands behind a login request.
  recipient_kind smallint    NOT NULL CHECK (recipient_kind BETWEEN 0 AND 2),
  recipient_id   uuid        NOT NULL,
  -- The group through which a person is reached: who leaves it is not told any more.
  via_group_id   uuid,
  request_id     uuid,
  request_number text        NOT NULL DEFAULT '',
  organisation   text        NOT NULL DEFAULT '',  -- short name, reference data
  state          smallint    NOT NULL CHECK (state BETWEEN 0 AND 7),
  -- Login mails have a lane of their own: nothing queues before them.
  urgent         boolean     NOT NULL DEFAULT false,
  -- 0 alone, 1 joined by preference (P72), 2 joined with other late notices.
  bundle         smallint    NOT NULL DEFAULT 0 CHECK (bundle BETWEEN 0 AND 2),
  zone           text        NOT NULL DEFAULT 'Europe/Paris',  -- the recipient's hours, of held mails
  digest_id      uuid        REFERENCES mail ON DELETE SET NULL,  -- the mail that this one became a part of
  -- When it happened; of a digest: its slot. Retries are given up by it.
  asked_at       timestamptz NOT NULL,
  queued_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Held: when to join; queued: the next try. A claim moves it on, so that what a dead process claimed comes
  -- back by itself.
  due_at         timestamptz NOT NULL,
  claim          uuid,
  attempts       integer     NOT NULL DEFAULT 0,  -- failed ones
  -- How often the answer to the final dot was lost: the window in which one mail may leave twice (P73).
  ambiguities    integer     NOT NULL DEFAULT 0,
  relay_fault    boolean     NOT NULL DEFAULT false,  -- the last failure was not this mail's own
  sending_at     timestamptz,                         -- committed before DATA
  ended_at       timestamptz,
  last_step      text        NOT NULL DEFAULT '',     -- of the conversation, as smtp/session.h names it
  last_failure   text        NOT NULL DEFAULT '',
  last_code      smallint    NOT NULL DEFAULT 0,      -- of the server's reply
  CONSTRAINT mail_once UNIQUE (event_id, recipient_id, kind)
);
-- Next to send.
CREATE INDEX mail_due ON mail (urgent, due_at) WHERE state = 1;
CREATE INDEX mail_claimed ON mail (claim) WHERE state = 1 AND claim IS NOT NULL;
-- Begun and not ended: somebody died in between.
CREATE INDEX mail_sending ON mail (sending_at) WHERE state = 2;
-- Next to join.
CREATE INDEX mail_held ON mail (due_at) WHERE state = 0;
CREATE INDEX mail_held_by_recipient ON mail (recipient_id, due_at) WHERE state = 0;
-- What a digest is made of.
CREATE INDEX mail_of_digest ON mail (digest_id, asked_at) WHERE digest_id IS NOT NULL;
-- The digests of a recipient: one late digest a day (P72).
CREATE INDEX mail_digests ON mail (recipient_id, kind, asked_at) WHERE kind IN (19, 20);
-- Erasure of a request (P51), and its delivery (P75).
CREATE INDEX mail_by_request ON mail (request_id) WHERE request_id IS NOT NULL;
-- A person who left, or a mailbox.
CREATE INDEX mail_waiting_by_recipient ON mail (recipient_id) WHERE state IN (0, 1);
-- When the relay is back.
CREATE INDEX mail_relay_fault ON mail (due_at) WHERE state = 1 AND relay_fault;
-- Figures and sweeping.
CREATE INDEX mail_open ON mail (state, queued_at) WHERE state IN (0, 1, 2);
CREATE INDEX mail_ambiguous ON mail (queued_at) WHERE ambiguities > 0;
CREATE INDEX mail_failed ON mail (ended_at) WHERE state = 5;
CREATE INDEX mail_ended ON mail (ended_at) WHERE ended_at IS NOT NULL;

-- Addresses that a server refused for good, by whom they belong to (P73, P75). A mail that gets through clears it.
CREATE TABLE refused_recipient (
  recipient_id   uuid        PRIMARY KEY,
  recipient_kind smallint    NOT NULL,
  code           smallint    NOT NULL,
  refusals       integer     NOT NULL DEFAULT 1,
  since          timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is new for a person (P74), whatever he wants by mail.
CREATE TABLE notice (
  id             uuid        PRIMARY KEY,
  user_id        uuid        NOT NULL,
  event_id       uuid        NOT NULL,
  kind           smallint    NOT NULL,
  via_group_id   uuid,
  request_id     uuid,
  request_number text        NOT NULL DEFAULT '',
  at             timestamptz NOT NULL,
  CONSTRAINT notice_once UNIQUE (user_id, event_id, kind)
);
-- The list, newest first, page after page.
CREATE INDEX notice_list ON notice (user_id, at DESC, id DESC);
CREATE INDEX notice_by_request ON notice (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX notice_by_time ON notice (at);

-- P72. No row: each event. Frequencies as domain/preference.h.
CREATE TABLE preference (
  user_id    uuid        PRIMARY KEY,
  frequency  smallint    NOT NULL CHECK (frequency BETWEEN 0 AND 3),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Numbers of requests, for events that name a request by its id only.
CREATE TABLE request_number (
  request_id uuid PRIMARY KEY,
  number     text NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON mail, refused_recipient, notice, preference, request_number TO :app_role;

-- The next of the given hours of the day in a zone, strictly after a moment.
CREATE FUNCTION next_slot(zone text, hours integer[], after timestamptz) RETURNS timestamptz
  LANGUAGE sql STABLE
  RETURN (SELECT min((day + make_interval(hours => hour)) AT TIME ZONE zone)
            FROM generate_series(date_trunc('day', after AT TIME ZONE zone),
                                 date_trunc('day', after AT TIME ZONE zone) + interval '1 day',
                                 interval '1 day') AS day,
                 unnest(hours) AS hour
           WHERE (day + make_interval(hours => hour)) AT TIME ZONE zone > after);
