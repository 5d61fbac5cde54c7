// The one table of reasons for which aplus refuses something: code for programs, gRPC code, HTTP status and
// French title for people. Protos name reasons by code; start-up refuses a code that stands in no row.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aplus {

enum class Reason : std::uint8_t {
  // Of every call.
  kInvalidArgument,       // fields break their declared rules; violations say which
  kMalformed,             // not JSON, not the declared type, unknown or duplicate field
  kUnauthenticated,       // no session, or an ended one
  kTermsRequired,         // the current terms of use are not accepted (P7)
  kSecondFactorRequired,  // the session waits for the second factor, or for one to be set up (P13)
  kStepUpRequired,        // needs a fresh second factor
  kForbidden,             // the caller may see the object, yet not do this
  kNotFound,              // does not exist, or the caller may not know that it does
  kMethodNotAllowed,
  kUnsupportedMediaType,
  kCsrf,  // unsafe call without X-Aplus, or from another site
  kRateLimited,
  kTooLarge,
  kRequestTimeout,  // the client was slow with its request; kTimeout is ours
  kClientGone,      // the client left before its request was whole; nobody reads the answer
  kTimeout,
  kCancelled,
  kUnavailable,  // something we need is down; safe to try again
  kInternal,
  // Versions, states, repeats.
  kStale,        // If-Match names an older version (412)
  kImpossible,   // not possible in the present state (409)
  kErased,       // contents or file erased (410)
  kKeyRequired,  // Idempotency-Key missing
  kKeyReused,    // same key, other body (422)
  kKeyRunning,   // the first call with this key still runs (409, retry)
  kConflict,     // collides with something that exists
  // Login.
  kLinkUnknown,
  kLinkUsed,
  kLinkExpired,
  kCodeWrong,
  kWrongBrowser,     // right link, other browser; nothing consumed
  kProviderRefused,  // the identity provider, or what it said, does not confirm who this is (P12)
  // Requests.
  kSignerRequired,     // a shared account must name who acts (P3)
  kNotAddressable,     // group has no active instructor or does not serve the area (P5, P20)
  kNotEntitled,        // identifier that no addressed organisation may ask for (P22)
  kMandateIncomplete,  // P23
  // Files.
  kFileEmpty,
  kFileTooLarge,
  kFileType,      // type not allowed, or contents do not match it
  kFileUnsafe,    // macro, bomb, nested archive, infected
  kFileNotReady,  // verdict of the scan not there yet
  kTooManyFiles,
  kRangeNotSatisfiable,
  kCount_,
};

struct ReasonRow {
  Reason reason;
  std::string_view code;  // stable, snake_case; what programs compare
  int grpc_code;          // grpc::StatusCode as a number, so that base does not need gRPC
  int http_status;
  std::string_view title;  // French, one sentence, says what happened
};

// Never fails: every enumerator has its row (checked at compile time).
const ReasonRow& Describe(Reason reason);

// nullopt: no such code.
std::optional<Reason> ReasonFromCode(std::string_view code);

}  // namespace aplus
