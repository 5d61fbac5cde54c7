"""What `./aplus up` builds on: clusters, roles, Redis, certificates, ports, pids. No service of ours runs here."""

import json
import os
import shutil
import signal
import stat
import subprocess

import psycopg2
import pytest

from aplus import certificates, packages, ports, processes
from aplus.commands import parse_settings
from aplus.configuration import PROCESSES, SERVICES
from aplus.failure import Failure
from aplus.layout import ROOT, Layout
from aplus.local_platform import LocalPlatform
from aplus.state import State


def make(name, **more):
    # A path with what shells and configuration files trip over.
    state = ROOT / ".run" / f"test-platform-{os.getpid()}-{name} é'"
    return LocalPlatform(Layout.default(state=state), throwaway=True, **more)


def remove(made):
    for folder in (made.data_home, made.layout.state):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def local():
    made = make("tools")
    try:
        made.prepare()
        made.start_databases()
        made.start_redis()
        yield made
    finally:
        made.stop()
        remove(made)


def connect(local, database, user, password_of=None):
    cluster = local.cluster("keystore" if database == "keystore" else "postgres")
    password = local.configuration.password_file(password_of or user).read_text().strip()
    return psycopg2.connect(host="127.0.0.1", port=cluster.port, dbname=database, user=user, password=password)


def test_each_service_reaches_its_own_database_only(local):
    for service in SERVICES:
        connect(local, service, f"{service}_app").close()
        connect(local, service, f"{service}_owner").close()
        for other in SERVICES:
            if other != service:
                with pytest.raises(psycopg2.OperationalError, match="permission denied"):
                    connect(local, other, f"{service}_app")
        with pytest.raises(psycopg2.OperationalError):
            connect(local, "postgres", f"{service}_app")


def test_keys_live_in_a_cluster_apart(local):
    connect(local, "keystore", "keystore_app").close()
    names = {row[0] for row in local.cluster("postgres").sql("SELECT datname FROM pg_database")}
    assert "keystore" not in names
    shown = local.cluster("keystore").sql("SHOW wal_recycle; ") + local.cluster("keystore").sql("SHOW min_wal_size")
    assert shown == [["off"], ["2MB"]]


def test_passwords_are_asked_for(local):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(local, "auth", "auth_app", password_of="requests_app")


def test_application_roles_are_ordinary(local):
    rows = local.cluster("postgres").sql(
        "SELECT rolname FROM pg_roles WHERE rolname ~ '_(app|owner)$' "
        "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)")
    assert rows == []


def test_databases_are_brought_to_the_same_state_again(local):
    assert local.start_databases() == []


def test_clusters_survive_a_power_cut(local):
    local.cluster("postgres").sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", "stats")
    local.stop_process("postgres", ((signal.SIGQUIT, 20.0),))
    local.start_process("postgres")
    assert local.cluster("postgres").sql("SELECT n FROM kept", "stats") == [["7"]]


def test_a_server_that_nobody_remembers_is_found_again(local):
    pid = local.pid("keystore")
    local.state.running.pop("keystore")
    assert local.cluster("keystore").orphan() == (pid, processes.start_time(pid))
    assert local.start_databases() == ["keystore"]
    assert local.pid("keystore") != pid


def test_redis_users_are_apart_and_harmless(local):
    def ask(user, *words):
        password = local.configuration.password_file(f"redis-{user}").read_text().strip()
        done = subprocess.run(["redis-cli", "-p", str(local.state.ports["redis"]), "--user", user, "--no-auth-warning",
                               *words], env={**os.environ, "REDISCLI_AUTH": password}, capture_output=True, text=True)
        return done.stdout.strip() + done.stderr.strip()

    assert ask("auth", "PING") == "PONG"
    for words in (("FLUSHALL",), ("CONFIG", "GET", "*"), ("KEYS", "*"), ("SHUTDOWN",)):
        assert "NOPERM" in ask("auth", *words), words
    anonymous = subprocess.run(["redis-cli", "-p", str(local.state.ports["redis"]), "PING"], capture_output=True,
                               text=True)
    assert "NOAUTH" in anonymous.stdout


def test_configuration_names_existing_secrets_of_the_owner_alone(local):
    def paths(value):
        if isinstance(value, dict):
            for inner in value.values():
                yield from paths(inner)
        elif isinstance(value, str) and value.startswith(str(local.layout.secrets)):
            yield value

    for process in PROCESSES:
        document = json.loads(local.configuration_file(process).read_text())
        assert document["service"] == process
        found = list(paths(document))
        assert found
        for path in found:
            mode = stat.S_IMODE(os.stat(path).st_mode)
            assert mode == (0o700 if os.path.isdir(path) else 0o600), path
        assert ("keystore" in document) == (process in ("requests", "files"))
        assert ("identity_private_key" in document["secrets"]) == (process == "auth")


