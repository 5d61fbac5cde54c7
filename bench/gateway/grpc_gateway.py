"""The comparator: Go's grpc-gateway made from this repository's protos, in the ignored build folder.

Generators and modules come through the ordinary Go client, at versions that Debian 12's Go 1.19 still builds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from aplus.layout import ROOT

FOLDER = ROOT / "build" / "bench-grpc-gateway"
PROTOS = ("aplus/api/v1/options.proto", "aplus/requests/v1/types.proto", "aplus/requests/v1/requests.proto")
# google/api/*.proto, where CMake takes them too.
GOOGLE = Path("/usr/share/gocode/src/github.com/gogo/googleapis")
GENERATORS = ("google.golang.org/protobuf/cmd/protoc-gen-go@v1.31.0",
              "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.3.0",
              "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway@v2.16.2")

_MODULE = """module bench

go 1.19

require (
	github.com/grpc-ecosystem/grpc-gateway/v2 v2.16.2
	google.golang.org/genproto/googleapis/api v0.0.0-20230706204954-ccb25ca9f130
	google.golang.org/grpc v1.58.3
	google.golang.org/protobuf v1.31.0
)
"""

_MAIN = """package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"os"

	requests "bench/gen/aplus/requests/v1"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// CERTIFICATES LISTEN BACKEND: what the manual's example does, with the same mutual TLS to the backend.
func main() {
	folder, listen, backend := os.Args[1], os.Args[2], os.Args[3]
	authority, err := os.ReadFile(folder + "/ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	own, err := tls.LoadX509KeyPair(folder+"/gateway.pem", folder+"/gateway-key.pem")
	if err != nil {
		log.Fatal(err)
	}
	mux := runtime.NewServeMux()
	options := []grpc.DialOption{grpc.WithTransportCredentials(
		credentials.NewTLS(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}))}
	if err := requests.RegisterRequestsHandlerFromEndpoint(context.Background(), mux, backend, options); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(listen, mux))
}
"""


def build() -> Path:
    """The program; made anew when protos, versions or this file changed. Ends the run where Go is missing or fails."""
    go = shutil.which("go")
    if go is None:
        sys.exit("go is missing: apt-get install golang-go (./aplus bench does so by itself)")
    sources = [Path(__file__), *(ROOT / "protos" / proto for proto in PROTOS)]
    stamp, wanted = FOLDER / "built-from", hashlib.sha256(b"".join(map(Path.read_bytes, sources))).hexdigest()
    program = FOLDER / "grpc-gateway"
    if program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return program
    print("building the Go comparator (its modules come on the first run) …", flush=True)
    shutil.rmtree(FOLDER / "gen", ignore_errors=True)
    (FOLDER / "gen").mkdir(parents=True)
    tools = FOLDER / "tools"
    environment = {**os.environ, "GOBIN": str(tools), "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local",
                   "CGO_ENABLED": "0", "PATH": f"{tools}:{os.environ['PATH']}"}
    for generator in GENERATORS:
        _run([go, "install", generator], FOLDER, environment)
    places = {proto: f"bench/gen/{Path(proto).parent}" for proto in PROTOS}
    places |= {f"google/api/{name}.proto": "google.golang.org/genproto/googleapis/api/annotations"
               for name in ("annotations", "http")}
    flags = []
    for plugin in ("go", "go-grpc", "grpc-gateway"):
        flags += [f"--{plugin}_out={FOLDER}", f"--{plugin}_opt=module=bench"]
        flags += [f"--{plugin}_opt=M{proto}={place}" for proto, place in places.items()]
    _run(["protoc", f"-I{ROOT / 'protos'}", f"-I{GOOGLE}", *flags, *PROTOS], FOLDER, environment)
    (FOLDER / "go.mod").write_text(_MODULE)
    (FOLDER / "main.go").write_text(_MAIN)
    _run([go, "mod", "tidy", "-compat=1.19"], FOLDER, environment)
    _run([go, "build", "-o", str(program), "."], FOLDER, environment)
    stamp.write_text(wanted)
    return program


def versions() -> str:
    asked = subprocess.run(["go", "version"], capture_output=True, text=True, check=False)
    return f"{asked.stdout.strip().removeprefix('go version ')}, {', '.join(g.rsplit('/', 1)[1] for g in GENERATORS)}"


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:3])} … failed:\n{done.stdout[-3000:]}")
