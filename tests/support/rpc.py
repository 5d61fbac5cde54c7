"""gRPC calls straight to a service, for the service tier: certificates of the platform, messages from protos/."""

from __future__ import annotations

import fcntl
import importlib
import os
import subprocess
from pathlib import Path
from typing import Any

import aplus as aplus_package
import google as google_package
import grpc

from aplus.layout import ROOT
from aplus.local_platform import LocalPlatform

GOOGLEAPIS = Path("/usr/share/gocode/src/github.com/gogo/googleapis")


def generated() -> Path:
    """Folder of the Python messages, made anew when a proto is newer; importable afterwards."""
    build = Path(os.environ.get("APLUS_BUILD", ROOT / "build" / "dev"))
    folder = build / "python"
    folder.mkdir(parents=True, exist_ok=True)
    protos = sorted((ROOT / "protos").rglob("*.proto"))
    stamp = folder / ".made"
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in protos)
        if not stamp.exists() or stamp.stat().st_mtime < newest:
            google = [str(path) for name in ("api/annotations", "api/http", "api/httpbody", "rpc/status",
                                             "rpc/error_details")
                      if (path := GOOGLEAPIS / "google" / f"{name}.proto").exists()]
            subprocess.run(["protoc", f"-I{ROOT / 'protos'}", f"-I{GOOGLEAPIS}", f"--python_out={folder}",
                            *map(str, protos), *google], check=True)
            stamp.touch()
    # `google` (protobuf) and `aplus` (tools/) are packages that lie elsewhere too: let both span this folder.
    for package in (google_package, aplus_package):
        part = str(folder / package.__name__)
        if part not in package.__path__:
            package.__path__.append(part)
    return folder


def messages(proto: str) -> Any:
    """The module of a proto file: messages("aplus/auth/v1/login.proto").RequestLinkRequest."""
    generated()
    return importlib.import_module(proto.removesuffix(".proto").replace("/", ".") + "_pb2")


def _detail(error: grpc.RpcError, kind: str) -> Any:
    """The rich status' detail of this kind; None when there is none."""
    details = next((value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"), b"")
    for one in messages("google/rpc/status.proto").Status.FromString(details).details:
        if one.type_url.endswith(f"google.rpc.{kind}"):
            return getattr(messages("google/rpc/error_details.proto"), kind).FromString(one.value)
    return None


def error_info(error: grpc.RpcError) -> tuple[str, dict[str, str]]:
    """The stable code of a refusal and what comes with it; "" when it came from no service of ours."""
    info = _detail(error, "ErrorInfo")
    return (info.reason, dict(info.metadata)) if info else ("", {})


def sentence_of(error: grpc.RpcError) -> str:
    """What a refusal says to people."""
    sentence = _detail(error, "LocalizedMessage")
    return sentence.message if sentence else ""


def reason_of(error: grpc.RpcError) -> str:
    return error_info(error)[0]


def refusal(call: Any) -> str:
    """Runs the call, which must be refused; answers the reason, or gRPC's code when no service of ours gave one."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return reason_of(error) or error.code().name
    raise AssertionError(f"it was allowed: {answer}")


class Rpc:
    """Channels of one platform, by the service called and the certificate shown."""

    def __init__(self, local: LocalPlatform) -> None:
        self._local = local
        self._channels: dict[tuple[str, str], grpc.Channel] = {}

    def channel(self, service: str, certificate: str = "gateway") -> grpc.Channel:
        """`certificate` "": none at all."""
        key = (service, certificate)
        if key not in self._channels:
            folder = self._local.layout.certificates
            credentials = grpc.ssl_channel_credentials(
                (folder / "ca.pem").read_bytes(),
                *((folder / f"{certificate}-key.pem").read_bytes(), (folder / f"{certificate}.pem").read_bytes())
                if certificate else (None, None))
            self._channels[key] = grpc.secure_channel(f"127.0.0.1:{self._local.state.ports[service]}", credentials)
        return self._channels[key]

    def forget(self, service: str) -> None:
        """Of a process that starts anew: an idle channel would only find out by the failure of its next call."""
        for key in [key for key in self._channels if key[0] == service]:
            self._channels.pop(key).close()

    def call(self, service: str, proto: str, method: str, fields: dict | None = None, *, certificate: str = "gateway",
             token: str = "", metadata: tuple[tuple[str, str], ...] = (), timeout: float = 20.0) -> Any:
        """One unary call: call("auth", "aplus/auth/v1/me.proto", "Me.GetMe", token=…). Raises grpc.RpcError."""
        module = messages(proto)
        service_name, _, method_name = method.partition(".")
        descriptor = module.DESCRIPTOR.services_by_name[service_name].methods_by_name[method_name]
        request = getattr(module, descriptor.input_type.name)(**(fields or {}))
        answer = getattr(messages(descriptor.output_type.file.name), descriptor.output_type.name)
        stub = self.channel(service, certificate).unary_unary(
            f"/{module.DESCRIPTOR.package}.{service_name}/{method_name}",
            request_serializer=lambda message: message.SerializeToString(), response_deserializer=answer.FromString)
        if token:
            metadata = (("x-aplus-identity", token), *metadata)
        return stub(request, metadata=metadata, timeout=timeout)
