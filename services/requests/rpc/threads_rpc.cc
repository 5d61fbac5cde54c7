#include "services/requests/rpc/threads_rpc.h"

#include "services/requests/acts/answering.h"
#include "services/requests/acts/creating.h"
#include "services/requests/acts/filing.h"
#include "services/requests/acts/half_written.h"
#include "services/requests/acts/reading.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace threads_rpc {

// A draft is kept as its message's bytes: what the form holds, half-written.
Result<v1::Draft> ParseDraft(const std::string& body) {
  v1::Draft draft;
  if (!draft.ParseFromString(body)) return Fail(Reason::kInternal, "a draft of another form");
  return draft;
}

// CALLER_SERVICE methods take the person's token as well; without one nobody asks.
Result<void> NeedsPerson(const Call& call) {
  if (!call.has_principal()) return Fail(Reason::kUnauthenticated);
  return {};
}

}  // namespace threads_rpc

void ThreadsRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Threads.ListMessages", &ThreadsRpc::ListMessages);
  server.Add(*this, "aplus.requests.v1.Threads.PostMessage", &ThreadsRpc::PostMessage);
  server.Add(*this, "aplus.requests.v1.Threads.GetMessageDraft", &ThreadsRpc::GetMessageDraft);
  server.Add(*this, "aplus.requests.v1.Threads.PutMessageDraft", &ThreadsRpc::PutMessageDraft);
}

Task<Result<v1::ListMessagesResponse>> ThreadsRpc::ListMessages(Call& call,
                                                                const v1::ListMessagesRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const Page page,
         desk_.PageOf(asker, "thread", request.request_id(), request.page_size(), request.page_token()));
  CO_TRY(const ThreadPage thread,
         co_await ReadThread(desk_.shop(), asker, IdOf<RequestId>(request.request_id()), page));
  v1::ListMessagesResponse response;
  for (const ThreadLine& line : thread.lines) ToProto(line, thread.cards, *response.add_messages());
  response.set_next_page_token(desk_.TokenFor(asker, "thread", request.request_id(), thread.next));
  co_return response;
}

Task<Result<v1::PostMessageResponse>> ThreadsRpc::PostMessage(Call& call,
                                                              const v1::PostMessageRequest& request) {
  const Asker asker = desk_.For(call, request);
  const NewMessage message = FromProto(request);
  CO_TRY(const Acted acted, co_await requests::PostMessage(desk_.shop(), asker, message));
  v1::PostMessageResponse response;
  response.set_id(FormatUuid(acted.id));
  response.set_version(acted.version);
  co_return response;
}

Task<Result<v1::GetMessageDraftResponse>> ThreadsRpc::GetMessageDraft(
    Call& call, const v1::GetMessageDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const HalfWritten kept,
         co_await ReadHalfWritten(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::GetMessageDraftResponse response;
  if (kept.text.empty()) co_return response;
  response.set_text(kept.text);
  response.set_visibility(static_cast<v1::Visibility>(kept.lane));
  SetTime(kept.updated_at, *response.mutable_updated_at());
  SetTime(kept.erase_at, *response.mutable_erased_at());
  response.set_newer_messages(kept.newer);
  co_return response;
}

Task<Result<v1::PutMessageDraftResponse>> ThreadsRpc::PutMessageDraft(
    Call& call, const v1::PutMessageDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Lane lane = request.visibility() == v1::VISIBILITY_INSTRUCTORS ? Lane::kInstructors : Lane::kAll;
  CO_TRY(const HalfWritten kept,
         co_await KeepHalfWritten(desk_.shop(), asker, IdOf<RequestId>(request.request_id()), request.text(),
                                  lane));
  v1::PutMessageDraftResponse response;
  SetTime(kept.updated_at, *response.mutable_updated_at());
  response.set_newer_messages(kept.newer);
  co_return response;
}

void DraftsRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Drafts.CreateDraft", &DraftsRpc::CreateDraft);
  server.Add(*this, "aplus.requests.v1.Drafts.ListDrafts", &DraftsRpc::ListDrafts);
  server.Add(*this, "aplus.requests.v1.Drafts.GetDraft", &DraftsRpc::GetDraft);
  server.Add(*this, "aplus.requests.v1.Drafts.PutDraft", &DraftsRpc::PutDraft);
  server.Add(*this, "aplus.requests.v1.Drafts.DeleteDraft", &DraftsRpc::DeleteDraft);
}

Task<Result<v1::CreateDraftResponse>> DraftsRpc::CreateDraft(Call& call,
                                                             const v1::CreateDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const Acted acted,
         co_await requests::CreateDraft(desk_.shop(), asker, OptionalId<GroupId>(request.group_id())));
  v1::CreateDraftResponse response;
  response.set_id(FormatUuid(acted.id));
  SetTime(desk_.shop().clock.Now() + desk_.shop().rules.draft_lifetime, *response.mutable_erased_at());
  co_return response;
}

Task<Result<v1::ListDraftsResponse>> DraftsRpc::ListDrafts(Call& call, const v1::ListDraftsRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const auto drafts, co_await requests::ListDrafts(desk_.shop(), asker));
  v1::ListDraftsResponse response;
  for (const ReadDraft& draft : drafts) {
    CO_TRY(const v1::Draft body, threads_rpc::ParseDraft(draft.body));
    auto& entry = *response.add_drafts();
    entry.set_id(draft.row.id.ToString());
    entry.set_subject(body.subject());
    SetTime(draft.row.updated_at, *entry.mutable_updated_at());
    SetTime(draft.row.erase_at, *entry.mutable_erased_at());
  }
  co_return response;
}

