#include "libs/rpc/server_call.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "libs/rpc/credentials.h"
#include "libs/rpc/error_status.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace server_call {

constexpr std::string_view kGateway = "gateway";
constexpr std::int32_t kBusyRetrySeconds = 1;
constexpr auto kGoneGrace = std::chrono::milliseconds(20);
constexpr std::size_t kMaxUserAgent = 200;
constexpr std::size_t kMaxClientAddress = 64;

google::protobuf::ArenaOptions ArenaWith(char* block, std::size_t size) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = size;
  options.start_block_size = 4 * size;
  return options;
}

}  // namespace server_call

ServerCall::ServerCall(Server::Impl& server)
    : server_(server),
      accept_(*server.queue, *this),
      done_(*server.queue, *this),
      read_(*server.queue),
      write_(*server.queue),
      arena_(server_call::ArenaWith(arena_block_, kArenaBytes)) {}

ServerCall::~ServerCall() { server_.OnReleased(); }

void ServerCall::Arm() {
  context_.AsyncNotifyWhenDone(done_.Arm());
  server_.service.RequestCall(&context_, &stream_, server_.queue->get(), server_.queue->server_queue(),
                              accept_.Arm());
}

void ServerCall::AcceptTag::OnCompleted(bool ok) {
  // No call came, so the done tag never will.
  if (!ok) call_.done_.Forget();
  call_.server_.OnAccepted(call_, ok);
}

void ServerCall::Begin(bool refuse_busy) {
  refuse_busy_ = refuse_busy;
  references_ = 2;
  handling_ = true;
  server_.running.push_back(*this);
  boost::asio::co_spawn(
      server_.runtime.executor(), Run(),
      boost::asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr exception) {
        // Run lets nothing out but bad_alloc and the like in its own last steps: a call without an answer
        // would keep the server from ever stopping.
        if (exception) {
          log::Error("a call ended without its answer", {{log::kDetail, DescribeException(exception)}});
          context_.TryCancel();
        }
        OnRequestEnded();
      }));
}

Task<> ServerCall::Run() {
  began_ = SteadyClock::now();
  Result<grpc::ByteBuffer> result = Fail(Reason::kInternal);
  std::exception_ptr exception;
  try {
    result = co_await Process();
  } catch (...) {
    exception = std::current_exception();
  }
  // From here on nothing is cut short: every accepted call reaches Finish.
  handling_ = false;
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  server_.deadlines.Remove(*this);
  if (exception) result = Fail(EndOf(exception));
  std::optional<Error> error;
  if (!result) error = Allowed(result.error());
  Report(error);
  if (error) {
    const grpc::Status status = ToStatus(*error);
    co_await write_.Await([this, &status](void* tag) { stream_.Finish(status, tag); });
  } else if (endpoint_->method->kind == StreamKind::kServerStream) {
    co_await write_.Await([this](void* tag) { stream_.Finish(grpc::Status::OK, tag); });
  } else {
    co_await write_.Await([this, &result](void* tag) {
      stream_.WriteAndFinish(*result, grpc::WriteOptions(), grpc::Status::OK, tag);
    });
  }
}

Task<Result<grpc::ByteBuffer>> ServerCall::Process() {
  const CallMetadata metadata = ReadMetadata(context_);
  call_.trace = TraceContext::Continue(metadata.traceparent, server_.random);
  call_.request_id = IsRequestId(metadata.request_id) ? std::string(metadata.request_id)
                                                      : FormatUuid(NewUuid(server_.clock, server_.random));
  endpoint_ = server_.Find(context_.method());
  if (endpoint_ == nullptr) co_return Fail(Reason::kMethodNotAllowed, "unknown method");
  call_.method = endpoint_->method;
  if (refuse_busy_ || server_.stopping) {
    Error error;
    error.reason = Reason::kUnavailable;
    error.retry_after_seconds = server_call::kBusyRetrySeconds;
    error.diagnostic = refuse_busy_ ? "too many calls run" : "stopping";
    if (refuse_busy_) server_.refused_busy.Add();
    co_return Fail(std::move(error));
  }
  end_is_marked_ =
      call_.method->kind == StreamKind::kClientStream && metadata.stream_end == metadata::kStreamEndEmpty;
  SetDeadline();
  CO_TRY_VOID(CheckCaller(metadata));
  co_return co_await endpoint_->handler->Serve(*this);
}

