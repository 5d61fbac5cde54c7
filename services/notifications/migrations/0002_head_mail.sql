-- Days (UTC) whose signed heads of the audit trail go to the security officer. A claim without a mail is given up
-- after five minutes: whoever made it died, or the relay did not take it.
CREATE TABLE head_mail (
  day        date        PRIMARY KEY,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at    timestamptz
);
GRANT SELECT, INSERT, UPDATE ON head_mail TO :app_role;
