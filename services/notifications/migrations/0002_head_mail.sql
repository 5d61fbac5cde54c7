-- Days (UTC) whose signed heads of the audit trail have gone to the security officer.
CREATE TABLE head_mail (
  day     date        PRIMARY KEY,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON head_mail TO :app_role;
