"""The rights matrix as questions: every method asked by every persona about every kind of thing. What must come back is
asked of the rights table (support.rights); here stands only what each of them is to the thing asked about."""

from __future__ import annotations

import datetime
import random
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from support import people
from support.methods import Method, Seen, methods
from support.rights import PHASES, Verdict, decide
from support.waiting import wait_until

# A group that is nobody's among the personas, and that no observer looks at.
FOREIGN = people.group_of("prefecture", "62")
PREF95 = people.group_of("prefecture", "95")


@dataclass(frozen=True)
class Persona:
    """Somebody, what the account is (`caller`), and what it is to the requests of the stage (`part`)."""

    name: str
    email: str = ""  # nobody is logged in
    caller: frozenset[str] = frozenset()
    part: frozenset[str] = frozenset()
    experts: bool = False  # looks at requests to which the experts are invited

    @property
    def scope(self) -> str:
        """A group of its own; for an observer one that it looks at. Empty: none."""
        if self.email == people.OBSERVER:
            return people.CAF95
        return people.USERS[self.email]["memberships"][0]["group_id"] if self.email and people.USERS[self.email]["memberships"] else ""

    @property
    def helps_in(self) -> str:
        """The group in whose name it writes requests; for who is no helper, Argenteuil, which must be refused."""
        held = people.USERS[self.email]["memberships"] if self.email else []
        return next((one["group_id"] for one in held if "helper" in one["roles"]), people.FS95)

    @property
    def shared(self) -> bool:
        return bool(self.email) and people.USERS[self.email]["shared"]


def _persona(name: str, email: str, caller: str, part: str = "", experts: bool = False) -> Persona:
    return Persona(name, email, frozenset(["authenticated", *caller.split()]), frozenset(part.split()), experts)


PERSONAS = (
    Persona("nobody"),
    _persona("unrelated", people.STRANGER_HELPER, "helper"),
    _persona("creator", people.HELPER, "helper", "creator colleague"),
    _persona("invited-helper", people.COLLEAGUE, "helper", "invited_helper colleague"),
    _persona("colleague", people.TWO_GROUPS, "helper", "colleague"),
    _persona("instructor", people.CAF, "instructor", "instructs"),
    _persona("instructor-elsewhere", "romain.perrin@caf75.test", "instructor"),
    _persona("invited-expert", people.EXPERT, "expert", "invited_expert", experts=True),
    _persona("other-expert", people.EXPERT, "expert"),
    _persona("manager", people.MANAGER_ONLY, "manager", "managed"),
    _persona("observer", people.OBSERVER, "observer"),
    _persona("administrator", people.ADMINISTRATOR, "administrator"),
    # Several at once.
    _persona("colleague-and-manager", people.HELPER_MANAGER, "helper manager", "colleague managed"),
    _persona("instructor-and-manager", people.CAF_MANAGER, "instructor manager", "instructs managed"),
    _persona("instructor-and-colleague", people.BOTH_SIDES, "helper instructor", "instructs colleague"),
    _persona("shared-instructor", people.SHARED_INSTRUCTOR, "instructor"),
)


@dataclass
class Request:
    id: str
    number: str
    file: str = ""  # the creator's
    message: str = ""


