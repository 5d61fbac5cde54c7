#include "services/requests/acts/reading.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/looking.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/list_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace reading {

// Everybody and every group that an opened request names.
struct Named {
  std::set<UserId> users;
  std::set<GroupId> groups;

  void Add(const std::optional<UserId>& user) {
    if (user && !user->IsNil()) users.insert(*user);
  }
  void Add(const std::optional<GroupId>& group) {
    if (group) groups.insert(*group);
  }
  void Add(const Case& on) {
    Add(std::optional(on.row.creator));
    Add(std::optional(on.row.creator_group));
    Add(on.row.in_charge_user);
    Add(on.row.in_charge_group);
    for (const ParticipantRow& person : on.people) Add(std::optional(person.user));
    for (const AddressedRow& addressed : on.groups) {
      Add(std::optional(addressed.group));
      Add(addressed.proposed);
    }
  }
};

struct Opened {
  Case on;
  ContentsRow contents;
  std::vector<ShownMark> marks;
  ListedRow listed;
};

Result<Opened> Put(Result<Case> on, const std::vector<ContentsRow>& contents,
                   const std::vector<ShownMark>& for_all, const std::vector<ShownMark>& for_instructors,
                   const std::vector<ListedRow>& listed) {
  if (!on) return Fail(std::move(on).error());
  // Allowed and no row: erased between two statements.
  if (contents.empty() || listed.empty()) return Fail(Reason::kErased);
  const bool all = on->lane == Lane::kAll;
  return Opened{*std::move(on), contents.front(), all ? for_all : for_instructors, listed.front()};
}

Task<Result<void>> Unseal(const Workshop& shop, const Asker& asker, const ContentsRow& contents,
                          OpenedRequest& out) {
  const RequestId& id = out.on.row.id;
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  CO_TRY(out.subject, cipher->Open(SubjectPlace(id), contents.subject));
  CO_TRY(out.description, cipher->Open(DescriptionPlace(id), contents.description));
  CO_TRY(out.signed_by, OpenOptional(*cipher, CreatorSignerPlace(id), contents.signed_by));
  CO_TRY(const std::string citizen,
         cipher->Open(CitizenPlace(id, contents.citizen_version), contents.citizen));
  CO_TRY(Citizen whole, ParseCitizen(AsBytes(citizen)));
  out.citizen = Masked(std::move(whole), VisibleIdentifiers(out.on));
  co_return Result<void>();
}

struct Lines {
  Case on;
  std::vector<EntryRow> rows;
};

// Takes one line more than the page, to know whether there is another.
ThreadPage Cut(std::vector<EntryRow> rows, Lane lane, std::int32_t limit) {
  ThreadPage page;
  if (rows.size() > static_cast<std::size_t>(limit)) {
    rows.resize(static_cast<std::size_t>(limit));
    const EntryRow& last = rows.back();
    page.next = lane == Lane::kAll ? last.number_all.value_or(0) : last.number_instructors;
  }
  for (EntryRow& row : rows) page.lines.push_back({.row = row, .text = {}, .signed_by = {}, .files = {}});
  return page;
}

Named NamedIn(const ThreadPage& page) {
  Named named;
  for (const ThreadLine& line : page.lines) {
    named.Add(line.row.actor);
    named.Add(line.row.actor_group);
    named.Add(line.row.group);
    named.Add(line.row.person);
  }
  return named;
}

