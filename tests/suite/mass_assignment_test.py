"""Members that a call does not declare are refused, whatever they are called (T-AZ-09): every field of every proto, put
into every JSON body and into the objects within it."""

from __future__ import annotations

import functools

import pytest
from google.protobuf.descriptor import FieldDescriptor
from support import matrix
from support.methods import JSON, Edge, Method, methods, modules, options_of

CREATOR = next(persona for persona in matrix.PERSONAS if persona.name == "creator")
_VALUES = {FieldDescriptor.CPPTYPE_STRING: "2c624232-cdd2-4b6e-a8b1-3c9a1c4e1f00", FieldDescriptor.CPPTYPE_BOOL: True,
           FieldDescriptor.CPPTYPE_MESSAGE: {}}


@functools.cache
def all_fields() -> dict[str, object]:
    """A value for each JSON name that any message of ours has."""
    found: dict[str, object] = {}

    def walk(message) -> None:
        for one in message.fields:
            value = _VALUES.get(one.cpp_type, 1)
            found.setdefault(one.json_name, [value] if one.label == FieldDescriptor.LABEL_REPEATED else value)
        for nested in message.nested_types:
            walk(nested)

    for module in modules().values():
        for message in module.DESCRIPTOR.message_types_by_name.values():
            walk(message)
    return found


def bodies(method: Method) -> list[tuple[str, object]]:
    """The objects of the body: where ("" for itself) and their message type."""
    whole = method.input if method.body == "*" else method.input.fields_by_name[method.body].message_type
    within = [(one.name, one.message_type) for one in whole.fields
              if one.type == FieldDescriptor.TYPE_MESSAGE and one.label != FieldDescriptor.LABEL_REPEATED
              and one.message_type.full_name.startswith("aplus.")]
    return [("", whole), *within]


def declared(method: Method, message) -> set[str]:
    """What may be sent in the JSON: not what stands in the path, nor what the edge brings."""
    return {one.json_name for one in message.fields
            if "{" + one.name + "}" not in method.path and not options_of(one).edge}


def taking_bodies() -> list[Method]:
    return [method for method in methods().values()
            if method.verb in ("POST", "PUT", "PATCH") and method.rule.transfer == JSON]


def changed(platform) -> list[int]:
    """All that somebody's act leaves: events and lines of the trail."""
    return [platform.sql(database, f"SELECT count(*) FROM {table}")[0][0]
            for database, table in (("auth", "event"), ("requests", "event"), ("auth", "account"), ("requests", "request"),
                                    ("requests", "draft"))]


def assign(platform, choose) -> tuple[int, list[str]]:
    stage, edge, browser = matrix.Stage(platform), Edge(), platform.login(CREATOR.email)
    questions = [(method, next(matrix.questions(stage, method, CREATOR), None)) for method in taking_bodies()]
    before, wrong, asked = changed(platform), [], 0
    for method, question in questions:
        fields = question.fields if question else {}
        for where, message in bodies(method):
            undeclared = sorted(set(all_fields()) - declared(method, message))
            for name in choose(undeclared):
                extra = {name: all_fields()[name]}
                if where:
                    camel = message_member(method, where)
                    extra = {camel: {**extra}}
                bare = {key: value for key, value in fields.items() if key != where}
                seen = edge.call(browser, method, bare, extra)
                asked += 1
                if (seen.status, seen.code) != (400, "malformed"):
                    wrong.append(f"{method} {where} {name}: {seen.status} {seen.code} {seen.raw[:200]!r}")
    if changed(platform) != before:
        wrong.append(f"something was done: {before} became {changed(platform)}")
    return asked, wrong


def message_member(method: Method, where: str) -> str:
    return method.input.fields_by_name[where].json_name if method.body == "*" else (
        method.input.fields_by_name[method.body].message_type.fields_by_name[where].json_name)


def test_T_AZ_09_undeclared_members_are_refused(platform, rng):
    asked, wrong = assign(platform, lambda names: rng.sample(names, 4))
    print(f"{asked} calls")
    assert asked > 200 and not wrong, "\n".join(wrong)


@pytest.mark.long
def test_T_AZ_09_every_undeclared_member_is_refused(platform):
    asked, wrong = assign(platform, lambda names: names)
    print(f"{asked} calls")
    assert not wrong, "\n".join(wrong)
