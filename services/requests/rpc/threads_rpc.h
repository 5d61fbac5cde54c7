// aplus.requests.v1.Threads, Drafts and FileAccess: proto in, proto out; acts/ does the work.
#pragma once

#include "aplus/requests/v1/drafts.pb.h"
#include "aplus/requests/v1/internal.pb.h"
#include "aplus/requests/v1/threads.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class ThreadsRpc {
 public:
  explicit ThreadsRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::ListMessagesResponse>> ListMessages(Call& call, const v1::ListMessagesRequest& request);
  Task<Result<v1::PostMessageResponse>> PostMessage(Call& call, const v1::PostMessageRequest& request);
  Task<Result<v1::GetMessageDraftResponse>> GetMessageDraft(Call& call,
                                                            const v1::GetMessageDraftRequest& request);
  Task<Result<v1::PutMessageDraftResponse>> PutMessageDraft(Call& call,
                                                            const v1::PutMessageDraftRequest& request);

 private:
  Desk& desk_;
};

class DraftsRpc {
 public:
  explicit DraftsRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::CreateDraftResponse>> CreateDraft(Call& call, const v1::CreateDraftRequest& request);
  Task<Result<v1::ListDraftsResponse>> ListDrafts(Call& call, const v1::ListDraftsRequest& request);
  Task<Result<v1::GetDraftResponse>> GetDraft(Call& call, const v1::GetDraftRequest& request);
  Task<Result<v1::PutDraftResponse>> PutDraft(Call& call, const v1::PutDraftRequest& request);
  Task<Result<v1::DeleteDraftResponse>> DeleteDraft(Call& call, const v1::DeleteDraftRequest& request);

 private:
  Desk& desk_;
};

// How a reader stands to a request, for other services (P28, P75).
class StandingRpc {
 public:
  explicit StandingRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::GetStandingResponse>> GetStanding(Call& call, const v1::GetStandingRequest& request);

 private:
  Desk& desk_;
};

// For the files service: the first two on a person's behalf, the third for itself.
class FileAccessRpc {
 public:
  explicit FileAccessRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::RegisterFileResponse>> RegisterFile(Call& call, const v1::RegisterFileRequest& request);
  Task<Result<v1::AuthorizeFileResponse>> AuthorizeFile(Call& call, const v1::AuthorizeFileRequest& request);
  Task<Result<v1::RecordFileStateResponse>> RecordFileState(Call& call,
                                                            const v1::RecordFileStateRequest& request);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
