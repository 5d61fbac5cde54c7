#include "services/auth/acts/searching_trail.h"

namespace aplus::auth {
namespace searching_trail {

constexpr std::string_view kObject = "audit";

Task<Result<bool>> NoteIn(Transaction& tx, const Office& office, const Asker& asker, UuidBytes object) {
  CO_TRY_VOID(Allow(asker, Operation::kA14, false));
  office.trail.Record(tx, asker.LineOn(kObject, object));
  co_return true;
}

}  // namespace searching_trail

Task<Result<void>> NoteTrailSearch(const Office& office, const Asker& asker,
                                   std::optional<UuidBytes> object) {
  const UuidBytes id = object.value_or(UuidBytes{});
  auto note = [&](Transaction& tx) { return searching_trail::NoteIn(tx, office, asker, id); };
  CO_TRY_VOID(co_await RunAct<bool>(office, asker, {searching_trail::kObject, id}, note));
  co_return Result<void>{};
}

}  // namespace aplus::auth
