#include "services/requests/acts/running.h"

namespace aplus::requests {
namespace running {

constexpr std::size_t kFixed = 1 + 8 + 16;

// Failures of the machinery say nothing about anybody's rights.
bool IsAboutRights(Reason reason) {
  switch (reason) {
    case Reason::kForbidden:
    case Reason::kNotFound:
    case Reason::kErased:
    case Reason::kImpossible:
    case Reason::kStale:
    case Reason::kSignerRequired:
    case Reason::kNotAddressable:
    case Reason::kNotEntitled:
    case Reason::kMandateIncomplete:
    case Reason::kStepUpRequired:
    case Reason::kFileNotReady:
      return true;
    default:
      return false;
  }
}

Task<Result<Affected>> WriteLine(Transaction& tx, AuditTrail& trail, const AuditEntry& line) {
  trail.Record(tx, line);
  co_return Affected{};
}

}  // namespace running

Bytes Serialise(const Acted& acted) {
  Bytes out;
  out.push_back(static_cast<std::uint8_t>(acted.state));
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(acted.version >> shift));
  out.insert(out.end(), acted.id.begin(), acted.id.end());
  out.insert(out.end(), acted.number.begin(), acted.number.end());
  return out;
}

Result<Acted> ParseActed(BytesView bytes) {
  if (bytes.size() < running::kFixed || bytes[0] < 1 || bytes[0] > 4) {
    return Fail(Reason::kInternal, "an idempotency record of another form");
  }
  Acted acted;
  acted.state = static_cast<State>(bytes[0]);
  for (std::size_t i = 1; i <= 8; ++i) acted.version = acted.version << 8 | bytes[i];
  std::copy_n(bytes.begin() + 9, 16, acted.id.begin());
  acted.number = AsText(bytes.subspan(running::kFixed));
  return acted;
}

Task<Error> NoteRefusal(const Workshop& shop, const Asker& asker, Subject subject, Error refusal) {
  if (!running::IsAboutRights(refusal.reason)) co_return refusal;
  AuditEntry line = asker.Refused(subject.operation, subject.kind, subject.id, refusal.reason);
  line.signed_by = std::move(subject.signed_by);
  auto write = [&](Transaction& tx) { return running::WriteLine(tx, shop.trail, line); };
  Result<Affected> written = co_await shop.database.Transact(asker.Writing(), write);
  if (!written) co_return std::move(written).error();
  co_return refusal;
}

}  // namespace aplus::requests
