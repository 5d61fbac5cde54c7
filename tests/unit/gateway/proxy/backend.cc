#include "tests/unit/gateway/proxy/backend.h"

#include "tests/unit/gateway/http/http_server.h"

namespace aplus::gateway::test {
namespace backend {

constexpr std::size_t kPiece = 60'000;

struct Count {
  explicit Count(std::atomic<int>& count_in) : count(count_in) { ++count; }
  ~Count() { --count; }
  std::atomic<int>& count;
};

pt::Thing Seen(const Call& call) {
  pt::Thing thing;
  if (call.has_principal()) thing.set_user_id(call.principal().user.ToString());
  thing.set_request_id(call.request_id);
  thing.set_client_address(call.client_address);
  thing.set_user_agent(call.user_agent);
  if (call.idempotency_key) thing.set_idempotency_key(call.idempotency_key->ToString());
  thing.set_if_match(call.if_match.value_or(-1));
  return thing;
}

// Bytes that are cheap to check.
std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

}  // namespace backend

void AuthBackend::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Sessions.Authenticate", &AuthBackend::Authenticate);
  server.Add(*this, "aplus.auth.v1.Sessions.MintLoginToken", &AuthBackend::Mint);
}

Task<Result<auth::v1::AuthenticateResponse>> AuthBackend::Authenticate(
    Call& call, const auth::v1::AuthenticateRequest& request) {
  ++asked;
  if (request.passive()) ++asked_passively;
  // As auth does: the question is for services, and a call with an identity is somebody's.
  if (call.has_principal()) co_return Fail(Reason::kForbidden);
  if (broken) co_return Fail(Reason::kInternal, "broken on purpose");
  const auto found = sessions.find(request.session());
  if (found == sessions.end()) co_return Fail(Reason::kUnauthenticated);
  Principal principal;
  principal.user = *UserId::Parse(found->second);
  principal.terms_accepted = true;
  principal.amr = {"mail"};
  auth::v1::AuthenticateResponse response;
  response.set_identity_token(issuer_.Issue(principal, clock_.Now()).value());
  response.set_user_id(found->second);
  co_return response;
}

Task<Result<auth::v1::MintLoginTokenResponse>> AuthBackend::Mint(Call&,
                                                                 const auth::v1::MintLoginTokenRequest&) {
  co_return Fail(Reason::kNotFound);
}

void ThingsBackend::Register(Server& server) {
  const std::string service = "aplus.proxytest.v1.Things.";
  server.Add(*this, service + "GetThing", &ThingsBackend::Get);
  server.Add(*this, service + "CreateThing", &ThingsBackend::Create);
  server.Add(*this, service + "CloseThing", &ThingsBackend::Close);
  server.Add(*this, service + "ListPlaces", &ThingsBackend::Places);
  server.Add(*this, service + "LogIn", &ThingsBackend::LogIn);
  server.Add(*this, service + "LogOut", &ThingsBackend::LogOut);
  server.Add(*this, service + "Upload", &ThingsBackend::Upload);
  server.Add(*this, service + "Download", &ThingsBackend::Download);
  server.Add(*this, service + "WatchLive", &ThingsBackend::Watch);
}

Task<Result<pt::Thing>> ThingsBackend::Get(Call& call, const pt::GetThingRequest& request) {
  const backend::Count count(running);
  ++handled;
  if (request.thing_id() == "missing") co_return Fail(Reason::kNotFound);
  if (request.thing_id() == "impossible") {
    Error error;
    error.reason = Reason::kImpossible;
    error.detail = "La demande est archivée.";
    error.state = "THING_STATE_CLOSED";
    error.version = 12;
    co_return Fail(std::move(error));
  }
  if (request.thing_id() == "wait") co_await gate.Wait();
  pt::Thing thing = backend::Seen(call);
  thing.set_id(request.thing_id());
  thing.set_text(request.text());
  co_return thing;
}

Task<Result<pt::Thing>> ThingsBackend::Create(Call& call, const pt::CreateThingRequest& request) {
  ++handled;
  pt::Thing thing = backend::Seen(call);
  thing.set_text(request.text());
  thing.set_user_agent(request.user_agent());
  thing.set_version(1);
  co_return thing;
}

Task<Result<pt::CloseThingResponse>> ThingsBackend::Close(Call& call, const pt::CloseThingRequest&) {
  ++handled;
  last_if_match = call.if_match.value_or(-1);
  co_return pt::CloseThingResponse();
}

Task<Result<pt::Thing>> ThingsBackend::Places(Call& call, const pt::ListPlacesRequest&) {
  ++handled;
  co_return backend::Seen(call);
}