class Stage:
    """Requests in every phase, drafts and accounts to ask about. Made by calls straight to the services; what a granted
    call has changed is `spent` and made anew for the next who asks."""

    def __init__(self, platform) -> None:
        self.platform = platform
        self._requests: dict[tuple, Request] = {}
        self._accounts: dict[str, tuple[str, str]] = {}
        self._drafts: dict[str, str] = {}
        self.made = 0

    # --- making ---

    def _call(self, email: str, name: str, /, **fields):
        method = methods()[name]
        claims = {"amr": ["mail", "otp"]} if email == people.ADMINISTRATOR else {}
        metadata = (("idempotency-key", str(uuid.uuid4())),) if name in ("Requests.CreateRequest", "Threads.PostMessage") else ()
        return self.platform.rpc.call(method.process, method.proto, name, fields, metadata=metadata,
                                      token=self.platform.identities.token(email, **claims))

    def request(self, phase: str, experts: bool = False, files: bool = False) -> Request:
        """One of Camille to the CAF and the CPAM of the Val-d'Oise, Nadia invited, in this phase."""
        key = (phase, experts, files)
        if key not in self._requests:
            self._requests[key] = self._make(phase, experts, files)
        return self._requests[key]

    def _make(self, phase: str, experts: bool, files: bool) -> Request:
        self.made += 1
        fields = new_request(people.FS95)
        file = ""
        if files:
            helper = self.platform.login(people.HELPER)
            fields["draft_id"] = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
            file = self._upload(helper, fields["draft_id"])
            fields["file_ids"] = [file]
        made = self._call(people.HELPER, "Requests.CreateRequest", **fields)
        if experts:
            self._call(people.HELPER, "Requests.InviteExpert", request_id=made.id)
        if phase == "processed":
            self._call(people.CAF, "Requests.MarkProcessed", request_id=made.id)
        if phase == "closed":
            self._call(people.HELPER, "Requests.Close", request_id=made.id, usefulness=1)
        if phase == "erased":
            self._call(people.HELPER, "Requests.RevokeMandate", request_id=made.id)
        return Request(made.id, made.number, file)

    def _upload(self, helper, draft: str) -> str:
        from support import samples
        file = helper.upload(f"/v1/drafts/{draft}/files", samples.pdf(), "note.pdf", samples.PDF).expect(201).json()["id"]
        wait_until(lambda: helper.get(f"/v1/files/{file}").status == 200, 20, "the file is scanned")
        return file

    def draft(self, email: str) -> str:
        if email not in self._drafts:
            group = people.USERS[email]["memberships"][0]["group_id"]
            self._drafts[email] = self._call(email, "Drafts.CreateDraft", group_id=group).id
        return self._drafts[email]

    def account(self, group: str) -> tuple[str, str]:
        """Id and address of an account that nobody misses, with the helper role in a group."""
        if group not in self._accounts:
            email = f"cobaye-{secrets.token_hex(6)}@matrice.test"
            made = self._call(people.ADMINISTRATOR, "Accounts.CreateAccount", email=email, first_name="Sujet", last_name="Cobaye", group_id=group)
            self._accounts[group] = (made.user_id, email)
        return self._accounts[group]

    def loose(self) -> str:
        """The address of an account in no group."""
        email = f"cobaye-{secrets.token_hex(6)}@matrice.test"
        self._call(people.ADMINISTRATOR, "Accounts.CreateAccount", email=email, first_name="Sujet", last_name="Cobaye")
        return email

    def spend(self, question: "Question") -> None:
        """A granted call has changed what it asked about."""
        if question.request:
            self._requests = {key: one for key, one in self._requests.items() if one is not question.request}
        self._accounts = {group: one for group, one in self._accounts.items() if one[0] not in str(question.fields)}
        self._drafts = {email: one for email, one in self._drafts.items() if one not in str(question.fields)}


def new_request(group: str, **changes) -> dict:
    area = people.GROUPS[group]["area_ids"][0]
    return {"group_id": group, "area_id": area,
            "recipient_group_ids": [people.group_of("caf", area), people.group_of("cpam", area)],
            "helper_ids": [people.USERS[people.COLLEAGUE]["id"]] if group == people.FS95 else [],
            "subject": "Allocation logement suspendue", "description": "Le versement a cessé en mars.",
            "citizen": {"first_name": "Awa", "last_name": "Ndiaye-Testeur", "birth_date": "1984"},
            "mandate": {"kind": 1, "given_on": datetime.date.today().isoformat()}, "usual_channels_tried": True, **changes}


@dataclass
class Question:
    """One cell: a call, by whom, and the verdict of the table."""

    method: Method
    persona: Persona
    about: str  # "open", "draft", "mine", "foreign" …, for people
    fields: dict
    operation: str
    facts: frozenset[str]
    phase: str = "open"
    request: Request | None = None
    # What is answered to whom the table allows, when it is no success: the decision is made, nothing is broken. One of
    # these words.
    granted: str = ""
    lists: str = ""
    outside: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        # A shared account signs (P3), whatever comes of it.
        if self.persona.shared and "signed_by" in self.method.input.fields_by_name:
            self.fields = {**self.fields, "signed_by": "Alix, accueil"}

    def verdict(self, fresh: bool = False) -> Verdict:
        return decide(self.operation, self.facts | ({"fresh"} if fresh else set()), self.phase)

    def __str__(self) -> str:
        return f"{self.operation} {self.method} by {self.persona.name} on {self.about}"


