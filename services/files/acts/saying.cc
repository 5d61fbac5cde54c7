#include "services/files/acts/saying.h"

#include <utility>

#include "aplus/events/v1/files.pb.h"
#include "services/files/rpc/convert.h"

namespace aplus::files {

void SayState(Transaction& tx, const Workshop& shop, const FileRow& file, FileState state) {
  events::v1::FileStateChanged changed;
  changed.set_file_id(file.id.ToString());
  changed.set_request_id(file.request.ToString());
  changed.set_state(ToProto(state));
  changed.set_size(file.size);
  changed.set_type(file.type);
  EventAudience audience;
  audience.users.push_back(file.uploader);
  shop.events.Append(tx, DomainEvent::Of(changed, std::move(audience)));
}

}  // namespace aplus::files
