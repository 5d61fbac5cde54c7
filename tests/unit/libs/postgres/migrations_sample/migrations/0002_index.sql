-- aplus: no transaction
CREATE INDEX CONCURRENTLY sample_note ON sample (note);
CREATE INDEX CONCURRENTLY sample_note_id ON sample (note, id);