# --- about requests ----------------------------------------------------------------------------------------------

# What a call about a request says beside its id.
_GROUPED = {"group_id": people.CAF95}
ON_REQUEST: dict[str, list[tuple[str, dict]]] = {
    "Requests.GetRequest": [("", {})], "Requests.MarkRead": [("", {})],
    "Requests.CorrectCitizen": [("", {"citizen": {"last_name": "Autre"}})], "Requests.ListCitizenVersions": [("", {})],
    "Requests.TakeCharge": [("", _GROUPED)], "Requests.Decline": [("", _GROUPED)],
    "Requests.MarkProcessed": [("", {})], "Requests.Close": [("", {"usefulness": 1})], "Requests.Reopen": [("", {})],
    "Requests.InviteGroup": [("", {"group_ids": [PREF95]})],
    "Requests.InviteHelper": [("", {"user_ids": [people.USERS[people.HELPER_MANAGER]["id"]]})],
    "Requests.InviteExpert": [("", {})], "Requests.RevokeMandate": [("", {})], "Requests.Withdraw": [("", {})],
    "Requests.ListHistory": [("", {})], "Requests.ListFiles": [("", {})],
    "Threads.ListMessages": [("", {})], "Threads.GetMessageDraft": [("", {})],
    # The visibility makes another operation of it.
    "Threads.PostMessage": [("R5", {"text": "Bonjour", "visibility": 1}), ("R6", {"text": "Bonjour", "visibility": 2})],
    "Threads.PutMessageDraft": [("", {"text": "Bonj"})],
    "Oversight.GetMetadata": [("", {})], "Reports.ReportMisuse": [("", {"kind": 1})],
    "Files.Upload": [("", {})],
    "Delivery.GetDelivery": [("", {})],
    # Called by notifications and files with the person's token.
    "Standing.GetStanding": [("", {})],
    "FileAccess.RegisterFile": [("", {"name": "note.pdf", "type": "application/pdf"})],
}
ON_FILE: dict[str, list[tuple[str, dict]]] = {
    "Files.Download": [("", {})], "Files.DeleteFile": [("", {})],
    "FileAccess.AuthorizeFile": [("F3", {"operation": 1}), ("F4", {"operation": 2})],
}
# After these a request is as it was, for what the matrix asks.
_HARMLESS = {"Requests.MarkRead", "Threads.PutMessageDraft", "Reports.ReportMisuse", "FileAccess.RegisterFile",
             "Requests.CorrectCitizen"}


def on_requests(stage: Stage, method: Method, persona: Persona, phase: str) -> Iterator[Question]:
    name = str(method)
    for operation, fields in ON_REQUEST.get(name, []):
        request = stage.request(phase, persona.experts)
        fields = {"request_id": request.id, **fields}
        if name == "FileAccess.RegisterFile":
            fields["file_id"] = str(uuid.uuid4())
        yield Question(method, persona, phase, fields, operation or method.operation, persona.caller | persona.part, phase,
                       request, tags=frozenset() if name in _HARMLESS else frozenset(["spends"]))
    for operation, fields in ON_FILE.get(name, []):
        request = stage.request(phase, persona.experts, files=True)
        own = {"own"} if persona.name == "creator" else set()
        yield Question(method, persona, phase, {"file_id": request.file, **fields}, operation or method.operation,
                       persona.caller | persona.part | own, phase, request,
                       tags=frozenset(["spends"] if method.name == "DeleteFile" else []))


# --- about the rest ----------------------------------------------------------------------------------------------

Fields = Callable[[Stage, Persona, str], dict]  # `where`: a group


@dataclass(frozen=True)
class Scoped:
    """Asked twice: about a group of the persona's, and about another."""

    fields: Fields
    granted: str = ""
    # What is answered about the other group, to whom the table would allow his own, where it is not what the table says.
    outside: str = ""
    # Who may ask about any group.
    everywhere: str = ""


