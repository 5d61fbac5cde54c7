#include "libs/crypto/blind_index.h"

#include <algorithm>
#include <iterator>

#include "libs/base/text.h"

namespace aplus {
namespace blind_index {

// First byte of what is hashed, so that a word can never be the token of a group.
constexpr char kWord = 'w';
constexpr char kGroup = 'g';
constexpr char kUser = 'u';

constexpr std::size_t kShortestWord = 2;  // characters
constexpr std::size_t kShortestPrefix = 3;
constexpr std::size_t kLongestPrefix = 24;

// Byte offsets after each character. The text is UTF-8: a character begins at every byte but 10xxxxxx.
std::vector<std::size_t> CharacterEnds(std::string_view word) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i <= word.size(); ++i) {
    if (i == word.size() || (static_cast<unsigned char>(word[i]) & 0xc0) != 0x80) ends.push_back(i);
  }
  return ends;
}

void SortUnique(SearchTokens& tokens) {
  std::ranges::sort(tokens);
  tokens.erase(std::ranges::unique(tokens).begin(), tokens.end());
}

Result<std::vector<std::string>> Split(std::string_view text) {
  auto words = FoldedWords(text);
  if (!words) return Fail(Reason::kInvalidArgument, "text to index is not UTF-8");
  std::erase_if(*words, [](const std::string& word) { return CharacterEnds(word).size() < kShortestWord; });
  return *std::move(words);
}

}  // namespace blind_index

SearchToken BlindIndex::Token(char domain, BytesView what) {
  Bytes message;
  message.reserve(1 + what.size());
  message.push_back(static_cast<std::uint8_t>(domain));
  message.insert(message.end(), what.begin(), what.end());
  const Sha256Digest mac = hmac_.Mac(message);
  // Big-endian, as PostgreSQL would read the same bytes.
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = (value << 8) | mac[i];
  return static_cast<SearchToken>(value);
}

Result<SearchTokens> BlindIndex::Words(std::string_view text) {
  TRY(const auto words, blind_index::Split(text));
  SearchTokens tokens;
  tokens.reserve(words.size());
  for (const std::string& word : words) tokens.push_back(Token(blind_index::kWord, AsBytes(word)));
  blind_index::SortUnique(tokens);
  return tokens;
}

Result<SearchTokens> BlindIndex::WordsAndPrefixes(std::string_view text) {
  TRY(const auto words, blind_index::Split(text));
  SearchTokens tokens;
  for (const std::string& word : words) {
    tokens.push_back(Token(blind_index::kWord, AsBytes(word)));
    const auto ends = blind_index::CharacterEnds(word);
    for (std::size_t length = blind_index::kShortestPrefix;
         length < ends.size() && length <= blind_index::kLongestPrefix; ++length) {
      tokens.push_back(
          Token(blind_index::kWord, AsBytes(std::string_view(word).substr(0, ends[length - 1]))));
    }
  }
  blind_index::SortUnique(tokens);
  return tokens;
}

SearchToken BlindIndex::Principal(GroupId group) { return Token(blind_index::kGroup, group.bytes); }
SearchToken BlindIndex::Principal(UserId user) { return Token(blind_index::kUser, user.bytes); }

SearchTokens Union(const SearchTokens& a, const SearchTokens& b) {
  SearchTokens both;
  both.reserve(a.size() + b.size());
  std::ranges::set_union(a, b, std::back_inserter(both));
  return both;
}

}  // namespace aplus
