"""Lets days go by for a service's database, without touching the machine's clock.

The service's role finds functions of the clocks' names in a schema of its own before PostgreSQL's: they answer the real
time and what has been added. Services take "now" from the database, so that is what time is to them; what they compare
it with (their steady clock) goes on as it does, which is what a jump looks like."""

from __future__ import annotations

from support.waiting import wait_until

_INSTALL = """
CREATE SCHEMA IF NOT EXISTS simulated;
CREATE TABLE IF NOT EXISTS simulated.shift (by interval NOT NULL);
TRUNCATE simulated.shift;
INSERT INTO simulated.shift VALUES (interval '0');
CREATE OR REPLACE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS 'SELECT pg_catalog.clock_timestamp() + s.by FROM simulated.shift AS s';
CREATE OR REPLACE FUNCTION simulated.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
  AS 'SELECT pg_catalog.statement_timestamp() + s.by FROM simulated.shift AS s';
GRANT USAGE ON SCHEMA simulated TO {role};
GRANT SELECT ON simulated.shift TO {role};
ALTER ROLE {role} IN DATABASE {database} SET search_path = simulated, pg_catalog, public;
"""


class DatabaseClock:
    def __init__(self, platform, *services: str) -> None:
        self._platform, self._services = platform, services
        for service in services:
            platform.sql(service, _INSTALL.format(role=f"{service}_app", database=service))
        self._renew()

    def jump(self, span: str) -> None:
        """From one moment to the next, as a wrong clock does: "90 days", "-1 hour"."""
        for service in self._services:
            self._platform.sql(service, "UPDATE simulated.shift SET by = by + %s::interval", span)

    def pass_time(self, span: str) -> None:
        """As time goes by: the services notice no jump, because they begin after it."""
        self.jump(span)
        self._renew()

    def set_right(self) -> None:
        for service in self._services:
            self._platform.sql(service, "UPDATE simulated.shift SET by = interval '0'")

    def _renew(self) -> None:
        for service in self._services:
            self._platform.restart(service)
        for service in self._services:
            wait_until(lambda service=service: self._platform.is_ready(service), 60, f"{service} to be ready")
