// aplus.files.v1.Files: streams ⇄ acts.
#pragma once

#include "aplus/api/v1/transfer.pb.h"
#include "aplus/files/v1/files.pb.h"
#include "libs/rpc/call.h"
#include "libs/rpc/server.h"
#include "libs/rpc/stream.h"
#include "services/files/acts/workshop.h"

namespace aplus::files {

class Reception;

class FilesRpc {
 public:
  // `shop` outlives this, and this the server's calls.
  explicit FilesRpc(const Workshop& shop) : shop_(shop) {}
  void Register(Server& server);

  Task<Result<v1::UploadResponse>> Upload(Call& call, ClientStream<v1::UploadRequest>& in);
  Task<Result<void>> Download(Call& call, const v1::DownloadRequest& request,
                              ServerStream<api::v1::DownloadChunk>& out);
  Task<Result<v1::DeleteFileResponse>> DeleteFile(Call& call, const v1::DeleteFileRequest& request);

 private:
  const Workshop& shop_;
};

}  // namespace aplus::files
