#include <utility>

#include "services/requests/acts/checks.h"
#include "services/requests/rpc/convert.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {
namespace convert_in {

// What the tables may hold.
template <typename Enum>
constexpr int Last() {
  return static_cast<int>(DbEnum<Enum>::kLast);
}

// The domain's numbers are the proto's: where one moves or is added on one side, this stops compiling.
static_assert(static_cast<int>(State::kNew) == v1::REQUEST_STATE_NEW);
static_assert(Last<State>() == v1::RequestState_MAX);
static_assert(static_cast<int>(CloseReason::kSolved) == v1::CLOSE_REASON_SOLVED);
static_assert(Last<CloseReason>() == v1::CloseReason_MAX);
static_assert(static_cast<int>(Usefulness::kGood) == v1::USEFULNESS_GOOD);
static_assert(Last<Usefulness>() == v1::Usefulness_MAX);
static_assert(static_cast<int>(MandateKind::kPaper) == v1::MANDATE_KIND_PAPER);
static_assert(Last<MandateKind>() == v1::MandateKind_MAX);
static_assert(static_cast<int>(GroupState::kWaiting) == v1::GROUP_STATE_WAITING);
static_assert(Last<GroupState>() == v1::GroupState_MAX);
static_assert(static_cast<int>(Lane::kAll) == v1::VISIBILITY_ALL);
static_assert(Last<Lane>() == v1::Visibility_MAX);
static_assert(static_cast<int>(EntryKind::kCreated) == v1::ENTRY_KIND_CREATED);
static_assert(Last<EntryKind>() == v1::EntryKind_MAX);
static_assert(static_cast<int>(ParticipantKind::kCreator) == v1::PARTICIPANT_KIND_CREATOR);
static_assert(Last<ParticipantKind>() == v1::ParticipantKind_MAX);
static_assert(static_cast<int>(FileState::kReceiving) == v1::FILE_STATE_RECEIVING);
static_assert(Last<FileState>() == v1::FileState_MAX);
static_assert(static_cast<int>(Tab::kAll) == v1::TAB_ALL);
static_assert(static_cast<int>(Tab::kArchived) == v1::TAB_ARCHIVED);
static_assert(static_cast<int>(ListSide::kHelper) == v1::SIDE_HELPER);
static_assert(static_cast<int>(ListSide::kInstructor) == v1::SIDE_INSTRUCTOR);
static_assert(static_cast<int>(ListOrder::kCreated) == v1::created);
static_assert(static_cast<int>(ListOrder::kDeadline) == v1::deadline);

// "2026-05-12"; the format was checked, the day exists.
std::chrono::year_month_day DayOf(const std::string& text) {
  if (text.size() != 10) return {};
  const auto number = [&](std::size_t at, std::size_t length) { return std::stoi(text.substr(at, length)); };
  return std::chrono::year{number(0, 4)} / number(5, 2) / number(8, 2);
}

std::optional<std::string> Given(bool has, const std::string& value) {
  return has ? std::optional(value) : std::nullopt;
}

std::optional<std::string> Some(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace convert_in

Citizen FromProto(const v1::Citizen& citizen) {
  return {.first_name = citizen.first_name(),
          .last_name = citizen.last_name(),
          .birth_date = citizen.birth_date(),
          .birth_name = citizen.birth_name(),
          .phone = citizen.phone(),
          .address = citizen.address(),
          .caf_number = citizen.caf_number(),
          .nir = citizen.nir(),
          .tax_number = citizen.tax_number(),
          .file_number = citizen.file_number(),
          .other_label = citizen.other().label(),
          .other_value = citizen.other().value()};
}

CitizenPatch FromProto(const v1::CitizenPatch& patch) {
  using convert_in::Given;
  return {.first_name = Given(patch.has_first_name(), patch.first_name()),
          .last_name = Given(patch.has_last_name(), patch.last_name()),
          .birth_date = Given(patch.has_birth_date(), patch.birth_date()),
          .birth_name = Given(patch.has_birth_name(), patch.birth_name()),
          .phone = Given(patch.has_phone(), patch.phone()),
          .address = Given(patch.has_address(), patch.address()),
          .caf_number = Given(patch.has_caf_number(), patch.caf_number()),
          .nir = Given(patch.has_nir(), patch.nir()),
          .tax_number = Given(patch.has_tax_number(), patch.tax_number()),
          .file_number = Given(patch.has_file_number(), patch.file_number()),
          .other_label = Given(patch.has_other(), patch.other().label()),
          .other_value = Given(patch.has_other(), patch.other().value())};
}

Result<NewRequest> FromProto(const v1::CreateRequestRequest& request) {
  NewRequest out;
  out.draft = OptionalId<RequestId>(request.draft_id());
  out.group = IdOf<GroupId>(request.group_id());
  out.area = request.area_id();
  out.recipients = IdsOf<GroupId>(request.recipient_group_ids());
  out.helpers = IdsOf<UserId>(request.helper_ids());
  out.subject = request.subject();
  out.description = request.description();
  out.citizen = FromProto(request.citizen());
  out.mandate.kind = static_cast<MandateKind>(request.mandate().kind());
  out.mandate.given_on = convert_in::DayOf(request.mandate().given_on());
  if (!out.mandate.given_on.ok())
    return Fail(Violation("mandate.givenOn", "format", "Ce jour n’existe pas."));
  out.files = IdsOf<FileId>(request.file_ids());
  out.signed_by = request.signed_by();
  return out;
}

Result<ListQuery> FromProto(const v1::ListRequestsRequest& request, const Principal& principal) {
  using convert_in::Some;
  ListQuery query;
  query.side =
      request.side() == v1::SIDE_UNSPECIFIED ? DefaultSide(principal) : static_cast<ListSide>(request.side());
  const Tab fallback = query.side == ListSide::kHelper ? Tab::kAll : Tab::kNew;
  query.tab = request.tab() == v1::TAB_UNSPECIFIED ? fallback : static_cast<Tab>(request.tab());
  query.order = static_cast<ListOrder>(request.order_by());
  query.group = OptionalId<GroupId>(request.group_id());
  query.area = Some(request.area_id());
  query.organisation = Some(request.organisation_id());
  if (request.state() != v1::REQUEST_STATE_UNSPECIFIED) query.state = static_cast<State>(request.state());
  if (request.has_late()) query.late = request.late();
  query.words = request.q();
  query.limit = request.page_size() == 0 ? 25 : request.page_size();
  return query;
}

NewMessage FromProto(const v1::PostMessageRequest& request) {
  NewMessage message;
  message.request = IdOf<RequestId>(request.request_id());
  message.text = request.text();
  message.lane = request.visibility() == v1::VISIBILITY_INSTRUCTORS ? Lane::kInstructors : Lane::kAll;
  message.files = IdsOf<FileId>(request.file_ids());
  if (request.has_citizen()) message.citizen = FromProto(request.citizen());
  message.standard_procedure = request.standard_procedure();
  message.signed_by = request.signed_by();
  message.group = OptionalId<GroupId>(request.group_id());
  return message;
}

}  // namespace aplus::requests