void ServerCall::SetDeadline() {
  const Method& method = *call_.method;
  // The caller's deadline is kept by gRPC too, but ends up here as "cancelled" only when nobody waits any
  // more.
  const auto theirs = context_.deadline();
  const auto now_wall = std::chrono::system_clock::now();
  if (theirs != std::chrono::system_clock::time_point::max()) {
    const auto left = theirs - now_wall;
    call_.deadline = left > std::chrono::hours(24) ? SteadyTime::max() : began_ + left;
  }
  const bool streams = method.kind != StreamKind::kUnary;
  endless_ = method.kind == StreamKind::kServerStream && method.rule.transfer() != api::v1::TRANSFER_DOWNLOAD;
  // A stream's own limit is on its pauses, and an endless one's on its writes alone (see Progress and
  // WriteBuffer).
  if (!streams) call_.deadline = std::min(call_.deadline, began_ + method.deadline);
  if (streams && !endless_) {
    Progress();
  } else if (call_.deadline != SteadyTime::max()) {
    server_.deadlines.Set(*this, call_.deadline);
  }
}

void ServerCall::Progress() {
  server_.deadlines.Set(*this, std::min(call_.deadline, SteadyClock::now() + call_.method->deadline));
}

Result<void> ServerCall::CheckCaller(const CallMetadata& metadata) {
  TRY_VOID(CheckPeer());
  TRY_VOID(CheckIdentity(metadata.identity));
  TRY_VOID(CheckKey(metadata));
  // Believed because the peer is one of our services; only shown and written to the audit trail.
  call_.client_address = ToMetadataText(metadata.client_address, server_call::kMaxClientAddress);
  call_.user_agent = ToMetadataText(metadata.client_agent, server_call::kMaxUserAgent);
  return {};
}

Result<void> ServerCall::CheckPeer() {
  // The handshake has admitted only certificates with exactly one name of our environment.
  const auto auth = context_.auth_context();
  const auto uris = auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) return Fail(Reason::kForbidden, "peer without a name");
  auto peer = ServiceFromUri({uris.front().data(), uris.front().size()}, server_.options.environment);
  if (!peer) return Fail(Reason::kForbidden, "peer of no name of ours");
  call_.peer = *std::move(peer);
  const auto& rule = call_.method->rule;
  const bool listed =
      std::find(rule.services().begin(), rule.services().end(), call_.peer) != rule.services().end();
  if (!listed && (call_.method->IsForServices() || call_.peer != server_call::kGateway)) {
    return Fail(Reason::kForbidden, "peer may not call this method");
  }
  return {};
}

Result<void> ServerCall::CheckIdentity(std::string_view token) {
  if (!token.empty()) {
    if (!server_.identities) return Fail(Reason::kUnauthenticated, "no identity tokens are taken here");
    TRY(call_.principal_, server_.identities->Verify(token, server_.clock.Now()));
  }
  const auto& rule = call_.method->rule;
  switch (rule.caller()) {
    case api::v1::CALLER_PUBLIC:
    case api::v1::CALLER_SERVICE:
      return {};
    case api::v1::CALLER_USER:
    case api::v1::CALLER_USER_BEFORE_TERMS:
      break;
    default:
      return Fail(Reason::kForbidden, "no kind of caller declared");
  }
  if (!call_.has_principal()) return Fail(Reason::kUnauthenticated, "no identity token");
  const Principal& principal = call_.principal();
  if (principal.partner) {
    if (rule.partner_scope().empty() || !principal.HasScope(rule.partner_scope())) {
      return Fail(Reason::kForbidden, "partner without the scope");
    }
    return {};
  }
  if (principal.second_factor_due && !rule.before_second_factor()) return Fail(Reason::kSecondFactorRequired);
  if (rule.caller() == api::v1::CALLER_USER && !principal.terms_accepted) return Fail(Reason::kTermsRequired);
  return {};
}

Result<void> ServerCall::CheckKey(const CallMetadata& metadata) {
  const auto& rule = call_.method->rule;
  if (rule.repeat() == api::v1::REPEAT_KEY_REQUIRED || rule.repeat() == api::v1::REPEAT_KEY_ACCEPTED) {
    TRY(call_.idempotency_key, ReadIdempotencyKey(metadata.idempotency_key));
    if (!call_.idempotency_key && rule.repeat() == api::v1::REPEAT_KEY_REQUIRED)
      return Fail(Reason::kKeyRequired);
  }
  if (rule.takes_version()) {
    TRY(call_.if_match, ReadIfMatch(metadata.if_match));
  }
  return {};
}