@dataclass(frozen=True)
class Plain:
    """About nothing in particular, or what is the persona's: `fact` then holds."""

    fields: Fields = lambda stage, persona, where: {}
    fact: str = "own"
    granted: str = ""
    # Lists what is the persona's: to whom nothing can be, it shows nothing, and it is nothing that could be refused.
    lists: str = ""
    only: str = ""  # the one persona that may be asked, because the call ends what the others need


def _user(stage: Stage, persona: Persona, where: str) -> dict:
    return {"user_id": stage.account(where)[0]}


def _known_user(stage: Stage, persona: Persona, where: str) -> dict:
    """Somebody whom requests has known for long: it hears of new accounts by event."""
    return {"user_id": next(row["id"] for row in people.USERS.values()
                            if where in [one["group_id"] for one in row["memberships"]])}


def _group(stage: Stage, persona: Persona, where: str) -> dict:
    return {"group_id": where}


def _member(stage: Stage, persona: Persona, where: str) -> dict:
    return {"group_id": where, "user_id": stage.account(where)[0]}


def _with(first: Fields, **more) -> Fields:
    return lambda stage, persona, where: {**first(stage, persona, where), **more}


def _terms(stage: Stage, persona: Persona, where: str) -> dict:
    return {"version": 1}


def _create(stage: Stage, persona: Persona, where: str) -> dict:
    return new_request(persona.helps_in)


def _helpers_group(stage: Stage, persona: Persona, where: str) -> dict:
    return {"group_id": persona.helps_in}


_NOTHING: Fields = lambda stage, persona, where: {}  # noqa: E731
_UNKNOWN: Fields = lambda stage, persona, where: {"import_id": str(uuid.uuid4())}  # noqa: E731

