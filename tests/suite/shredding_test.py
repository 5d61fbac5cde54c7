"""Copies of the keystore are restored beside ciphertext that was kept, with the live KEK: what was erased more than a day
ago opens nowhere, and its wrapped key stands in no byte of any copy (T-CRY-10)."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2
import pytest
import story
from aplus.layout import ROOT
from aplus.ports import Picker
from aplus.postgres import Cluster
from support import people, samples
from support.unsealing import Unsealing
from support.waiting import wait_until

_PICKER = Picker("5eed")


class Archive:
    """The keystore's copies, kept as docs/operations.md says, whose ages we decide."""

    def __init__(self, platform) -> None:
        self.platform, self.account = platform, platform.local.cluster("keystore").account
        self.home = platform.local.data_home / "keystore-copies"
        shutil.rmtree(self.home, ignore_errors=True)
        self.folder, self.script = self.home / "archive", self.home / "keystore-archive"
        for folder in (self.home, self.folder):
            folder.mkdir()
            self.account.give(folder)
        shutil.copy(ROOT / "tools" / "keystore-archive", self.script)
        self._made = 0

    def call(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(["/usr/bin/python3", "-B", str(self.script), str(self.folder), *words], cwd="/", check=False,
                              capture_output=True, text=True, **self.account.popen_arguments())

    def run(self, *words: str) -> str:
        done = self.call(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def base(self) -> str:
        return self.run("base", self.platform.local.cluster("keystore").conninfo("keystore")).strip().splitlines()[-1]

    def settle(self) -> str:
        """Everything so far is archived; answers a moment that can be restored to."""
        at = self.platform.sql("keystore", "SELECT clock_timestamp()::text")[0][0]
        # A commit after the moment, for the replay to stop at.
        self.platform.sql("keystore", "CREATE TABLE passed (); DROP TABLE passed")
        segment = self.platform.sql("keystore", "SELECT pg_walfile_name(pg_switch_wal())")[0][0]
        wait_until(lambda: (self.folder / "wal" / segment).exists(), 30, "the segment is archived")
        return at

    def age(self, hours: float) -> None:
        by = timedelta(hours=hours)
        for path in sorted((self.folder / "base").glob("*")):
            begun = datetime.strptime(path.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            path.rename(path.with_name((begun - by).strftime("%Y%m%dT%H%M%SZ")))
        for path in (self.folder / "wal").glob("*"):
            since = path.stat().st_mtime - by.total_seconds()
            os.utime(path, (since, since))

    def bases(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "base").glob("*"))

    def holding(self, needles: list[bytes]) -> list[str]:
        """The files in which one of them stands."""
        return [str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
                if path.is_file() and any(needle in path.read_bytes() for needle in needles)]

    @contextmanager
    def restored(self, base: str, until: str | None = None):
        """A keystore of its own beside the live one."""
        live = self.platform.local.cluster("keystore")
        self._made += 1
        data = self.home / f"restored-{self._made}"
        self.run("restore", str(data), "--base", base, *(("--until", until) if until else ()))
        settings = {name: value for name, value in live.settings.items() if not name.startswith("archive_")}
        beside = Cluster(data=data, port=_PICKER.take(), password_file=live.password_file, log=self.home / f"{data.name}.log",
                         account=live.account, settings=settings, die_with_parent=True)
        beside.start()
        try:
            wait_until(lambda: beside.sql("SELECT pg_is_in_recovery()") == [["f"]], 30, "the log is replayed")
            yield beside
        finally:
            beside.stop()
            shutil.rmtree(data, ignore_errors=True)


class Ciphertext:
    """A backup of what is sealed, older than any erasure: rows from a dump put back, and copies of the objects."""

    def __init__(self, platform, folder: Path) -> None:
        self.unsealing = Unsealing(platform.local.layout.secrets / "kek")
        dump, words = folder / "requests.dump", platform.local.cluster("postgres").conninfo
        self._tool("pg_dump", "--format=custom", "--table=request_content", "--file", str(dump), "--dbname", words("requests"))
        name = f"kept_{os.getpid()}_{folder.name.replace('-', '_')}"
        platform.local.cluster("postgres").sql(f'CREATE DATABASE "{name}"')
        self._tool("pg_restore", "--no-owner", "--no-privileges", "--section=pre-data", "--section=data", "--dbname", words(name),
                   str(dump), check=False)
        connection = psycopg2.connect(words(name))
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT request_id::text, description FROM request_content")
            self.rows = {request: bytes(sealed) for request, sealed in cursor.fetchall()}
        connection.close()
        platform.local.cluster("postgres").sql(f'DROP DATABASE "{name}"')
        self.objects = {file: (request, self._object(platform, name_of)) for file, request, name_of in platform.sql(
            "files", "SELECT id::text, request_id::text, object FROM file WHERE sealed_size > 0")}

    @staticmethod
    def _tool(tool: str, *arguments: str, check: bool = True) -> None:
        subprocess.run([f"/usr/lib/postgresql/15/bin/{tool}", *arguments], check=check, capture_output=True,
                       env={**os.environ, "PGOPTIONS": "-c row_security=off"})

    @staticmethod
    def _object(platform, name: str) -> bytes:
        path = platform.local.layout.files / "objects" / name[:2] / name
        return path.read_bytes() if path.exists() else b""

    def opens(self, keystore: Cluster) -> set[str]:
        """Requests and files of which a restored keystore still opens the ciphertext."""
        opened = set()
        connection = psycopg2.connect(keystore.conninfo("keystore"))
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT request_id::text, kek_version, wrapped FROM request_key")
            for request, version, wrapped in cursor.fetchall():
                if request in self.rows and self.unsealing.description(request, version, bytes(wrapped), self.rows[request]):
                    opened.add(request)
            cursor.execute("SELECT file_id::text, kek_version, wrapped FROM file_key")
            for file, version, wrapped in cursor.fetchall():
                request, sealed = self.objects.get(file, ("", b""))
                if sealed and self.unsealing.file(file, request, version, bytes(wrapped), sealed):
                    opened.add(file)
        connection.close()
        return opened


@pytest.fixture
def archived(platforms, request):
    """A platform whose keystore archives its log."""
    many = request.node.get_closest_marker("long") is not None
    platform = platforms.get({"*": {"erasure_poll_seconds": 1}} if many else None)
    archive = Archive(platform)
    platform.local.cluster_settings["keystore"] = {
        "wal_level": "replica", "max_wal_senders": "4", "archive_mode": "on", "archive_timeout": "600",
        "archive_command": f"/usr/bin/python3 -B {archive.script} {archive.folder} push %p %f"}
    platform.restart_postgres("keystore", immediate=False)
    platform.wait_ready()
    yield archive
    del platform.local.cluster_settings["keystore"]
    platform.restart_postgres("keystore", immediate=False)
    platform.wait_ready()
    shutil.rmtree(archive.home, ignore_errors=True)


def with_file(helper) -> tuple[story.Told, str]:
    draft = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    file = helper.upload(f"/v1/drafts/{draft}/files", samples.pdf("Bail"), "bail.pdf", samples.PDF).expect(201).json()["id"]
    return story.create(helper, draftId=draft, fileIds=[file]), file


def keys_of(platform, *ids: str) -> list[bytes]:
    return [bytes(wrapped) for (wrapped,) in platform.sql(
        "keystore", "SELECT wrapped FROM request_key WHERE request_id = ANY (%s::uuid[]) "
        "UNION ALL SELECT wrapped FROM file_key WHERE file_id = ANY (%s::uuid[])", list(ids), list(ids))]


def erase(platform, helper, *requests: str) -> None:
    for request in requests:
        helper.post(f"/v1/requests/{request}:revokeMandate").expect(200)
    wait_until(lambda: platform.sql("keystore", "SELECT (SELECT count(*) FROM request_key WHERE request_id = ANY (%s::uuid[])) + "
                                    "(SELECT count(*) FROM file_key WHERE request_id = ANY (%s::uuid[]))", list(requests),
                                    list(requests)) == [(0,)], 60, "the keys are destroyed")


def test_T_CRY_10_nothing_erased_a_day_ago_opens_from_any_copy(archived, tmp_path):
    platform = archived.platform
    helper = platform.login(people.HELPER)
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(lambda _: archived.base(), range(2)))) == 2, "begun in one second, and still two"
    gone, file = with_file(helper)
    kept = story.create(helper)
    with_key = archived.base()
    before = archived.settle()
    ciphertext = Ciphertext(platform, tmp_path)
    wrapped = keys_of(platform, gone.id, file)
    assert len(wrapped) == 2 and {gone.id, kept.id} <= ciphertext.rows.keys() and ciphertext.objects[file][1]

    erase(platform, helper, gone.id)
    archived.settle()
    # Within the day it still does: the drill finds what is there to be found.
    with archived.restored(with_key, before) as keystore:
        assert {gone.id, file, kept.id} <= ciphertext.opens(keystore)
    assert all(archived.holding([key]) for key in wrapped)

    # The next base, six hours later at most, rewrites the pages in which the destroyed keys still stand: until then
    # they come into the log with every page that is written whole.
    archived.base()
    archived.settle()
    archived.age(25)
    assert archived.call("status").returncode == 1, "an alarm when nobody pruned"
    archived.base()
    later = story.create(helper)
    middle = archived.settle()
    story.create(helper)
    archived.settle()
    archived.run("prune")
    assert len(archived.bases()) == 1
    for base in archived.bases():
        for until in (middle, None):
            with archived.restored(base, until) as keystore:
                opened = ciphertext.opens(keystore)
                assert kept.id in opened and not opened & {gone.id, file}, f"{base} until {until}"
                assert keystore.sql(f"SELECT count(*) FROM request_key WHERE request_id = '{later.id}'", "keystore") == [["1"]]
    assert archived.holding(wrapped) == [], "not a byte of them"
    assert helper.get(kept.path).status == 200


