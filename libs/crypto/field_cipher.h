// One field of one row, sealed under the request's key: what makes a dump of the database unreadable (P26,
// SECURITY 2.6). The place is authenticated, so that a value moved to another column, row or version does not
// open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/crypto/key.h"

namespace aplus {

// Associated data `<table>:<column>:<row id>:<version>`. Table and column are names in our SQL, the id a
// UUID; the version is the row's own, the one that the value is stored with.
struct FieldPlace {
  std::string_view table;
  std::string_view column;
  std::string row_id;
  std::int64_t version = 1;
};

// Holds the field key, HKDF(RK, "fields"). Thread-safe.
class FieldCipher {
 public:
  explicit FieldCipher(const Key& request_key);

  Bytes Seal(Random& random, const FieldPlace& place, std::string_view plaintext) const;
  // kInternal when the value is not what was sealed at this place under this request's key.
  Result<std::string> Open(const FieldPlace& place, BytesView sealed) const;

 private:
  Key field_key_;
};

}  // namespace aplus