REST: dict[str, Scoped | Plain] = {
    "Accounts.CreateAccount": Scoped(lambda stage, persona, where: {
        "email": f"cobaye-{secrets.token_hex(6)}@matrice.test", "first_name": "Sujet", "last_name": "Cobaye", "group_id": where}),
    "Accounts.GetAccount": Scoped(_user), "Accounts.PreviewDeactivation": Scoped(_user),
    "Accounts.Deactivate": Scoped(_user), "Accounts.Reactivate": Scoped(_user),
    "Accounts.Exclude": Scoped(_with(_user, reason=1)),
    "Accounts.ChangeEmail": Scoped(lambda stage, persona, where: {
        **_user(stage, persona, where), "email": f"cobaye-{secrets.token_hex(6)}@matrice.test"}),
    "Accounts.SetAccountRoles": Scoped(_with(_user, roles=[3], observed_organisation_ids=["caf"], observed_area_ids=["95"])),
    "Accounts.EndSessions": Scoped(_user), "Accounts.SearchPeople": Plain(_with(_NOTHING, q="cobaye")),
    "TermsOfUse.PublishTerms": Plain(_terms, granted="conflict"),
    "Directory.ListAreas": Plain(), "Directory.ListOrganisations": Plain(), "Directory.ListThemes": Plain(),
    "Directory.ListGroups": Plain(), "Directory.ListGroupMembers": Scoped(_group),
    "Groups.GetGroup": Scoped(_group), "Groups.SearchGroups": Plain(_with(_NOTHING, q="caf")),
    "Groups.CreateGroup": Plain(_with(_NOTHING, organisation_id="aucun-organisme", name="Cobaye", area_ids=["95"]),
                                granted="not_found"),
    "Groups.UpdateGroup": Scoped(lambda stage, persona, where: {"group_id": where, "name": people.GROUPS[where]["name"]}),
    "Groups.SaveOrganisation": Plain(_with(_NOTHING, organisation_id="caf", short_name="CAF", full_name="CAF", side=1),
                                     granted="impossible"),
    "Groups.AddMember": Scoped(lambda stage, persona, where: {"group_id": where, "email": stage.loose()}),
    "Groups.RemoveMember": Scoped(_member), "Groups.ListDepartures": Scoped(_group),
    "Groups.RestoreMember": Scoped(_member), "Groups.SetRoles": Scoped(_with(_member, roles=[1])),
    "Imports.PreviewImport": Scoped(_with(_group, csv="nom;e-mail\nCobaye;cobaye@matrice.test\n")),
    "Imports.GetImport": Plain(_UNKNOWN, fact="in_scope", granted="not_found"),
    "Imports.ListImportRows": Plain(_UNKNOWN, fact="in_scope", granted="not_found"),
    "Imports.ApplyImport": Plain(_UNKNOWN, fact="in_scope", granted="not_found"),
    "Imports.UndoImport": Plain(_UNKNOWN, fact="in_scope", granted="not_found"),
    "Login.RequestLink": Plain(_with(_NOTHING, email="personne@matrice.test")),
    "Login.ConsumeLink": Plain(_with(_NOTHING, token="A" * 43), granted="link_unknown"),
    "Login.Logout": Plain(only="nobody"),
    "Me.GetMe": Plain(), "Me.ListSessions": Plain(),
    "Me.UpdateMe": Plain(lambda stage, persona, where: {"phone": ""}),
    "Me.AcceptTerms": Plain(_terms),
    "Me.EndSession": Plain(lambda stage, persona, where: {"session_id": str(uuid.uuid4())}, granted="not_found"),
    "ProConnect.ListLoginMethods": Plain(), "ProConnect.BeginProConnect": Plain(granted="not_found"),
    "ProConnect.FinishProConnect": Plain(_with(_NOTHING, code="x", state="x"), granted="not_found"),
    "SecondFactor.BeginEnrolment": Plain(),
    "SecondFactor.ConfirmEnrolment": Plain(_with(_NOTHING, code="000000"), granted="code_wrong impossible", only="creator"),
    "SecondFactor.ProveSecondFactor": Plain(_with(_NOTHING, code="000000"), granted="impossible", only="creator"),
    "SecondFactor.RenewRecoveryCodes": Plain(), "SecondFactor.DropSecondFactor": Plain(granted="impossible"),
    "Notifications.ListNotifications": Plain(), "Notifications.GetPreferences": Plain(),
    "Notifications.SetPreferences": Plain(_with(_NOTHING, frequency=1)),
    "Notifications.GetGroupDefault": Scoped(_group), "Notifications.SetGroupDefault": Scoped(_with(_group, frequency=1)),
    "Delivery.ListUndelivered": Plain(fact="in_scope"), "PersonalData.DownloadMyData": Plain(),
    "Trail.SearchTrail": Plain(fact=""),
    "Drafts.CreateDraft": Plain(_helpers_group), "Drafts.ListDrafts": Plain(lists="drafts"),
    "MandateForms.PrintBlank": Plain(),
    "Oversight.ListMetadata": Scoped(_group), "Oversight.ListComments": Plain(fact=""),
    "Reports.ListMisuseReports": Plain(), "Reports.CountOpenRequests": Scoped(_known_user),
    "Requests.CreateRequest": Plain(_create),
    "Requests.ListRequests": Plain(lists="requests"), "Requests.CountRequests": Plain(lists=" "),
    "Live.WatchLive": Plain(lists=" "), "Requests.MarkAllSeen": Plain(lists=" "),
    # A group that is none of mine does not exist for my figures; an observer gets those of his areas, of any group.
    "Traces.ListMyTraces": Plain(), "Stats.GetSummary": Scoped(_group, outside="not_found", everywhere="observer"),
}
# By a draft's id: the author's own, else hidden.
ON_DRAFT = {"Drafts.GetDraft": {}, "Drafts.PutDraft": {"draft": {"subject": "Essai"}}, "Drafts.DeleteDraft": {},
            "MandateForms.PrintDraft": {}}
# No persona: a certificate decides.
BETWEEN_SERVICES = {"Sessions.Authenticate", "Sessions.MintLoginToken", "People.ResolveRecipients", "People.LookUp",
                    "EventLog.Pull", "EventLog.Watch", "FileAccess.RecordFileState", "AuditLog.Search", "AuditLog.GetHead"}
# What only who has the session of a browser can be granted.
OF_A_SESSION = {"SecondFactor.ConfirmEnrolment", "SecondFactor.ProveSecondFactor", "SecondFactor.RenewRecoveryCodes",
                "SecondFactor.DropSecondFactor", "SecondFactor.BeginEnrolment"}
# Where the state of a request forbids what the table leaves open.
BEYOND = {
    # Read it one may, write on it nobody.
    ("Threads.PutMessageDraft", "closed"): "impossible",
}


