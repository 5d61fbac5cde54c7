"""The mailbox takes every mail, shows it harmlessly, and fails only as told."""

import http.client
import smtplib
import subprocess
import sys
import threading
import time
from email.message import EmailMessage

import pytest

from aplus.layout import ROOT
from aplus.ports import Picker
from support.mailbox import Mailbox, code_of, token_of
from support.waiting import wait_until

TOKEN = "A" * 20 + "-_" + "b" * 21


class Running:
    def __init__(self, folder, picker):
        self.folder = folder
        self.smtp, self.http = picker.take(), picker.take()
        self.start()
        self.api = Mailbox(f"http://127.0.0.1:{self.http}")

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-B", str(ROOT / "tools" / "aplus"), "mailbox", "--smtp-port",
                                         str(self.smtp), "--http-port", str(self.http), "--folder", str(self.folder)])
        wait_until(lambda: self.get("/api/ready")[0] == 200, 15, "the mailbox answers")

    def get(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        except ConnectionRefusedError:
            return 0, "", {}
        finally:
            connection.close()

    def send(self, to="a@b.test", subject="Bonjour", text="Texte", html=""):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "ne-pas-repondre@aplus.test", to, subject
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as client:
            client.send_message(message)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("box"), Picker("7b"))
    yield made
    made.process.terminate()
    assert made.process.wait(10) == 0


@pytest.fixture(autouse=True)
def empty(running):
    running.api.fault("none")
    running.api.clear()


def test_keeps_what_arrives(running):
    running.send("Léa@caf95.test".replace("é", "e"), "Été à la CAF", "Bonjour\n", "<p>Bonjour</p>")
    found = running.api.messages(to="lea@CAF95.test", wait=5)
    assert len(found) == 1
    assert found[0]["subject"] == "Été à la CAF"
    assert found[0]["text"].strip() == "Bonjour" and "<p>Bonjour</p>" in found[0]["html"]
    assert found[0]["envelope"] == {"from": "ne-pas-repondre@aplus.test", "to": ["Lea@caf95.test"]}
    assert found[0]["headers"]["To"] == "Lea@caf95.test"
    assert running.api.messages(to="other@caf95.test") == []


def test_waits_for_a_mail_that_comes_later(running):
    thread = threading.Timer(0.3, running.send, kwargs={"to": "later@b.test"})
    thread.start()
    started = time.monotonic()
    assert running.api.wait("later@b.test", seconds=10)["subject"] == "Bonjour"
    assert time.monotonic() - started < 5
    thread.join()


def test_finds_what_came_since(running):
    running.send(subject="avant")
    first = running.api.wait("a@b.test")
    running.send(subject="après")
    second = running.api.wait("a@b.test", subject="après")
    found = running.get(f"/api/messages?since={second['receivedAt']}")[1]
    assert "après" in found and "avant" not in found
    assert running.get("/api/messages?since=2026-01-01T00:00:00.123456789Z")[1].count('"id"') == 2
    assert running.get("/api/messages?since=hier")[0] == 400 and first["id"] < second["id"]


def test_finds_token_and_code(running):
    running.send(text=f"Lien : http://127.0.0.1:1/connexion#t={TOKEN}\nCode : 7ABC-9DEF\n")
    mail = running.api.wait("a@b.test")
    assert token_of(mail) == TOKEN and code_of(mail) == "7ABC9DEF"


def test_escapes_what_strangers_wrote(running):
    evil = "<script>alert(1)</script>"
    running.send(subject=evil, text=f"{evil} https://a.test/#t=x&\"><img src=x>", html=f"<b>{evil}</b>")
    mail = running.api.wait("a@b.test")
    for path in ("/", f"/messages/{mail['id']}", "/?to=%22%3E%3Cscript%3E"):
        status, page, headers = running.get(path)
        assert status == 200 and "<script>" not in page and "<img" not in page, path
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, page, headers = running.get(f"/messages/{mail['id']}/html")
    assert status == 200 and headers["Content-Security-Policy"].startswith("sandbox")
    assert 'href="https://a.test/#t=x&amp;"' in running.get(f"/messages/{mail['id']}")[1]


def test_answers_no_other_site(running):
    assert running.get("/api/messages", Host="evil.test")[0] == 421
    connection = http.client.HTTPConnection("127.0.0.1", running.http)
    connection.request("POST", "/api/faults", body=b'{"mode":"refuse"}', headers={"Content-Type": "text/plain"})
    assert connection.getresponse().status == 415


def test_survives_a_restart(running):
    running.send(subject="avant")
    running.api.wait("a@b.test", subject="avant")
    running.process.kill()
    running.process.wait()
    running.start()
    running.send(subject="après")
    assert [mail["subject"] for mail in running.api.messages("a@b.test")] == ["avant", "après"]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [450, 550, 554])
def test_refuses_as_told(running, stage, code):
    running.api.fault("refuse", stage=stage, code=code, count=1)
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)) as refused:
        running.send()
    assert str(code) in str(refused.value)
    assert running.api.messages() == [] and running.api.faults_happened() == 1
    running.send()
    assert len(running.api.messages()) == 1


def test_refuses_connections(running):
    running.api.fault("refuse", stage="connect", code=421, count=2)
    for _ in range(2):
        with pytest.raises((smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected)):
            running.send()
    running.send()
    assert len(running.api.messages()) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "dot"])
def test_drops_the_connection(running, stage):
    running.api.fault("drop", stage=stage, count=1)
    with pytest.raises((smtplib.SMTPException, OSError)):
        running.send()
    assert running.api.messages() == []
    running.send()


def test_P73_takes_a_mail_and_never_says_so(running):
    running.api.fault("drop", stage="dot", keep=True, count=1)
    with pytest.raises((smtplib.SMTPException, OSError)):
        running.send()
    assert len(running.api.messages(wait=5)) == 1


def test_delays(running):
    running.api.fault("delay", stage="rcpt", seconds=0.4, count=1)
    started = time.monotonic()
    running.send()
    assert time.monotonic() - started >= 0.4


def test_fails_for_one_address_only(running):
    running.api.fault("refuse", stage="rcpt", to="broken@b.test")
    running.send("good@b.test")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        running.send("broken@b.test")


@pytest.mark.parametrize("wrong", [{"mode": "explode"}, {"mode": "drop", "stage": "never"}, {"mode": "drop", "wat": 1},
                                   {"mode": "refuse", "code": 250}, {"mode": "drop", "stage": "mail", "to": "a@b.test"},
                                   {}, [1]])
def test_explains_a_wrong_fault(running, wrong):
    import json
    connection = http.client.HTTPConnection("127.0.0.1", running.http)
    connection.request("POST", "/api/faults", body=json.dumps(wrong).encode(),
                       headers={"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 400 and json.loads(answer.read())["error"]