Task<Result<v1::GetDraftResponse>> DraftsRpc::GetDraft(Call& call, const v1::GetDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const ReadDraft draft,
         co_await requests::GetDraft(desk_.shop(), asker, IdOf<RequestId>(request.draft_id())));
  v1::GetDraftResponse response;
  response.set_id(draft.row.id.ToString());
  CO_TRY(*response.mutable_draft(), threads_rpc::ParseDraft(draft.body));
  if (response.draft().group_id().empty() && draft.row.group) {
    response.mutable_draft()->set_group_id(draft.row.group->ToString());
  }
  for (const FileRow& file : draft.files) {
    std::string name;
    for (const auto& [id, opened] : draft.names) {
      if (id == file.id) name = opened;
    }
    ToProto(file, name, *response.add_files());
  }
  SetTime(draft.row.updated_at, *response.mutable_updated_at());
  SetTime(draft.row.erase_at, *response.mutable_erased_at());
  co_return response;
}

Task<Result<v1::PutDraftResponse>> DraftsRpc::PutDraft(Call& call, const v1::PutDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const Time at, co_await requests::PutDraft(desk_.shop(), asker, IdOf<RequestId>(request.draft_id()),
                                                    request.draft().SerializeAsString()));
  v1::PutDraftResponse response;
  SetTime(at, *response.mutable_updated_at());
  co_return response;
}

Task<Result<v1::DeleteDraftResponse>> DraftsRpc::DeleteDraft(Call& call,
                                                             const v1::DeleteDraftRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY_VOID(co_await requests::DeleteDraft(desk_.shop(), asker, IdOf<RequestId>(request.draft_id())));
  co_return v1::DeleteDraftResponse();
}

void StandingRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Standing.GetStanding", &StandingRpc::GetStanding);
}

Task<Result<v1::GetStandingResponse>> StandingRpc::GetStanding(Call& call,
                                                               const v1::GetStandingRequest& request) {
  CO_TRY_VOID(threads_rpc::NeedsPerson(call));
  const Asker asker = desk_.For(call, request);
  CO_TRY(const Case on, co_await LookAt(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::GetStandingResponse response;
  response.set_instructor_side(on.lane == Lane::kInstructors);
  for (const GroupId& group : on.facts.instructor_groups) response.add_my_group_ids(group.ToString());
  for (const AddressedRow& group : on.groups) response.add_group_ids(group.group.ToString());
  for (const UserId& user : on.Of(ParticipantKind::kCreator)) response.add_helper_user_ids(user.ToString());
  for (const UserId& user : on.Of(ParticipantKind::kHelper)) response.add_helper_user_ids(user.ToString());
  for (const UserId& user : on.Of(ParticipantKind::kExpert)) response.add_expert_user_ids(user.ToString());
  co_return response;
}

void FileAccessRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.FileAccess.RegisterFile", &FileAccessRpc::RegisterFile);
  server.Add(*this, "aplus.requests.v1.FileAccess.AuthorizeFile", &FileAccessRpc::AuthorizeFile);
  server.Add(*this, "aplus.requests.v1.FileAccess.RecordFileState", &FileAccessRpc::RecordFileState);
}

Task<Result<v1::RegisterFileResponse>> FileAccessRpc::RegisterFile(Call& call,
                                                                   const v1::RegisterFileRequest& request) {
  CO_TRY_VOID(threads_rpc::NeedsPerson(call));
  const Asker asker = desk_.For(call, request);
  const NewFile file{.id = IdOf<FileId>(request.file_id()),
                     .request = IdOf<RequestId>(request.request_id()),
                     .name = request.name(),
                     .type = request.type()};
  CO_TRY(const Time until, co_await requests::RegisterFile(desk_.shop(), asker, file));
  v1::RegisterFileResponse response;
  SetTime(until, *response.mutable_readable_until());
  co_return response;
}

Task<Result<v1::AuthorizeFileResponse>> FileAccessRpc::AuthorizeFile(
    Call& call, const v1::AuthorizeFileRequest& request) {
  CO_TRY_VOID(threads_rpc::NeedsPerson(call));
  const Asker asker = desk_.For(call, request);
  const FileAct act =
      request.operation() == v1::FILE_OPERATION_DELETE ? FileAct::kDelete : FileAct::kDownload;
  CO_TRY(const AllowedFile file,
         co_await requests::AuthorizeFile(desk_.shop(), asker, IdOf<FileId>(request.file_id()), act));
  v1::AuthorizeFileResponse response;
  response.set_request_id(file.request.ToString());
  response.set_name(file.name);
  response.set_type(file.type);
  response.set_size(file.size);
  co_return response;
}

Task<Result<v1::RecordFileStateResponse>> FileAccessRpc::RecordFileState(
    Call& call, const v1::RecordFileStateRequest& request) {
  const FileNews news{.id = IdOf<FileId>(request.file_id()),
                      .state = static_cast<FileState>(request.state()),
                      .size = request.size(),
                      .type = request.type()};
  CO_TRY_VOID(co_await requests::RecordFileState(desk_.shop(), desk_.ForService(call), news));
  co_return v1::RecordFileStateResponse();
}

}  // namespace aplus::requests