def on_the_rest(stage: Stage, method: Method, persona: Persona) -> Iterator[Question]:
    spec = REST.get(str(method))
    if isinstance(spec, Plain) and spec.only in ("", persona.name):
        facts = persona.caller | ({spec.fact} if spec.fact else set())
        yield Question(method, persona, "mine" if spec.fact else "all", spec.fields(stage, persona, ""), method.operation, facts,
                       granted=spec.granted, lists=spec.lists)
    if isinstance(spec, Scoped):
        for about, where in ([("mine", persona.scope)] if persona.scope else []) + [("foreign", FOREIGN)]:
            facts = persona.caller | ({"in_scope"} if about == "mine" or persona.name == spec.everywhere else set())
            yield Question(method, persona, about, spec.fields(stage, persona, where), method.operation, facts,
                           granted=spec.granted, outside=spec.outside if about == "foreign" else "",
                           tags=frozenset(["spends"] if method.changes else []))


def on_drafts(stage: Stage, method: Method, persona: Persona) -> Iterator[Question]:
    name = str(method)
    if name in ON_DRAFT:
        for author in (people.HELPER, people.STRANGER_HELPER):
            own = {"own"} if author == persona.email else set()
            yield Question(method, persona, f"a draft of {author.split('@')[0]}",
                           {"draft_id": stage.draft(author), **ON_DRAFT[name]}, method.operation, persona.caller | own,
                           tags=frozenset(["spends"] if name == "Drafts.DeleteDraft" else []))
    # To what is about requests a draft is none yet: an unknown id, for its author too.
    for operation, fields in ON_REQUEST.get(name, []):
        if name not in ("Files.Upload", "FileAccess.RegisterFile"):
            yield Question(method, persona, "draft", {"request_id": stage.draft(people.HELPER), **fields},
                           operation or method.operation, persona.caller - {"administrator", "manager"}, "open")


def questions(stage: Stage, method: Method, persona: Persona, rng: random.Random | None = None) -> Iterator[Question]:
    """All cells of a method and a persona; with `rng` none, or those of one phase: what a run leaves out the next may ask."""
    if rng and rng.random() < 0.5:
        return
    for phase in [rng.choice(PHASES)] if rng else PHASES:
        yield from on_requests(stage, method, persona, phase)
    if rng is None or str(method) in ON_DRAFT or rng.random() < 0.2:
        yield from on_drafts(stage, method, persona)
    yield from on_the_rest(stage, method, persona)


def expected(question: Question, fresh: bool) -> str:
    """The code that must come back; empty: it is granted."""
    verdict = question.verdict(fresh)
    if question.lists:
        return verdict.code if verdict.name == "unauthenticated" else ""
    if question.outside and not verdict.allows and decide(question.operation, question.facts | {"in_scope"}).allows:
        return question.outside
    return verdict.code or BEYOND.get((str(question.method), question.phase), "") or question.granted


@dataclass
class Asked:
    """What was asked, and what came back, for those who look at the audit trail afterwards."""

    question: Question
    seen: Seen
    code: str  # that had to come


class Matrix:
    """Asks, compares, and keeps what was asked."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.asked: list[Asked] = []

    def ask(self, question: Question, fresh: bool, call: Callable[[Question], Seen]) -> str:
        """What is wrong with the answer; empty: nothing."""
        code = expected(question, fresh)
        seen = call(question)
        self.asked.append(Asked(question, seen, code))
        if seen.granted and "spends" in question.tags and question.method.changes:
            self.stage.spend(question)
        success = question.method.success if seen.status >= 100 else 0
        if seen.code not in (code.split() or [""]) or (not code and seen.status not in (success, 0)):
            return f"{question}: wanted {code or success}, got {seen.status} {seen.code} {seen.raw[:300]!r}"
        shown = question.lists.strip() and not question.verdict(fresh).allows and (seen.body or {}).get(question.lists)
        return f"{question}: shows {shown}" if shown else ""


def uncovered() -> list[str]:
    """Methods that no question asks: none, or the test of completeness fails."""
    covered = {*ON_REQUEST, *ON_FILE, *REST, *ON_DRAFT, *BETWEEN_SERVICES}
    return sorted({str(method) for method in methods().values()} ^ covered)
