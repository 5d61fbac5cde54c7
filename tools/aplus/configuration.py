"""The configuration file of each process: one JSON shape for all (libs/runtime/config.h reads it)."""

from __future__ import annotations

from pathlib import Path

from aplus import keys
from aplus.layout import Layout

SERVICES = ("auth", "requests", "files", "notifications", "stats")
PROCESSES = (*SERVICES, "gateway")
# Who works with the wrapped keys (SECURITY 2.6).
KEYSTORE_USERS = ("requests", "files")
# Who keeps an audit trail (P90): stats holds nothing personal, the gateway holds nothing.
AUDITED = ("auth", "requests", "files", "notifications")


def newest_identity_key(folder: Path) -> str:
    """The id of the key that auth signs with: `dev-<n>`, the highest there is."""
    numbers = [int(path.stem.removeprefix("dev-")) for path in folder.glob("dev-*.pem")
               if path.stem.removeprefix("dev-").isdigit()]
    return f"dev-{max(numbers, default=1)}"


# Nobody balances load in front of a local platform: leaving needs no pause for others to notice.
_LOCAL_SETTINGS = {"drain_delay_ms": 0}


class Configuration:
    """Writes configuration and the secrets it names. `settings` maps a process (or "*") to its settings,
    `sections` a process to sections that it has beside its own, with the secrets that they need."""

    def __init__(self, layout: Layout, ports: dict[str, int], *, environment: str, tls: bool,
                 settings: dict[str, dict], sections: dict[str, dict] | None = None) -> None:
        self._layout = layout
        self._ports = ports
        self._environment = environment
        self._tls = tls
        self._settings = settings
        self._sections = sections or {}

    def public_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._ports['gateway']}"

    def password_file(self, name: str) -> Path:
        """Of a database role or a Redis user; made on first use."""
        return keys.password(self._layout.secrets / "passwords" / name)

    def make_secrets(self) -> None:
        """Everything that is made once and then kept."""
        secrets = self._layout.secrets
        keys.keyring(secrets / "kek")
        keys.keyring(secrets / "second-factor")
        identity = newest_identity_key(secrets / "identity")
        keys.identity_pair(secrets / "identity" / f"{identity}.pem", secrets / "identity-public" / f"{identity}.pem")
        for process in PROCESSES:
            for name in self._own_keys(process):
                keys.random_key(secrets / process / name)
            if process in AUDITED:
                keys.audit_pair(secrets / process / "audit_key", secrets / "audit-public")

    def of(self, process: str) -> dict:
        layout, ports = self._layout, self._ports
        secrets = layout.secrets
        document: dict = {
            "service": process,
            "environment": self._environment,
            "listen": f"127.0.0.1:{ports[process]}",
            "admin_listen": f"127.0.0.1:{ports[process + '-admin']}",
            "public_url": self.public_url(),
            "tls": {"ca": str(layout.certificates / "ca.pem"),
                    "certificate": str(layout.certificates / f"{process}.pem"),
                    "key": str(layout.certificates / f"{process}-key.pem")},
            "redis": {"host": "127.0.0.1", "port": ports["redis"], "user": process,
                      "password_file": str(self.password_file(f"redis-{process}"))},
            "services": {service: f"127.0.0.1:{ports[service]}" for service in SERVICES},
            "secrets": {"identity_public_keys": str(secrets / "identity-public"),
                        **{name: str(secrets / process / name) for name in self._own_keys(process)}},
            "settings": self._settings.get(process, {}),
            # Of these each process takes what it knows.
            "common_settings": {**_LOCAL_SETTINGS, **self._settings.get("*", {})},
            "log": {"level": "info"},
        }
        if process == "gateway":
            document["gateway"] = {"web_root": str(layout.root / "web" / "dist"),
                                   "http_listen": f"127.0.0.1:{ports['gateway']}", "https": self._tls}
        else:
            document["database"] = self._database("postgres", process)
        if process in KEYSTORE_USERS:
            document["keystore"] = self._database("keystore", "keystore")
            document["secrets"]["kek_dir"] = str(secrets / "kek")
        if process in AUDITED:
            document["secrets"]["audit_key"] = str(secrets / process / "audit_key")
        if process == "auth":
            document["secrets"]["second_factor_dir"] = str(secrets / "second-factor")
            document["secrets"]["identity_private_key"] = str(
                secrets / "identity" / f"{newest_identity_key(secrets / 'identity')}.pem")
        if process == "files":
            document["files"] = {"directory": str(layout.files)}
        if process == "notifications":
            document["smtp"] = {"host": "127.0.0.1", "port": ports["mailbox-smtp"],
                                "from": "ne-pas-repondre@aplus.test", "starttls": False}
        for name, section in self._sections.get(process, {}).items():
            if name == "secrets":
                document["secrets"].update(section)
            else:
                document[name] = section
        return document

    def _database(self, cluster: str, name: str) -> dict:
        return {"host": "127.0.0.1", "port": self._ports[cluster], "name": name,
                "user": f"{name}_app", "password_file": str(self.password_file(f"{name}_app")),
                "owner_user": f"{name}_owner", "owner_password_file": str(self.password_file(f"{name}_owner"))}

    @staticmethod
    def _own_keys(process: str) -> tuple[str, ...]:
        """What each process reads and no more: a key that nobody reads is one that nobody would miss."""
        return {"auth": ("code_key", "cursor_key"), "requests": ("search_key", "cursor_key", "idempotency_key"),
                "files": ("idempotency_key",), "notifications": ("cursor_key",)}.get(process, ())