// Words and files of the lines, as far as row-level security gives them.
Task<Result<void>> AddWords(const Workshop& shop, const Asker& asker, RequestId id, ThreadPage& page) {
  std::vector<MessageId> ids;
  ids.reserve(page.lines.size());
  for (const ThreadLine& line : page.lines) ids.push_back(line.row.id);
  CO_TRY(auto contents, co_await shop.database.Query(asker.Reading(), kMessageContent, id, ids));
  CO_TRY(auto files, co_await shop.database.Query(asker.Reading(), kFilesOfEntries, ids));
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  for (const MessageContentRow& content : contents) {
    const auto line =
        std::ranges::find_if(page.lines, [&](const ThreadLine& one) { return one.row.id == content.entry; });
    if (line == page.lines.end()) continue;
    CO_TRY(line->text, OpenOptional(*cipher, TextPlace(content.entry), content.text));
    CO_TRY(line->signed_by, OpenOptional(*cipher, SignerPlace(content.entry), content.signed_by));
  }
  // Not even how many files there are is an expert's business (P63).
  if (asker.caller.expert) co_return Result<void>();
  for (const FileOfEntry& file : files) {
    const auto line =
        std::ranges::find_if(page.lines, [&](const ThreadLine& one) { return one.row.id == file.entry; });
    if (line != page.lines.end()) line->files.push_back(file.file);
  }
  co_return Result<void>();
}

// A manager's or administrator's look at the history shows no private lines: he is on no side (P34).
Result<Lines> Choose(Result<Case> on, const std::vector<EntryRow>& for_all,
                     const std::vector<EntryRow>& for_instructors) {
  if (!on) return Fail(std::move(on).error());
  const bool all = on->lane == Lane::kAll;
  return Lines{*std::move(on), all ? for_all : for_instructors};
}

struct Carried {
  Case on;
  std::vector<FileRow> files;
};

Result<Carried> Readable(Result<Case> on, const std::vector<FileRow>& files) {
  if (!on) return Fail(std::move(on).error());
  Carried carried{*std::move(on), {}};
  for (const FileRow& file : files) {
    const bool reads = file.lane && (*file.lane == Lane::kAll || carried.on.lane == Lane::kInstructors);
    if (reads) carried.files.push_back(file);
  }
  return carried;
}

}  // namespace reading

Identifiers VisibleIdentifiers(const Case& on) {
  if (on.relation.HelperSide()) return kAllIdentifiers;
  Identifiers visible = 0;
  for (const GroupId& group : on.facts.instructor_groups) {
    if (const AddressedRow* addressed = on.FindGroup(group)) {
      visible = static_cast<Identifiers>(visible | addressed->entitled);
    }
  }
  return visible;
}

Task<Result<OpenedRequest>> OpenRequest(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kR2, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& contents, const auto& for_all, const auto& for_instructors,
                       const auto& listed) {
    return look.Answer(
        reading::Put(look.At(rows, people, groups, late_groups), contents, for_all, for_instructors, listed));
  };
  auto read = shop.database.AuditedRead(
      asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id), Bind(kAddressedGroups, id),
      Bind(kJoinedAfterClosing, asker.user, id), Bind(kReadContents, id), Bind(kMarksForAll, id),
      Bind(kMarksForInstructors, id), Bind(kListedRows, std::vector<RequestId>{id}, asker.user));
  CO_TRY(reading::Opened opened, co_await std::move(read));

  OpenedRequest out;
  out.on = std::move(opened.on);
  out.marks = std::move(opened.marks);
  out.opened_by_me = opened.listed.opened_by_me;
  out.unread = out.on.lane == Lane::kAll ? opened.listed.unread_all : opened.listed.unread_instructors;
  out.allowed = AllowedOperations(asker.caller, out.on.relation, out.on.Facts());
  CO_TRY_VOID(co_await reading::Unseal(shop, asker, opened.contents, out));
  reading::Named named;
  named.Add(out.on);
  for (const ShownMark& mark : out.marks) named.Add(std::optional(mark.user));
  CO_TRY(out.cards,
         co_await shop.directory.Names(std::move(named.users), std::move(named.groups), asker.deadline));
  co_return out;
}

Task<Result<Case>> LookAt(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kR20, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups) {
    return look.Answer(look.At(rows, people, groups, late_groups));
  };
  auto read =
      shop.database.AuditedRead(asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id),
                                Bind(kAddressedGroups, id), Bind(kJoinedAfterClosing, asker.user, id));
  co_return co_await std::move(read);
}