Task<Result<pt::LogInResponse>> ThingsBackend::LogIn(Call&, const pt::LogInRequest& request) {
  ++handled;
  pt::LogInResponse response;
  response.set_text(request.binding() + "/" + request.client_address());
  if (request.text() == "split") {
    response.set_session("a\r\nSet-Cookie: x=y");
  } else {
    response.set_session(std::string(43, 's'));
  }
  if (request.text() == "bind") response.set_binding(std::string(43, 'b'));
  if (request.text() == "unbind") response.set_binding("");
  co_return response;
}

Task<Result<pt::LogOutResponse>> ThingsBackend::LogOut(Call&, const pt::LogOutRequest&) {
  ++handled;
  co_return pt::LogOutResponse();
}

Task<Result<pt::Thing>> ThingsBackend::Upload(Call& call, ClientStream<pt::UploadRequest>& in) {
  const backend::Count count(running);
  CO_TRY(const std::optional<pt::UploadRequest> head, co_await in.Read());
  if (!head) co_return Fail(Reason::kMalformed);
  if (head->thing_id() == "refused") co_return Fail(Reason::kFileType);
  std::string body;
  while (true) {
    CO_TRY(const std::optional<pt::UploadRequest> piece, co_await in.Read());
    if (!piece) break;
    largest_chunk = std::max(largest_chunk.load(), static_cast<int>(piece->chunk().size()));
    body += piece->chunk();
  }
  ++handled;
  pt::Thing thing = backend::Seen(call);
  thing.set_id(head->thing_id());
  thing.set_text(head->content_type() + "|" + head->content_disposition() + "|" +
                 std::to_string(head->content_length()) + "|" + std::to_string(body.size()) + "|" +
                 std::to_string(Checksum(body)));
  co_return thing;
}

Task<Result<void>> ThingsBackend::Download(Call&, const pt::DownloadRequest& request,
                                           ServerStream<api::v1::DownloadChunk>& out) {
  const backend::Count count(running);
  ++handled;
  if (request.name() == "erased") co_return Fail(Reason::kErased);
  const std::string whole = backend::Pattern(request.name() == "long" ? 30'000'000 : 3'000'000);
  std::string_view bytes = whole;
  api::v1::DownloadChunk chunk;
  auto& head = *chunk.mutable_head();
  head.set_status(200);
  head.set_content_type("application/pdf");
  head.set_content_disposition("attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf");
  head.set_etag("\"abc\"");
  head.set_preview(request.preview() == 1);
  if (request.range() == "bytes=10-19") {
    bytes = bytes.substr(10, 10);
    head.set_status(206);
    head.set_content_range("bytes 10-19/3000000");
  }
  if (request.name() == "empty") bytes = {};
  if (request.name() == "split") head.set_content_disposition("attachment; filename=a\r\nX-Evil: yes");
  if (request.name() == "status") head.set_status(302);
  head.set_content_length(static_cast<std::int64_t>(bytes.size()) + (request.name() == "short" ? 10 : 0));
  if (request.name() == "headless") chunk.clear_head();
  CO_TRY_VOID(co_await out.Write(chunk));
  while (!bytes.empty()) {
    chunk.Clear();
    chunk.set_data(std::string(bytes.substr(0, backend::kPiece)));
    bytes.remove_prefix(std::min(bytes.size(), backend::kPiece));
    CO_TRY_VOID(co_await out.Write(chunk));
    ++chunks_written;
    if (request.name() == "break" && chunks_written >= 3)
      co_return Fail(Reason::kUnavailable, "broken on purpose");
  }
  co_return Result<void>();
}

Task<Result<void>> ThingsBackend::Watch(Call&, const pt::WatchRequest& request,
                                        ServerStream<api::v1::LiveEvent>& out) {
  const backend::Count count(running);
  ++handled;
  if (request.after() == "refused") co_return Fail(Reason::kSecondFactorRequired);
  api::v1::LiveEvent event;
  if (request.after() == "nothing-new") {
    event.set_cursor("still");
    CO_TRY_VOID(co_await out.Write(event));
  }
  event.Clear();
  event.set_cursor("after-" + request.after());
  event.set_event("request");
  event.set_request_id("0190f0f0-0000-7000-8000-000000000009");
  event.set_kind("message");
  CO_TRY_VOID(co_await out.Write(event));
  event.Clear();
  event.set_cursor("2\nid: evil");
  event.set_event("counters\r\ndata: evil");
  event.set_kind("state");
  CO_TRY_VOID(co_await out.Write(event));
  co_await gate.Wait();
  event.Clear();
  event.set_cursor("3");
  event.set_event("reset");
  CO_TRY_VOID(co_await out.Write(event));
  co_await Sleep(std::chrono::hours(1));
  co_return Result<void>();
}

}  // namespace aplus::gateway::test
