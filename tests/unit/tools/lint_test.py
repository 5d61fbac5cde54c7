"""The structure check sees what it is there for."""

import pytest
from aplus import lint


@pytest.mark.parametrize("name,text,why", [
    ("services/requests/domain/work.cc", '#include <libpq-fe.h>', "only libs/postgres/"),
    ("services/requests/domain/work.cc", '#include <boost/asio/post.hpp>', "no input, no output"),
    ("services/requests/domain/work.h", '#include "libs/postgres/lane.h"', "rules only"),
    ("services/requests/domain/work.h", '#include "aplus/requests/v1/requests.pb.h"', "no proto"),
    ("services/requests/acts/close.cc", '#include "aplus/requests/v1/requests.pb.h"', "in its rpc/"),
    ("services/requests/rpc/a.cc", '#include "services/auth/store/session_store.h"', "never include each other"),
    ("services/requests/acts/close.cc", 'constexpr auto kQuery = "SELECT 1 FROM request";', "store/ only"),
    ("services/requests/acts/close.cc", 'std::cerr << subject;', "past the log"),
    ("services/requests/acts/close.cc", 'co_spawn(io, Close(), asio::detached);', "detached"),
    ("libs/base/id.h", '#include "libs/rpc/client.h"', "may not depend on libs/rpc"),
    ("libs/rpc/client.h", '#include "services/auth/app.h"', "knows no service"),
    ("gateway/proxy/call.cc", '#include "services/auth/app.h"', "by their protos only"),
    ("gateway/proxy/call.cc", '#include <boost/beast/http.hpp>', "connection.cc"),
    ("gateway/transcode/plan.cc", '#include <grpcpp/grpcpp.h>', "neither HTTP nor gRPC"),
    ("libs/base/id.cc", '// TODO: shorter', "says TODO"),
])
def test_what_breaks_the_structure_is_told(name, text, why):
    found = list(lint.problems_of(name, text + "\n"))
    assert len(found) == 1 and why in found[0], found


@pytest.mark.parametrize("name,text", [
    ("services/requests/store/request_rows.h", '"SELECT id FROM request"'),
    ("services/requests/acts/close.cc", '// detached: never; "SELECT x" neither'),
    ("services/requests/acts/close.cc", '"Update the mandate"'),
    ("services/requests/rpc/close.cc", '#include "aplus/requests/v1/requests.pb.h"'),
    ("services/requests/main.cc", 'std::fprintf(stderr, "no config\\n");'),
    ("libs/postgres/driver.cc", '#include <libpq-fe.h>'),
    ("tests/unit/libs/postgres/lane_test.cc", '"SELECT 1"'),
])
def test_what_stands_in_its_place_is_not(name, text):
    assert list(lint.problems_of(name, text + "\n")) == []
