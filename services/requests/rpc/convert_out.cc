#include <algorithm>
#include <utility>

#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace convert_out {

void SetCitizen(const Citizen& citizen, v1::Citizen& out) {
  out.set_first_name(citizen.first_name);
  out.set_last_name(citizen.last_name);
  out.set_birth_date(citizen.birth_date);
  out.set_birth_name(citizen.birth_name);
  out.set_phone(citizen.phone);
  out.set_address(citizen.address);
  out.set_caf_number(citizen.caf_number);
  out.set_nir(citizen.nir);
  out.set_tax_number(citizen.tax_number);
  out.set_file_number(citizen.file_number);
  if (citizen.other_label.empty() && citizen.other_value.empty()) return;
  out.mutable_other()->set_label(citizen.other_label);
  out.mutable_other()->set_value(citizen.other_value);
}

std::string NameOf(const Person& person) { return person.first_name + " " + person.last_name; }

void SetGroup(const Cards& cards, const GroupId& group, const std::string& organisation, GroupState state,
              Time invited_at, const std::optional<GroupId>& proposed, v1::AddressedGroup& out) {
  out.set_group_id(group.ToString());
  out.set_organisation_id(organisation);
  if (const GroupCard* card = cards.Find(group)) {
    out.set_name(card->name);
    out.set_organisation(card->organisation);
  }
  out.set_state(static_cast<v1::GroupState>(state));
  SetTime(invited_at, *out.mutable_invited_at());
  if (proposed) out.set_proposed_group_id(proposed->ToString());
}

void SetParticipant(const Cards& cards, const ParticipantRow& person, v1::Participant& out) {
  out.set_user_id(person.user.ToString());
  out.set_kind(static_cast<v1::ParticipantKind>(person.kind));
  SetTime(person.since, *out.mutable_since());
  const Person* known = cards.Find(person.user);
  if (known == nullptr) return;
  out.set_name(NameOf(*known));
  out.set_function(known->function);
  out.set_phone(known->phone);
}

void SetMark(const Cards& cards, const ShownMark& mark, v1::ReadMark& out) {
  out.set_user_id(mark.user.ToString());
  if (const Person* known = cards.Find(mark.user)) out.set_name(NameOf(*known));
  if (mark.group) out.set_group_id(mark.group->ToString());
  if (mark.entry) out.set_message_id(mark.entry->ToString());
  SetTime(mark.at, *out.mutable_at());
}

void SetSummary(const OpenedRequest& opened, v1::RequestSummary& out) {
  const Case& on = opened.on;
  const RequestRow& row = on.row;
  const bool all = on.lane == Lane::kAll;
  out.set_id(row.id.ToString());
  out.set_number(row.number);
  out.set_state(static_cast<v1::RequestState>(row.state));
  out.set_version(on.versions().For(on.lane));
  out.set_area_id(row.area_id);
  out.set_subject(opened.subject);
  out.set_citizen_name(DisplayName(opened.citizen));
  out.set_creator_group_id(row.creator_group.ToString());
  if (const GroupCard* card = opened.cards.Find(row.creator_group)) out.set_creator_group(card->name);
  for (const AddressedRow& group : on.groups) {
    SetGroup(opened.cards, group.group, group.organisation, group.state, group.invited_at, group.proposed,
             *out.add_groups());
    const bool mine =
        std::ranges::find(on.facts.instructor_groups, group.group) != on.facts.instructor_groups.end();
    if (mine && group.state == GroupState::kProcessed) out.set_processed_by_mine(true);
  }
  SetTime(row.created_at, *out.mutable_created_at());
  SetTime(all ? row.last_message_all : row.last_message_instructors, *out.mutable_last_message_at());
  if (row.deadline) SetTime(*row.deadline, *out.mutable_deadline());
  out.set_late(row.late);
  out.set_unread(static_cast<std::int32_t>(opened.unread));
  if (row.in_charge_group) {
    SetActor(opened.cards, row.in_charge_user, row.in_charge_group, "", *out.mutable_in_charge());
  }
  if (row.close_reason) out.set_close_reason(static_cast<v1::CloseReason>(*row.close_reason));
  if (row.closed_at) SetTime(*row.closed_at, *out.mutable_closed_at());
  if (row.erase_at) SetTime(*row.erase_at, *out.mutable_erased_at());
  out.set_opened_by_me(opened.opened_by_me);
  // Announced, that is: before, the day may still move.
  if (row.close_at && !row.notice_at) SetTime(*row.close_at, *out.mutable_closes_at());
}

