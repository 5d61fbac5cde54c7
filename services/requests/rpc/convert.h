// Between the proto's messages and the domain's values: nothing else. Fields have passed their declared
// rules.
#pragma once

#include <optional>
#include <string>

#include "aplus/requests/v1/drafts.pb.h"
#include "aplus/requests/v1/requests.pb.h"
#include "aplus/requests/v1/threads.pb.h"
#include "aplus/requests/v1/types.pb.h"
#include "libs/rpc/timestamp.h"
#include "services/requests/acts/answering.h"
#include "services/requests/acts/correcting.h"
#include "services/requests/acts/creating.h"
#include "services/requests/acts/listing.h"
#include "services/requests/acts/overseeing.h"
#include "services/requests/acts/reading.h"

namespace aplus::requests {

// Empty text: none. Other text is an id: the rules have checked it.
template <class AnyId>
std::optional<AnyId> OptionalId(const std::string& text) {
  return text.empty() ? std::nullopt : AnyId::Parse(text);
}
template <class AnyId>
AnyId IdOf(const std::string& text) {
  return AnyId::Parse(text).value_or(AnyId{});
}
template <class AnyId, class Texts>
std::vector<AnyId> IdsOf(const Texts& texts) {
  std::vector<AnyId> ids;
  ids.reserve(static_cast<std::size_t>(texts.size()));
  for (const std::string& text : texts) {
    if (const auto id = AnyId::Parse(text)) ids.push_back(*id);
  }
  return ids;
}

Citizen FromProto(const v1::Citizen& citizen);
CitizenPatch FromProto(const v1::CitizenPatch& patch);
// kInvalidArgument: an enum without value or a day that does not exist.
Result<NewRequest> FromProto(const v1::CreateRequestRequest& request);
Result<ListQuery> FromProto(const v1::ListRequestsRequest& request, const Principal& principal);
NewMessage FromProto(const v1::PostMessageRequest& request);

// Who did something; the name is the signer's where one signed (P3).
void SetActor(const Cards& cards, const std::optional<UserId>& user, const std::optional<GroupId>& group,
              const std::string& signed_by, v1::Actor& out);
void ToProto(const OpenedRequest& opened, v1::Request& out);
void ToProto(const ListPage& page, const ListLine& line, v1::RequestSummary& out);
void ToProto(const ThreadLine& line, const Cards& cards, v1::ThreadEntry& out);
void ToProto(const ListedFile& file, const Cards& cards, v1::FileEntry& out);
void ToProto(const OldCitizen& old, const Cards& cards, v1::CitizenVersion& out);
void ToProto(const Overseen& overseen, const Cards& cards, v1::RequestMetadata& out);
void ToProto(const FileRow& file, const std::string& name, v1::FileEntry& out);

}  // namespace aplus::requests
