#include "libs/rpc/metadata.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace aplus {
namespace metadata {

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

}  // namespace metadata

CallMetadata ReadMetadata(const grpc::ServerContextBase& context) {
  CallMetadata read;
  const std::array<std::pair<std::string_view, std::string_view*>, 8> wanted = {{
      {metadata::kIdentity, &read.identity},
      {metadata::kRequestId, &read.request_id},
      {metadata::kTraceparent, &read.traceparent},
      {metadata::kIdempotencyKey, &read.idempotency_key},
      {metadata::kIfMatch, &read.if_match},
      {metadata::kClientAddress, &read.client_address},
      {metadata::kClientAgent, &read.client_agent},
      {metadata::kStreamEnd, &read.stream_end},
  }};
  for (const auto& [name, value] : context.client_metadata()) {
    for (const auto& [wanted_name, slot] : wanted) {
      if (wanted_name == metadata::View(name) && slot->data() == nullptr) *slot = metadata::View(value);
    }
  }
  return read;
}

bool IsRequestId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

Result<std::optional<IdempotencyKey>> ReadIdempotencyKey(std::string_view text) {
  if (text.empty()) return std::optional<IdempotencyKey>();
  auto key = IdempotencyKey::Parse(text);
  if (!key) return Fail(Reason::kMalformed, "idempotency key is no UUID");
  return key;
}

Result<std::optional<std::int64_t>> ReadIfMatch(std::string_view text) {
  if (text.empty()) return std::optional<std::int64_t>();
  std::int64_t version = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (failure != std::errc() || end != text.data() + text.size() || version < 0) {
    return Fail(Reason::kMalformed, "if-match is no version");
  }
  return std::optional<std::int64_t>(version);
}

std::string ToMetadataText(std::string_view text, std::size_t most) {
  std::string clean(text.substr(0, most));
  for (char& c : clean) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return clean;
}

}  // namespace aplus
