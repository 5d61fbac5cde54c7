"""Every method of every service as the protos declare it, and one way to call it at the gateway or at a service's own
port: tests that are made from the descriptors cover the method that somebody adds tomorrow."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor

from aplus.layout import ROOT
from support import samples
from support.browser import Browser
from support.rpc import Rpc, error_info, messages

_VERBS = ("get", "post", "put", "patch", "delete")
PUBLIC, USER, USER_BEFORE_TERMS, SERVICE = range(1, 5)  # aplus.api.v1.Caller
AUDIT_NONE, AUDIT_CHANGE, AUDIT_SHOW, AUDIT_LIST = range(1, 5)
JSON, UPLOAD, DOWNLOAD, EVENTS = range(4)
_KEPT_BY = {"EventLog": ("auth", "requests", "files"), "AuditLog": ("auth", "requests", "files", "notifications")}
SAFE, IDEMPOTENT, KEY_REQUIRED, KEY_ACCEPTED = range(1, 5)


@dataclass(frozen=True)
class Method:
    process: str  # that serves it
    proto: str
    service: str  # "Requests"
    name: str  # "CreateRequest"
    descriptor: Any
    rule: Any
    verb: str = ""  # of its route; empty: between services
    path: str = ""
    body: str = ""
    client_streams: bool = False
    server_streams: bool = False

    def __str__(self) -> str:
        return f"{self.service}.{self.name}"

    @property
    def operation(self) -> str:
        return self.rule.operation

    @property
    def input(self) -> Any:
        return self.descriptor.input_type

    @property
    def changes(self) -> bool:
        return self.rule.repeat != SAFE

    @property
    def success(self) -> int:
        return self.rule.success or 200


def options_of(field_descriptor: Any) -> Any:
    """The aplus.api.v1.field of a field."""
    return field_descriptor.GetOptions().Extensions[messages("aplus/api/v1/options.proto").field]


@functools.cache
def modules() -> dict[str, Any]:
    """The Python module of each proto, by its path."""
    folder = ROOT / "protos"
    return {name: messages(name) for path in sorted(folder.rglob("*.proto")) for name in [str(path.relative_to(folder))]}


@functools.cache
def methods() -> dict[str, Method]:
    """By "Service.Method", in the order of the protos. Event logs and trails are there once per service that keeps one."""
    rule = messages("aplus/api/v1/options.proto").rule
    http = messages("google/api/annotations.proto").http
    found: dict[str, Method] = {}
    for proto, module in modules().items():
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                route = method.GetOptions().Extensions[http]
                verb = next((verb for verb in _VERBS if getattr(route, verb)), "")
                shape = _shape(method)
                processes = _KEPT_BY.get(service.name, (proto.split("/")[1],))
                for process in processes:
                    made = Method(process, proto, service.name, method.name, method,
                                  method.GetOptions().Extensions[rule], verb.upper(), getattr(route, verb) if verb else "",
                                  route.body, *shape)
                    found[f"{made} of {process}" if len(processes) > 1 else str(made)] = made
    return found


def _shape(method: Any) -> tuple[bool, bool]:
    from google.protobuf.descriptor_pb2 import ServiceDescriptorProto
    copy = ServiceDescriptorProto()
    method.containing_service.CopyToProto(copy)
    one = copy.method[method.index]
    return one.client_streaming, one.server_streaming


def fields_of(message: Any, way: tuple = ()) -> Iterator[tuple]:
    """Every field that a message can hold, as the way to it; messages within messages too."""
    for one in message.fields:
        yield (*way, one)
        if one.type == FieldDescriptor.TYPE_MESSAGE and len(way) < 4 and one.message_type not in [f.message_type for f in way]:
            yield from fields_of(one.message_type, (*way, one))


@dataclass
class Seen:
    """What came back."""

    status: int  # HTTP's, or gRPC's code: 0 is OK
    code: str  # of the reason; empty when it was granted
    body: Any = None
    raw: bytes = b""
    request_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def granted(self) -> bool:
        return not self.code


class Edge:
    """Calls methods as a page does, through the gateway."""

    kind = "http"

    def call(self, browser: Browser, method: Method, fields: dict, extra: dict | None = None) -> Seen:
        """`extra`: members put into the JSON body beside what the message declares."""
        message = json_format.MessageToDict(json_format.ParseDict(fields, _new(method.input)))
        path = re.sub(r"\{(\w+)\}", lambda name: quote(str(message.pop(_camel(name[1]), "")), safe=""), method.path)
        key = str(uuid.uuid4()) if method.rule.repeat == KEY_REQUIRED else None
        if method.rule.transfer == EVENTS:
            answer = browser.stream(path)
            raw = b"" if answer.status == 200 else answer.read()
            seen = _of_http(answer.status, answer.headers, raw)
            answer.aplus_connection.close()
            return seen
        if method.rule.transfer == UPLOAD:
            answer = browser.upload(path, samples.pdf(), "note.pdf", samples.PDF, key=key)
        elif method.verb in ("GET", "DELETE"):
            query = urlencode([(name, one) for name, value in message.items()
                               for one in (value if isinstance(value, list) else [value])])
            answer = browser.call(method.verb, f"{path}?{query}" if query else path)
        else:
            body = message if method.body == "*" else message.get(_camel(method.body), {})
            answer = browser.call(method.verb, path, json={**body, **(extra or {})}, key=key)
        return _of_http(answer.status, answer.headers, answer.body)


class Ports:
    """Calls methods at the port of their service, with a certificate and an identity token."""

    kind = "grpc"

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def call(self, token: str, method: Method, fields: dict, certificate: str = "gateway") -> Seen:
        request_id = str(uuid.uuid4())
        metadata = [("x-request-id", request_id)]
        if token:
            metadata.append(("x-aplus-identity", token))
        if method.rule.repeat == KEY_REQUIRED:
            metadata.append(("idempotency-key", str(uuid.uuid4())))
        request = json_format.ParseDict(fields, _new(method.input))
        try:
            answer = self._invoke(method, request, tuple(metadata), certificate)
        except grpc.RpcError as error:
            code = error_info(error)[0] or error.code().name
            return Seen(error.code().value[0], code, raw=(error.details() or "").encode(), request_id=request_id)
        return Seen(0, "", json_format.MessageToDict(answer) if answer is not None else {}, request_id=request_id)

    def _invoke(self, method: Method, request: Any, metadata: tuple, certificate: str) -> Any:
        channel = self._rpc.channel(method.process, certificate)
        kind = ("stream" if method.client_streams else "unary") + "_" + ("stream" if method.server_streams else "unary")
        stub = getattr(channel, kind)(
            f"/{method.descriptor.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=_class_of(method.descriptor.output_type).FromString)
        if method.client_streams:
            request.content_type, request.content_disposition = samples.PDF, "attachment; filename*=UTF-8''note.pdf"
            chunk = type(request)(chunk=samples.pdf())
            return stub(iter([request, chunk]), metadata=metadata, timeout=30)
        answer = stub(request, metadata=metadata, timeout=30)
        if not method.server_streams:
            return answer
        first = next(iter(answer), None)
        answer.cancel()
        return first


def _of_http(status: int, headers: Any, raw: bytes) -> Seen:
    kind = headers.get("Content-Type") or ""
    body = json.loads(raw) if "json" in kind and raw else None
    code = body.get("code", "") if kind.startswith("application/problem+json") else ("" if status < 400 else str(status))
    # Only what is refused tells the id that the call has in logs and lines.
    request_id = body.get("instance", "").removeprefix("urn:uuid:") if isinstance(body, dict) and code else ""
    return Seen(status, code, body, raw, request_id,
                {name.lower(): value for name, value in headers.items()})


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _class_of(descriptor: Any) -> Any:
    module = messages(descriptor.file.name)
    return functools.reduce(getattr, descriptor.full_name.removeprefix(f"{descriptor.file.package}.").split("."), module)


def _new(descriptor: Any) -> Any:
    return _class_of(descriptor)()
