-- A sample with everything that embedding must carry unharmed: "quotes", 'apostrophes', ${DOLLARS}, [brackets];
CREATE TABLE sample (id integer PRIMARY KEY, note text DEFAULT 'a;b');
GRANT SELECT ON sample TO :app_role;