Task<Result<ThreadPage>> ReadThread(const Workshop& shop, const Asker& asker, RequestId id, Page page) {
  const Look look{shop, asker, Operation::kR3, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& for_all, const auto& for_instructors) {
    return look.Answer(reading::Choose(look.At(rows, people, groups, late_groups), for_all, for_instructors));
  };
  auto read = shop.database.AuditedRead(
      asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id), Bind(kAddressedGroups, id),
      Bind(kJoinedAfterClosing, asker.user, id), Bind(kThreadForAll, id, page.after, page.limit + 1),
      Bind(kThreadForInstructors, id, page.after, page.limit + 1));
  CO_TRY(reading::Lines lines, co_await std::move(read));

  ThreadPage out = reading::Cut(std::move(lines.rows), lines.on.lane, page.limit);
  CO_TRY_VOID(co_await reading::AddWords(shop, asker, id, out));
  reading::Named named = reading::NamedIn(out);
  CO_TRY(out.cards,
         co_await shop.directory.Names(std::move(named.users), std::move(named.groups), asker.deadline));
  co_return out;
}

Task<Result<ThreadPage>> ReadHistory(const Workshop& shop, const Asker& asker, RequestId id, Page page) {
  const Look look{shop, asker, Operation::kR16, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& for_all, const auto& for_instructors) {
    return look.Answer(reading::Choose(look.At(rows, people, groups, late_groups), for_all, for_instructors));
  };
  auto read = shop.database.AuditedRead(
      asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id), Bind(kAddressedGroups, id),
      Bind(kJoinedAfterClosing, asker.user, id), Bind(kHistoryForAll, id, page.after, page.limit + 1),
      Bind(kHistoryForInstructors, id, page.after, page.limit + 1));
  CO_TRY(reading::Lines lines, co_await std::move(read));

  ThreadPage out = reading::Cut(std::move(lines.rows), lines.on.lane, page.limit);
  reading::Named named = reading::NamedIn(out);
  CO_TRY(out.cards,
         co_await shop.directory.Names(std::move(named.users), std::move(named.groups), asker.deadline));
  co_return out;
}

Task<Result<FileList>> ReadFiles(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kF1, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& files) {
    return look.Answer(reading::Readable(look.At(rows, people, groups, late_groups), files));
  };
  auto read = shop.database.AuditedRead(asker.Reading(), decide, Bind(kReadRequest, id),
                                        Bind(kParticipants, id), Bind(kAddressedGroups, id),
                                        Bind(kJoinedAfterClosing, asker.user, id), Bind(kFilesOfRequest, id));
  CO_TRY(reading::Carried carried, co_await std::move(read));

  std::vector<FileId> ids;
  reading::Named named;
  FileList out;
  for (FileRow& row : carried.files) {
    ids.push_back(row.id);
    named.Add(std::optional(row.uploader));
    named.Add(row.uploader_group);
    out.files.push_back({.row = std::move(row), .name = {}, .downloaded_by_me = false, .downloads = {}});
  }
  CO_TRY(auto names, co_await shop.database.Query(asker.Reading(), kFileNames, id));
  CO_TRY(auto downloads, co_await shop.database.Query(asker.Reading(), kDownloads, ids));
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  for (ListedFile& file : out.files) {
    const auto name = std::ranges::find(names, file.row.id, &FileNameRow::file);
    if (name != names.end()) {
      CO_TRY(file.name, cipher->Open(FileNamePlace(file.row.id), name->name));
    }
    for (const DownloadRow& download : downloads) {
      if (download.file != file.row.id) continue;
      file.downloaded_by_me |= download.user == asker.user;
      named.Add(std::optional(download.user));
      named.Add(download.group);
      file.downloads.push_back(download);
    }
  }
  CO_TRY(out.cards,
         co_await shop.directory.Names(std::move(named.users), std::move(named.groups), asker.deadline));
  co_return out;
}

}  // namespace aplus::requests