Task<Result<std::optional<grpc::ByteBuffer>>> ServerCall::ReadBuffer() {
  if (all_read_) co_return std::optional<grpc::ByteBuffer>();
  // Cancelled by us, the call is still to be answered, so the reading is given up rather than the call. gRPC
  // completes it once the answer is out; that is a third thing that needs this object (server_call.h).
  const bool ok = co_await read_.Await([this](void* tag) { stream_.Read(&incoming_, tag); },
                                       [this] {
                                         ++references_;
                                         read_.Abandon([this] { Release(); });
                                       });
  grpc::ByteBuffer buffer;
  if (ok) buffer.Swap(&incoming_);
  const bool streams = call_.method->kind == StreamKind::kClientStream;
  if (!ok && streams) {
    if (end_is_marked_) co_return Fail(Reason::kCancelled, "the stream broke off");
    // The client has sent everything, or has gone: in the latter case the done tag follows at once and
    // cancels us here.
    co_await Sleep(server_call::kGoneGrace);
  }
  if (ok) bytes_in_ += static_cast<std::int64_t>(buffer.Length());
  if (!ok || (end_is_marked_ && buffer.Length() == 0)) {
    all_read_ = true;
    co_return std::optional<grpc::ByteBuffer>();
  }
  if (streams) Progress();
  co_return std::optional<grpc::ByteBuffer>(std::move(buffer));
}

Task<Result<void>> ServerCall::WriteBuffer(grpc::ByteBuffer buffer) {
  bytes_out_ += static_cast<std::int64_t>(buffer.Length());
  // However long an endless stream waits for something to say, its reader must take what is said.
  Progress();
  const bool ok = co_await write_.Await([this, &buffer](void* tag) { stream_.Write(buffer, tag); },
                                        [this] { context_.TryCancel(); });
  if (!ok) co_return Fail(cancelled_.value_or(Reason::kCancelled), "the reader of the stream is gone");
  if (endless_) {
    server_.deadlines.Remove(*this);
    if (call_.deadline != SteadyTime::max()) server_.deadlines.Set(*this, call_.deadline);
  } else {
    Progress();
  }
  co_return Result<void>();
}

void ServerCall::Cancel(Reason reason) {
  if (!handling_ || cancelled_) return;
  cancelled_ = reason;
  cancel_.emit(boost::asio::cancellation_type::terminal);
}

void ServerCall::OnDeadline() { Cancel(Reason::kTimeout); }

void ServerCall::DoneTag::OnCompleted(bool) { call_.OnDone(); }

void ServerCall::OnDone() {
  if (context_.IsCancelled()) {
    // gRPC says only that it is over; a deadline that has passed says why.
    Cancel(SteadyClock::now() >= call_.deadline ? Reason::kTimeout : Reason::kCancelled);
  }
  Release();
}

void ServerCall::OnRequestEnded() {
  server_.running.erase(server_.running.iterator_to(*this));
  Release();
}

void ServerCall::Release() {
  if (--references_ == 0) delete this;
}

Error ServerCall::EndOf(std::exception_ptr exception) {
  if (cancelled_ && IsCancellation(exception)) return Fail(*cancelled_).value();
  server_.escaped.Add();
  return Fail(Reason::kInternal, "exception: " + DescribeException(exception)).value();
}

Error ServerCall::Allowed(Error error) {
  // A handler that was cut short may have turned that into any error of its own.
  if (cancelled_) return Fail(*cancelled_, std::move(error.diagnostic)).value();
  if (IsChainReason(error.reason)) return error;
  if (call_.method != nullptr && call_.method->reasons.test(static_cast<std::size_t>(error.reason)))
    return error;
  server_.undeclared.Add();
  return Fail(Reason::kInternal,
              "undeclared reason " + std::string(Describe(error.reason).code) + ": " + error.diagnostic)
      .value();
}

void ServerCall::Report(const std::optional<Error>& error) {
  const auto took = std::chrono::duration_cast<Duration>(SteadyClock::now() - began_);
  const std::optional<Reason> reason = error ? std::optional(error->reason) : std::nullopt;
  if (endpoint_ != nullptr) server_.Count(*endpoint_, reason, took);
  const log::Level level = reason == Reason::kInternal ? log::Level::kError : log::Level::kInfo;
  if (!log::Enabled(level)) return;
  // The diagnostic of what is somebody's ordinary mistake is for debugging only.
  const bool tell = error && (level == log::Level::kError || log::Enabled(log::Level::kDebug));
  const std::string trace_id = call_.trace.TraceIdText(), span_id = call_.trace.SpanIdText();
  const std::string_view method = call_.method != nullptr ? std::string_view(call_.method->path) : "unknown";
  const std::string_view code = reason ? Describe(*reason).code : "ok";
  static constexpr log::Key kSpanId{"span_id", log::Kind::kCode};
  const log::Field fields[] = {
      {log::kMethod, method},
      {log::kReason, code},
      {log::kDurationUs, took.count()},
      {log::kPeer, call_.peer},
      {log::kRequestId, call_.request_id},
      {log::kTraceId, trace_id},
      {kSpanId, span_id},
      {log::kBytesIn, bytes_in_},
      {log::kBytesOut, bytes_out_},
      {log::kDetail, tell ? std::string_view(error->diagnostic) : std::string_view()}};
  log::Write(level, "call", {fields, std::size(fields) - (tell ? 0 : 1)});
}

}  // namespace aplus
