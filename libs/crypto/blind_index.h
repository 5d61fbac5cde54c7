// Search over sealed text (P32, SECURITY 2.6): each word becomes a 64-bit HMAC under a search key; the
// database holds and intersects numbers. Who may read stands among them, so that rights are part of the same
// intersection. The key has a version because it is replaced every 30 days: rows carry the version, and while
// a re-index runs a search asks both.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/result.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/keyring.h"

namespace aplus {

// As PostgreSQL's bigint keeps it.
using SearchToken = std::int64_t;
// Sorted, each once.
using SearchTokens = std::vector<SearchToken>;

// Not thread-safe. Text that is not UTF-8 is refused with kInvalidArgument. Words are folded
// (libs/base/text.h); words of one character are left out.
class BlindIndex {
 public:
  BlindIndex(Keyring::Version version, const Key& key) : version_(version), hmac_(key) {}

  Keyring::Version version() const { return version_; }

  // Whole words: for messages and descriptions.
  Result<SearchTokens> Words(std::string_view text);
  // Words and their beginnings of 3 to 24 characters: for citizen names and the subject only, since each
  // costs a token per letter and shows more to who holds the table.
  Result<SearchTokens> WordsAndPrefixes(std::string_view text);
  // What a search asks for: all of these. A word finds itself, and the names and subjects that begin with it.
  // Empty when nothing worth searching was typed.
  Result<SearchTokens> Query(std::string_view typed) { return Words(typed); }

  // Who may read the row.
  SearchToken Principal(GroupId group);
  SearchToken Principal(UserId user);

 private:
  SearchToken Token(char domain, BytesView what);

  Keyring::Version version_;
  HmacSha256 hmac_;
};

// Both lists in one, sorted, each token once.
SearchTokens Union(const SearchTokens& a, const SearchTokens& b);

}  // namespace aplus