std::string DayText(const std::chrono::year_month_day& day) {
  return FormatTime(Time(std::chrono::sys_days(day))).substr(0, 10);
}

}  // namespace convert_out

void SetActor(const Cards& cards, const std::optional<UserId>& user, const std::optional<GroupId>& group,
              const std::string& signed_by, v1::Actor& out) {
  if (user) {
    out.set_user_id(user->ToString());
    if (const Person* person = cards.Find(*user)) {
      out.set_name(convert_out::NameOf(*person));
      out.set_function(person->function);
      out.set_phone(person->phone);
    }
  }
  if (!signed_by.empty()) out.set_name(signed_by);
  if (!group) return;
  out.set_group_id(group->ToString());
  if (const GroupCard* card = cards.Find(*group)) out.set_group(card->name);
}

void ToProto(const OpenedRequest& opened, v1::Request& out) {
  const Case& on = opened.on;
  convert_out::SetSummary(opened, *out.mutable_summary());
  out.set_description(opened.description);
  convert_out::SetCitizen(opened.citizen, *out.mutable_citizen());
  out.mutable_mandate()->set_kind(static_cast<v1::MandateKind>(on.row.mandate_kind));
  out.mutable_mandate()->set_given_on(convert_out::DayText(on.row.mandate_given_on));
  // A request without it is refused (P20).
  out.set_usual_channels_tried(true);
  SetActor(opened.cards, on.row.creator, on.row.creator_group, opened.signed_by, *out.mutable_creator());
  for (const ParticipantRow& person : on.people) {
    convert_out::SetParticipant(opened.cards, person, *out.add_participants());
  }
  for (const ShownMark& mark : opened.marks) convert_out::SetMark(opened.cards, mark, *out.add_read_marks());
  for (const Operation operation : opened.allowed) out.add_allowed(std::string(Code(operation)));
  out.set_me(static_cast<v1::ParticipantKind>(KindOf(on.relation)));
  if (on.row.usefulness) out.set_usefulness(static_cast<v1::Usefulness>(*on.row.usefulness));
  out.set_standard_procedure(on.row.standard_procedure);
}

void ToProto(const ListPage& page, const ListLine& line, v1::RequestSummary& out) {
  const ListedRow& row = line.row;
  const bool all = page.lane == Lane::kAll;
  out.set_id(row.id.ToString());
  out.set_number(row.number);
  out.set_state(static_cast<v1::RequestState>(row.state));
  out.set_version(all ? row.version_all : row.version_instructors);
  out.set_area_id(row.area);
  out.set_subject(line.subject);
  out.set_citizen_name(line.citizen_name);
  out.set_creator_group_id(row.creator_group.ToString());
  if (const GroupCard* card = page.cards.Find(row.creator_group)) out.set_creator_group(card->name);
  for (const ListedGroup& group : line.groups) {
    convert_out::SetGroup(page.cards, group.group, group.organisation, group.state, group.invited_at,
                          group.proposed, *out.add_groups());
  }
  SetTime(row.created_at, *out.mutable_created_at());
  SetTime(all ? row.last_message_all : row.last_message_instructors, *out.mutable_last_message_at());
  if (row.deadline) SetTime(*row.deadline, *out.mutable_deadline());
  out.set_late(row.late);
  out.set_unread(static_cast<std::int32_t>(all ? row.unread_all : row.unread_instructors));
  if (row.in_charge_group) {
    SetActor(page.cards, row.in_charge_user, row.in_charge_group, "", *out.mutable_in_charge());
  }
  if (row.close_reason) out.set_close_reason(static_cast<v1::CloseReason>(*row.close_reason));
  if (row.closed_at) SetTime(*row.closed_at, *out.mutable_closed_at());
  if (row.erase_at) SetTime(*row.erase_at, *out.mutable_erased_at());
  out.set_opened_by_me(row.opened_by_me);
  out.set_processed_by_mine(line.processed_by_mine);
}

