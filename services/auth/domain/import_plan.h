// What a table of people says (P4), row by row, and what would become of each row. No I/O: which accounts
// exist is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/id.h"
#include "services/auth/domain/membership_rules.h"

namespace aplus::auth {

// Stored as a number; as in imports.proto.
enum class RowOutcome : std::int16_t {
  kNone,
  kCreate,
  kAdd,
  kMember,
  kDuplicate,
  kInvalid,
  kDeactivated,
  kRefused,
  kCreated,
  kAdded,
  kUndone,
  kKept,
};

struct ImportRow {
  int line = 0;
  std::string email, email_key, first_name, last_name, function, phone;
  bool shared = false;
  std::uint8_t roles = 0;          // MembershipRole bits
  std::vector<std::string> wrong;  // columns whose value is not valid: "email", "last_name" …
  RowOutcome outcome = RowOutcome::kNone;
  UserId user;  // the account that exists; nil: none
};

enum class TableFault : std::uint8_t { kNone, kQuote, kHeadings, kEmpty, kTooLong };

struct ImportTable {
  TableFault fault = TableFault::kNone;
  std::vector<ImportRow> rows;
};

// How addresses and phone numbers are checked: as everywhere else (libs/rpc/formats.h), which this layer does
// not know.
struct TextChecks {
  bool (*email)(std::string_view);
  bool (*phone)(std::string_view);
};

// Reads headings and rows, checks each value. Headings are known in several spellings, without case and
// accents; address and last name must be there. Rows that hold a wrong value are kInvalid, those whose
// address came before kDuplicate, the others kNone yet.
ImportTable ReadPeopleTable(std::string_view csv, std::size_t most_rows, const TextChecks& checks);

// An account that has the address of a row.
struct KnownAccount {
  UserId id;
  bool active = false;
  bool member = false;  // of the group
  JoinFacts join;
};

// What becomes of a row whose values are valid; nullptr: the address has no account.
RowOutcome OutcomeOf(const KnownAccount* known);

}  // namespace aplus::auth
