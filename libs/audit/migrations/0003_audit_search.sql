-- Searches of the trail (A14) that name an operation or ask for refusals: both may be rare among millions of lines.
CREATE INDEX audit_entry_operation ON audit_entry (operation, at, id);
CREATE INDEX audit_entry_refused ON audit_entry (at, id) WHERE outcome = 1;
