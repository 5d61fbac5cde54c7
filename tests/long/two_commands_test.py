"""./aplus up as a person calls it: with TLS, again at once, down (ARCHITECTURE 11, 13)."""

from __future__ import annotations

import json
import shutil
import subprocess
import time

import pytest
from aplus.layout import ROOT, Layout
from aplus.local_platform import LocalPlatform
from support import people
from support.browser import Browser
from support.mailbox import Mailbox, token_of

pytestmark = pytest.mark.release


@pytest.fixture(scope="module")
def aplus(tmp_path_factory):
    state = ROOT / ".run" / f"two-commands-{tmp_path_factory.getbasetemp().name}"

    def call(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(ROOT / "aplus"), "--state", str(state), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    yield call
    call("down")
    # Not ./aplus clean, which would take the build with it.
    LocalPlatform(Layout.default(state=state)).wipe()
    shutil.rmtree(state)


def test_up_with_tls_again_and_down(aplus):
    first = aplus("up", "--tls", "--no-build")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "aplus is up" in first.stdout and people.HELPER in first.stdout
    described = json.loads(aplus("status", "--json").stdout)
    assert described["gateway"].startswith("https://")

    browser = Browser(described["gateway"], authority=f"{described['certificates']}/ca.pem")
    mailbox = Mailbox(described["mailbox"])
    page = browser.get("/").expect(200)
    assert "max-age" in page.headers["Strict-Transport-Security"]
    browser.post("/v1/auth/links", {"email": people.HELPER}).expect(202)
    browser.post("/v1/auth/links:consume", {"token": token_of(mailbox.wait(people.HELPER, subject="connexion"))}).expect(200)
    assert all(name.startswith("__Host-") for name in browser.cookies), browser.cookies
    assert browser.get("/v1/me").expect(200).json()["user"]["email"] == people.HELPER

    started = time.monotonic()
    second = aplus("up", "--tls", "--no-build")
    took = time.monotonic() - started
    assert second.returncode == 0, second.stdout + second.stderr
    assert json.loads(aplus("status", "--json").stdout)["services"]["auth"]["pid"] is not None
    print(f"figures: ./aplus up, second time: {took:.1f} s (to reach: 10 s)")
    assert took < 10

    # What was running keeps its sessions and its data.
    browser.close()
    browser.get("/v1/me").expect(200)

    down = aplus("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert aplus("status").returncode == 3

    started = time.monotonic()
    third = aplus("up", "--tls", "--no-build")
    took = time.monotonic() - started
    assert third.returncode == 0, third.stdout + third.stderr
    print(f"figures: ./aplus up after ./aplus down: {took:.1f} s (to reach: 10 s)")
    browser.close()
    browser.get("/v1/me").expect(200)
