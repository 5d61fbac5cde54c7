#include "services/files/rpc/file_access.h"

#include "aplus/requests/v1/internal.pb.h"
#include "libs/rpc/client.h"
#include "services/files/rpc/convert.h"

namespace aplus::files {
namespace file_access {

namespace v1 = ::aplus::requests::v1;

constexpr std::string_view kRegister = "aplus.requests.v1.FileAccess.RegisterFile";
constexpr std::string_view kAuthorize = "aplus.requests.v1.FileAccess.AuthorizeFile";
constexpr std::string_view kRecord = "aplus.requests.v1.FileAccess.RecordFileState";

v1::AuthorizeFileRequest Ask(FileId file, v1::FileOperation operation) {
  v1::AuthorizeFileRequest request;
  request.set_file_id(file.ToString());
  request.set_operation(operation);
  return request;
}

}  // namespace file_access

Task<Result<void>> FileAccess::Register(const Call& call, FileId file, RequestId request, std::string name,
                                        std::string type) {
  file_access::v1::RegisterFileRequest message;
  message.set_file_id(file.ToString());
  message.set_request_id(request.ToString());
  message.set_name(std::move(name));
  message.set_type(std::move(type));
  CO_TRY_VOID(co_await requests_.Call<file_access::v1::RegisterFileResponse>(file_access::kRegister, message,
                                                                             CallOptions::For(call)));
  co_return Result<void>();
}

Task<Result<FileAccess::Allowed>> FileAccess::AuthorizeDownload(const Call& call, FileId file) {
  const auto message = file_access::Ask(file, file_access::v1::FILE_OPERATION_DOWNLOAD);
  CO_TRY(auto answer, co_await requests_.Call<file_access::v1::AuthorizeFileResponse>(
                          file_access::kAuthorize, message, CallOptions::For(call)));
  co_return Allowed{std::move(*answer.mutable_name())};
}

Task<Result<void>> FileAccess::AuthorizeDelete(const Call& call, FileId file) {
  const auto message = file_access::Ask(file, file_access::v1::FILE_OPERATION_DELETE);
  CO_TRY_VOID(co_await requests_.Call<file_access::v1::AuthorizeFileResponse>(
      file_access::kAuthorize, message, CallOptions::For(call)));
  co_return Result<void>();
}

Task<Result<void>> FileAccess::Record(FileId file, FileState state, std::int64_t size, std::string type,
                                      Duration limit) {
  file_access::v1::RecordFileStateRequest message;
  message.set_file_id(file.ToString());
  message.set_state(ToProto(state));
  message.set_size(size);
  message.set_type(std::move(type));
  const auto answer = co_await requests_.Call<file_access::v1::RecordFileStateResponse>(
      file_access::kRecord, message, CallOptions::Within(limit));
  if (!answer && answer.error().reason != Reason::kNotFound) co_return Fail(answer.error());
  co_return Result<void>();
}

}  // namespace aplus::files