@pytest.mark.long
def test_T_CRY_10_day_after_day_at_any_point(archived, tmp_path, rng):
    """A base each six hours, erasures in between, and every copy restored to every moment that is left."""
    platform = archived.platform
    helper = platform.login(people.HELPER)
    requests = [story.create(helper).id for _ in range(60)]
    keys = dict(zip(requests, (keys_of(platform, request)[0] for request in requests), strict=True))
    ciphertext = Ciphertext(platform, tmp_path)
    erased: dict[str, int] = {}
    moments: list[tuple[int, str]] = []
    for round_ in range(9):
        archived.base()
        for _ in range(3):
            living = [request for request in requests if request not in erased]
            chosen = rng.sample(living, 2)
            erase(platform, helper, *chosen)
            erased.update((request, round_) for request in chosen)
            story.create(helper)
            moments.append((round_, archived.settle()))
        archived.run("prune")
        # Six hours go by from round to round.
        over = {request for request, since in erased.items() if (round_ - since) * 6 >= 24}
        for base in archived.bases():
            taken = datetime.strptime(base, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            left = [at for of, at in moments if datetime.fromisoformat(at) - timedelta(hours=6 * (round_ - of)) > taken][:-1]
            for until in (*rng.sample(left, min(2, len(left))), None):
                with archived.restored(base, until) as keystore:
                    assert not ciphertext.opens(keystore) & over, f"round {round_}, {base} until {until}"
        assert not [request for request in over if archived.holding([keys[request]])], f"round {round_}"
        archived.age(6)
