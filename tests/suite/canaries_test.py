"""A word of its own in every personal field, and then a look everywhere (T-AZ-05, T-AUD-04): what is said of a citizen, or
written about one, stands in no log, mail, event, figure, metric, audit line, table in the clear or other people's answer."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field

import pytest
import story
from google.protobuf.descriptor import FieldDescriptor
from support import matrix, people, samples
from support.methods import DOWNLOAD, EVENTS, Edge, fields_of, methods, options_of
from support.waiting import wait_until

from aplus.configuration import PROCESSES

CITIZEN, PRIVATE, AGENT = "citizen", "private", "agent"  # said of a citizen; so, between instructors; of an agent
DATABASES = ("auth", "requests", "files", "notifications", "stats")
# Where the words of an agent may stand: his account, the mails to him, and the line that says who signed.
AGENT_PLACES = {"auth", "notifications", "requests"}


def word() -> str:
    return "zq" + "".join(secrets.choice("bcdfghjklmnpqrstvwx") for _ in range(10))


@dataclass
class Planted:
    """Each canary with the field that it was planted in."""

    words: dict[str, tuple[str, str]] = field(default_factory=dict)  # canary: (kind, field)

    def plant(self, kind: str, name: str, value: str = "") -> str:
        value = value or word()
        assert value not in self.words
        self.words[value] = (kind, name)
        return value

    def of(self, *kinds: str) -> list[str]:
        return [value for value, (kind, _) in self.words.items() if kind in kinds]

    def found(self, text: str, *kinds: str) -> list[str]:
        """The fields whose canary stands in the text, as it is, in another case, or as hexadecimal digits."""
        lower = text.lower()
        return [self.words[value][1] for value in self.of(*kinds)
                if value.lower() in lower or value.encode().hex() in lower]


def digits(count: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(count))


# Personal fields of requests that hold no canary, and why.
EXEMPT = {
    "Citizen.birth_date": "a date: no value is its own", "CitizenPatch.birth_date": "likewise",
    "Draft.Citizen.birth_date": "likewise",
    "UploadRequest.chunk": "the file, planted as such",
    "*.client_address": "kept for security, in the trail (P90)", "*.user_agent": "of the browser",
}


@dataclass
class Story:
    planted: Planted
    told: story.Told
    draft: str
    file: str
    private_file: str


def citizen_fields(planted: Planted, message: str) -> dict:
    plant = lambda name, value="": planted.plant(CITIZEN, f"{message}.{name}", value)  # noqa: E731
    return {"firstName": plant("first_name"), "lastName": plant("last_name"), "birthDate": "1984",
            "birthName": plant("birth_name"), "phone": plant("phone", "06" + digits(8)), "address": plant("address"),
            "cafNumber": plant("caf_number", digits(7)), "nir": plant("nir", "28405" + "75" + digits(6)),
            "taxNumber": plant("tax_number", digits(13)), "fileNumber": plant("file_number")}


@pytest.fixture(scope="module")
def told(platform) -> Story:
    planted = Planted()
    mine = lambda name, kind=CITIZEN: planted.plant(kind, name)  # noqa: E731
    helper, caf, cpam, admin = (platform.login(who) for who in
                                (people.HELPER, people.CAF, people.CPAM, people.ADMINISTRATOR))
    shared = platform.login(people.SHARED_HELPER)
    other = lambda name: {"label": mine(f"{name}.label"), "value": mine(f"{name}.value")}  # noqa: E731

    # A draft that stays one, and one that becomes the request.
    draft = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    form = citizen_fields(planted, "Draft.Citizen")
    form["otherLabel"], form["otherValue"] = mine("Draft.Citizen.other_label"), mine("Draft.Citizen.other_value")
    helper.put(f"/v1/drafts/{draft}", {"groupId": people.FS95, "subject": mine("Draft.subject"), "citizen": form,
                                       "description": mine("Draft.description"), "signedBy": mine("Draft.signed_by")}).expect(200)
    becoming = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    name = mine("UploadRequest.content_disposition")
    file = helper.upload(f"/v1/drafts/{becoming}/files", samples.pdf(mine("the file's contents")), f"{name}.pdf",
                         samples.PDF).expect(201).json()["id"]
    ddfip = people.group_of("ddfip", "95")
    request = story.create(helper, draftId=becoming, fileIds=[file], recipientGroupIds=[people.CAF95, people.CPAM95, ddfip],
                           subject=mine("CreateRequestRequest.subject"), description=mine("CreateRequestRequest.description"),
                           citizen={**citizen_fields(planted, "Citizen"), "other": other("Citizen.Other")})
    patch = citizen_fields(planted, "CitizenPatch")
    helper.patch(f"{request.path}/citizen", {"citizen": patch}).expect(200)
    story.say(helper, request, mine("PostMessageRequest.text"))
    helper.put(f"{request.path}/draft", {"text": mine("PutMessageDraftRequest.text")}).expect(200)
    private_name = mine("the name of a private file", PRIVATE)
    private_file = caf.upload(f"{request.path}/files", samples.pdf(mine("a private file's contents", PRIVATE)),
                              f"{private_name}.pdf", samples.PDF).expect(201).json()["id"]
    story.say(caf, request, mine("a private message", PRIVATE), visibility="VISIBILITY_INSTRUCTORS", fileIds=[private_file])
    cpam.put(f"{request.path}/draft", {"text": mine("a private half-written message", PRIVATE),
                                       "visibility": "VISIBILITY_INSTRUCTORS"}).expect(200)
    caf.post(f"{request.path}:takeCharge", {"groupId": people.CAF95, "text": mine("TakeChargeRequest.text")}).expect(200)
    caf.post(f"{request.path}:inviteGroup", {"groupIds": [matrix.PREF95], "text": mine("InviteGroupRequest.text", PRIVATE)}).expect(200)
    cpam.post(f"{request.path}:decline", {"groupId": people.CPAM95, "text": mine("DeclineRequest.text")}).expect(200)
    caf.post(f"{request.path}:markProcessed", {"text": mine("MarkProcessedRequest.text")}).expect(200)
    helper.post(f"{request.path}:close", {"usefulness": "USEFULNESS_GOOD", "comment": "Rien à dire."}).expect(200)
    helper.post(f"{request.path}:reopen", {"reason": mine("ReopenRequest.reason")}).expect(200)
    for query in ("ListRequestsRequest.q", "SearchPeopleRequest.q"):
        path = "/v1/requests" if query.startswith("List") else "/v1/people"
        helper.get(f"{path}?q={mine(query)}").expect(200)

    # Agents: a shared account signs, accounts are made and changed, somebody unknown wants to log in.
    signed = story.body(groupId=people.group_of("france-services", "62"), areaId="62",
                        citizen={"firstName": "Awa", "lastName": "Testeur", "birthDate": "1984"},
                        recipientGroupIds=[people.group_of("caf", "62")], signedBy=mine("CreateRequestRequest.signed_by", AGENT))
    one = story.Told(shared.create("/v1/requests", signed).expect(201).json()["id"], "", "")
    group = signed["recipientGroupIds"][0]
    signer = lambda message: {"signedBy": mine(f"{message}.signed_by", AGENT)}  # noqa: E731
    shared.patch(f"{one.path}/citizen", {"citizen": {"lastName": "Autre"}, **signer("CorrectCitizenRequest")}).expect(200)
    story.say(shared, one, "Bonjour", **signer("PostMessageRequest"))
    shared.post(f"{one.path}:inviteHelper", {"userIds": [next(row["id"] for row in people.USERS.values()
                                                              if row["email"] == "olivier.rousseau@fs62.test")],
                                             **signer("InviteHelperRequest")}).expect(200)
    shared.post(f"{one.path}:inviteGroup", {"groupIds": [people.group_of("cpam", "62")], **signer("InviteGroupRequest")}).expect(200)
    shared.post(f"{one.path}:inviteExpert", signer("InviteExpertRequest")).expect(200)
    shared.post(f"{one.path}:close", {"usefulness": "USEFULNESS_GOOD", **signer("CloseRequest")}).expect(200)
    shared.post(f"{one.path}:reopen", signer("ReopenRequest")).expect(200)
    shared.post(f"{one.path}:revokeMandate", signer("RevokeMandateRequest")).expect(200)
    two = story.Told(shared.create("/v1/requests", {**signed, "signedBy": "Alix"}).expect(201).json()["id"], "", "")
    shared.post(f"{two.path}:withdraw", signer("WithdrawRequest")).expect(200)
    instructor = platform.login(people.SHARED_INSTRUCTOR)
    three = story.create(helper, recipientGroupIds=[ddfip, people.CAF95])
    grouped = {"groupId": ddfip}
    instructor.post(f"{three.path}:takeCharge", {**grouped, **signer("TakeChargeRequest")}).expect(200)
    instructor.post(f"{three.path}:markProcessed", {**grouped, **signer("MarkProcessedRequest")}).expect(200)
    four = story.create(helper, recipientGroupIds=[ddfip, people.CAF95])
    instructor.post(f"{four.path}:decline", {**grouped, **signer("DeclineRequest")}).expect(200)

    agent = lambda name: mine(name, AGENT)  # noqa: E731
    new = admin.post("/v1/accounts", {"email": f"{agent('CreateAccountRequest.email')}@matrice.test",
                                      "firstName": agent("CreateAccountRequest.first_name"),
                                      "lastName": agent("CreateAccountRequest.last_name"),
                                      "function": agent("CreateAccountRequest.function"),
                                      "phone": planted.plant(AGENT, "CreateAccountRequest.phone", "07" + digits(8)),
                                      "groupId": people.group_of("france-services", "62")}).expect(201).json()["userId"]
    admin.post(f"/v1/accounts/{new}:changeEmail", {"email": f"{agent('ChangeEmailRequest.email')}@matrice.test"}).expect(200)
    email = f"{agent('AddMemberRequest.email')}@matrice.test"
    loose = admin.post("/v1/accounts", {"email": email, "firstName": "Sujet", "lastName": "Cobaye"}).expect(201).json()["userId"]
    admin.post(f"/v1/groups/{people.group_of('france-services', '62')}/members", {"email": email}).expect(200)
    person = platform.login(email)
    person.patch("/v1/me", {"firstName": agent("UpdateMeRequest.first_name"), "lastName": agent("UpdateMeRequest.last_name"),
                            "function": agent("UpdateMeRequest.function"),
                            "phone": planted.plant(AGENT, "UpdateMeRequest.phone", "07" + digits(8))}).expect(200)
    manager = platform.login("damien.lemoine@fs62.test")
    manager.post(f"/v1/groups/{people.group_of('france-services', '62')}/imports",
                 {"csv": f"prénom;nom;e-mail\nSujet;{agent('PreviewImportRequest.csv')};cobaye@matrice.test\n"}).expect(201)
    platform.browser().post("/v1/auth/links", {"email": f"{agent('RequestLinkRequest.email')}@matrice.test"}).expect(202)
    assert loose
    # What follows from it: mails, figures, the trail's seals.
    wait_until(lambda: platform.mailbox.messages(people.CAF, subject=request.number.replace(" ", "\u00a0"))
               or platform.mailbox.messages(people.CAF, subject=request.number), 30, "mails have left")
    wait_until(lambda: platform.sql("stats", "SELECT count(*) FROM request_fact WHERE request_id = %s", request.id)[0][0], 30,
               "figures have come")
    return Story(planted, request, draft, file, private_file)


def personal_fields() -> set[str]:
    found = set()
    for method in methods().values():
        if method.verb:
            for way in fields_of(method.input):
                options = options_of(way[-1])
                if options.personal and not options.secret and way[-1].type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
                    owner = way[-1].containing_type.full_name.removeprefix(f"{way[-1].file.package}.")
                    found.add(f"{owner}.{way[-1].name}")
    return found


def test_T_AZ_05_every_personal_field_holds_a_canary(told):
    planted = {name for _, name in told.planted.words.values()}
    missing = {name for name in personal_fields() - planted if name not in EXEMPT and f"*.{name.rsplit('.', 1)[-1]}" not in EXEMPT}
    # Said to the statistics team, and refused where it names the citizen (P31); the form of drafts is shown to nobody.
    missing -= {"CloseRequest.comment", "Citizen.Other.label", "Citizen.Other.value"}
    assert not missing, f"plant a word in {sorted(missing)}"
    assert len(told.planted.words) > 60


def test_T_AUD_04_logs_and_metrics_hold_none(platform, told):
    for name in (*PROCESSES, "postgres", "keystore", "redis"):
        text = platform.log_text(name)
        assert text or name not in PROCESSES
        # What a mail server answers, and what the test itself runs in the databases, is no log of ours.
        assert told.planted.found(text, CITIZEN, PRIVATE, AGENT) == [], f"in the log of {name}"
    for name in PROCESSES:
        assert told.planted.found(platform.metrics(name), CITIZEN, PRIVATE, AGENT) == [], f"in the metrics of {name}"


def test_P71_mails_say_nothing_of_a_citizen(platform, told):
    import json
    mails = platform.mailbox.messages()
    assert len(mails) > 5
    assert told.planted.found(json.dumps(mails, ensure_ascii=False), CITIZEN, PRIVATE) == []


def tables(platform, database: str) -> list[str]:
    return [name for (name,) in platform.sql(database, "SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p') "
                                                       "AND relnamespace = 'public'::regnamespace ORDER BY 1")]


def test_T_AZ_05_no_table_holds_a_citizen_in_the_clear(platform, told):
    """Nor an agent, outside of accounts, the mails to him and who signed what; the audit trail least of all."""
    seen = 0
    for database in DATABASES:
        for table in tables(platform, database):
            text = "\n".join(row for (row,) in platform.sql(database, f"SELECT t::text FROM {table} AS t"))
            seen += len(text)
            assert told.planted.found(text, CITIZEN, PRIVATE) == [], f"in {database}.{table}"
            agents = told.planted.found(text, AGENT)
            if table.startswith("audit_entry"):
                agents = [name for name in agents if not name.endswith(".signed_by")]
            if table.startswith(("audit_", "event")) or database not in AGENT_PLACES:
                assert agents == [], f"in {database}.{table}"
    assert seen > 100_000, "there was something to look at"


def crawl(platform, told, persona) -> list[tuple[str, str]]:
    """Whatever a persona is answered to any question about these things, lists and searches included."""
    browser, edge, answers = platform.login(persona.email), Edge(), []
    ids = {"request_id": told.told.id, "draft_id": told.draft, "file_id": told.file, "import_id": str(uuid.uuid4()),
           "user_id": people.USERS[people.HELPER]["id"], "group_id": people.FS95}
    for name, method in methods().items():
        if method.verb != "GET" or method.rule.transfer == EVENTS:
            continue
        names = set(method.input.fields_by_name)
        asked = {key: value for key, value in ids.items() if "{" + key + "}" in method.path}
        variants = [asked]
        if "page_size" in names:
            variants[0]["page_size"] = 100
        if name == "Requests.ListRequests":
            variants = [{**asked, "side": side, "tab": tab} for side in (1, 2) for tab in (1, 5, 8)]
            variants += [{**asked, "side": 1, "q": canary} for canary in told.planted.of(CITIZEN)[:3]]
        if name == "Files.Download":
            variants += [{"file_id": told.private_file}]
        for fields in variants:
            seen = edge.call(browser, method, fields)
            text = seen.raw.decode("utf-8", "replace") + str(seen.headers)
            if method.rule.transfer == DOWNLOAD and seen.status < 400 and name == "Files.Download":
                text += " a file left"
            answers.append((f"{name} {fields}", text))
    return answers


STRANGERS = [persona for persona in matrix.PERSONAS if persona.name in (
    "unrelated", "colleague", "instructor-elsewhere", "other-expert", "manager", "observer", "administrator",
    "colleague-and-manager")]


@pytest.mark.parametrize("persona", STRANGERS, ids=lambda persona: persona.name)
def test_T_AZ_05_other_people_are_answered_none(platform, told, persona):
    answers = crawl(platform, told, persona)
    assert len(answers) > 30
    for what, text in answers:
        leaked = [name for name in told.planted.found(text, CITIZEN, PRIVATE)]
        assert leaked == [] and "a file left" not in text, f"{persona.name} {what}"


@pytest.mark.parametrize("name", ("creator", "invited-expert"))
def test_P28_nobody_outside_the_instructors_is_answered_what_they_say(platform, told, name):
    persona = next(one for one in matrix.PERSONAS if one.name == name)
    if persona.experts:
        platform.login(people.HELPER).post(f"{told.told.path}:inviteExpert", {}).expect(200)
    reads = 0
    for what, text in crawl(platform, told, persona):
        assert told.planted.found(text, PRIVATE) == [], what
        reads += bool(told.planted.found(text, CITIZEN))
    assert reads > 0, "what is for all, is read"
