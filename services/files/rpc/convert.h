// Domain ⇄ proto.
#pragma once

#include "aplus/requests/v1/types.pb.h"
#include "services/files/domain/state.h"

namespace aplus::files {

// Outside this service an upload that was broken off is one that was not accepted.
inline ::aplus::requests::v1::FileState ToProto(FileState state) {
  namespace v1 = ::aplus::requests::v1;
  switch (state) {
    case FileState::kReceiving:
      return v1::FILE_STATE_RECEIVING;
    case FileState::kScanning:
      return v1::FILE_STATE_SCANNING;
    case FileState::kAvailable:
      return v1::FILE_STATE_AVAILABLE;
    case FileState::kRejected:
    case FileState::kBrokenOff:
      return v1::FILE_STATE_REJECTED;
    case FileState::kErased:
      return v1::FILE_STATE_ERASED;
    case FileState::kNone:
      break;
  }
  return v1::FILE_STATE_UNSPECIFIED;
}

}  // namespace aplus::files