def test_settings_reach_the_process_they_are_for(local):
    other = LocalPlatform(local.layout, settings=parse_settings(["*.a=1", "requests.b=2", "requests.a=3"]))
    requests, auth = other.configuration.of("requests"), other.configuration.of("auth")
    assert requests["settings"] == {"a": 3, "b": 2}
    assert auth["settings"] == {}
    assert requests["common_settings"] == auth["common_settings"] == {"drain_delay_ms": 0, "a": 1}
    for wrong in ("a=1", "requests.a", "nobody.a=1", "requests.a=x"):
        with pytest.raises(Failure):
            parse_settings([wrong])


def test_two_platforms_share_nothing(local):
    other = make("other")
    try:
        other.prepare()
        assert not set(other.state.ports.values()) & set(local.state.ports.values())
        for name in ("kek/1.key", "passwords/auth_app", "auth/code_key"):
            assert (other.layout.secrets / name).read_bytes() != (local.layout.secrets / name).read_bytes()
        assert (other.layout.certificates / "ca.pem").read_bytes() != (local.layout.certificates / "ca.pem").read_bytes()
    finally:
        remove(other)


def test_a_taken_port_moves(local):
    import socket
    other = make("moved")
    try:
        other.prepare()
        before = dict(other.state.ports)
        with socket.create_server(("127.0.0.1", before["gateway"])):
            other.prepare()
        assert set(other.moved_ports) == {"gateway"}
        assert {name for name in before if other.state.ports[name] != before[name]} == {"gateway"}
        assert f":{other.state.ports['gateway']}" in json.loads(other.configuration_file("auth").read_text())["public_url"]
    finally:
        remove(other)


def test_a_recycled_pid_is_nobody_of_ours(tmp_path):
    state = State(tmp_path / "state.json")
    from aplus.state import Running
    mine = processes.start_time(os.getpid())
    state.running = {"auth": Running(os.getpid(), mine - 1, ""), "files": Running(os.getpid(), mine, "")}
    state.write()
    assert set(State.read(state.path).running) == {"files"}
    raw = json.loads(state.path.read_text())
    state.path.write_text(json.dumps({**raw, "boot": "another"}))
    assert State.read(state.path).running == {}


def test_certificates_have_the_profile_of_production(tmp_path):
    folder = tmp_path / "a folder"
    certificates.make(folder, ["requests", "files"])
    first = (folder / "requests.pem").read_bytes()
    text = subprocess.run(["openssl", "x509", "-in", str(folder / "requests.pem"), "-noout", "-text"], check=True,
                          capture_output=True, text=True).stdout
    assert text.count("URI:") == 1 and "URI:spiffe://aplus/dev/requests" in text
    assert "CA:FALSE" in text and "NIST CURVE: P-256" in text
    subprocess.run(["openssl", "verify", "-CAfile", str(folder / "ca.pem"), "-purpose", "sslserver",
                    str(folder / "requests.pem")], check=True, capture_output=True)
    authority = (folder / "ca.pem").read_bytes()
    certificates.make(folder, ["requests"])
    assert (folder / "ca.pem").read_bytes() == authority and (folder / "requests.pem").read_bytes() != first
    assert stat.S_IMODE(os.stat(folder / "requests-key.pem").st_mode) == 0o600


def test_ports_lie_below_the_ephemeral_range():
    low = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
    assert ports.LAST < low


def test_the_package_list_can_be_read():
    sections = packages.read_list()
    assert set(sections) == {"run", "build", "test", "long", "bench"}
    names = [package for section in sections.values() for package, _ in section]
    assert len(names) == len(set(names))


def test_with_test_servers_gives_both_and_leaves_nothing():
    script = ('psql "$APLUS_TEST_PG" -Atc "SELECT 1" && redis-cli -p "${APLUS_TEST_REDIS#*:}" ping && '
              'echo "$APLUS_TEST_PG" && exit 3')
    done = subprocess.run([str(ROOT / "tools" / "with-test-servers"), "bash", "-c", script], capture_output=True,
                          text=True)
    assert done.returncode == 3, done.stderr
    one, pong, conninfo = done.stdout.splitlines()
    assert (one, pong) == ("1", "PONG")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(conninfo)