void ToProto(const ThreadLine& line, const Cards& cards, v1::ThreadEntry& out) {
  const EntryRow& row = line.row;
  out.set_id(row.id.ToString());
  out.set_kind(static_cast<v1::EntryKind>(row.kind));
  SetTime(row.at, *out.mutable_at());
  SetActor(cards, row.actor, row.actor_group, line.signed_by, *out.mutable_actor());
  out.set_visibility(static_cast<v1::Visibility>(row.lane));
  out.set_text(line.text);
  for (const FileId& file : line.files) out.add_file_ids(file.ToString());
  out.set_standard_procedure(row.standard_procedure);
  if (row.group) {
    out.set_group_id(row.group->ToString());
    if (const GroupCard* card = cards.Find(*row.group)) out.set_group(card->name);
  }
  if (row.person) {
    if (const Person* person = cards.Find(*row.person)) out.set_person(convert_out::NameOf(*person));
  }
}

void ToProto(const FileRow& file, const std::string& name, v1::FileEntry& out) {
  out.set_id(file.id.ToString());
  out.set_name(name);
  out.set_size(file.size);
  out.set_type(file.type);
  out.set_state(static_cast<v1::FileState>(file.state));
  if (file.entry) out.set_message_id(file.entry->ToString());
  SetTime(file.readable_until, *out.mutable_readable_until());
  SetTime(file.uploaded_at, *out.mutable_uploaded_at());
}

void ToProto(const ListedFile& file, const Cards& cards, v1::FileEntry& out) {
  ToProto(file.row, file.name, out);
  SetActor(cards, file.row.uploader, file.row.uploader_group, "", *out.mutable_uploader());
  out.set_downloaded_by_me(file.downloaded_by_me);
  for (const DownloadRow& download : file.downloads) {
    auto& one = *out.add_downloads();
    SetActor(cards, download.user, download.group, "", *one.mutable_by());
    SetTime(download.first_at, *one.mutable_at());
  }
}

void ToProto(const OldCitizen& old, const Cards& cards, v1::CitizenVersion& out) {
  out.set_version(old.version);
  convert_out::SetCitizen(old.citizen, *out.mutable_citizen());
  SetTime(old.replaced_at, *out.mutable_replaced_at());
  SetActor(cards, old.actor, old.actor_group, old.signed_by, *out.mutable_replaced_by());
}

void ToProto(const Overseen& overseen, const Cards& cards, v1::RequestMetadata& out) {
  const MetadataRow& row = overseen.row;
  const auto seconds = [](Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  };
  out.set_id(row.id.ToString());
  out.set_number(row.number);
  out.set_state(static_cast<v1::RequestState>(row.state));
  out.set_area_id(row.area);
  out.set_creator_group_id(row.creator_group.ToString());
  if (const GroupCard* card = cards.Find(row.creator_group)) out.set_creator_group(card->name);
  for (const ListedGroup& group : overseen.groups) {
    convert_out::SetGroup(cards, group.group, group.organisation, group.state, group.invited_at,
                          group.proposed, *out.add_groups());
  }
  SetTime(row.created_at, *out.mutable_created_at());
  SetTime(row.last_message_at, *out.mutable_last_message_at());
  if (row.first_answer_at) SetTime(*row.first_answer_at, *out.mutable_first_answer_at());
  if (row.processed_at) SetTime(*row.processed_at, *out.mutable_processed_at());
  if (row.closed_at) SetTime(*row.closed_at, *out.mutable_closed_at());
  if (row.close_reason) out.set_close_reason(static_cast<v1::CloseReason>(*row.close_reason));
  if (row.erased_at) SetTime(*row.erased_at, *out.mutable_erased_at());
  if (row.deadline) SetTime(*row.deadline, *out.mutable_deadline());
  out.set_late(row.late);
  out.set_standard_procedure(row.standard_procedure);
  if (row.usefulness) out.set_usefulness(static_cast<v1::Usefulness>(*row.usefulness));
  out.set_messages(row.messages);
  out.set_files(row.files);
  out.set_helpers(row.helpers);
  out.set_experts(row.experts);
  if (overseen.first_answer) out.set_first_answer_working_seconds(seconds(*overseen.first_answer));
  if (row.processed_at) out.set_processed_seconds(seconds(*row.processed_at - row.created_at));
}

}  // namespace aplus::requests
