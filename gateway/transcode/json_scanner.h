// The lexical half of reading JSON (RFC 8259), strict: knows characters, not messages. Strings without
// escapes come back as views into the text. Call order is the reader's business; every token skips the white
// space before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aplus::transcode {

enum class JsonFault : std::uint8_t {
  kNone,
  kSyntax,         // not JSON here
  kControl,        // control character inside a string
  kNullCharacter,  // U+0000, however written
  kSurrogate,      // half of a surrogate pair
};

class JsonScanner {
 public:
  // The text is valid UTF-8 (checked by the caller, once for the whole) and outlives the scanner.
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  // Next significant character, or '\0' at the end (a NUL in the text is no JSON token either).
  char Peek();
  // Takes the next significant character if it is this one.
  bool Take(char wanted);
  // Nothing but white space follows.
  bool AtEnd();

  // A string; `text` is valid until the next use of `scratch`. False: fault() says why.
  bool ReadString(std::string& scratch, std::string_view& text);
  // A number of the JSON grammar, as written.
  bool ReadNumber(std::string_view& token);
  // true, false or null.
  bool ReadWord(std::string_view word);

  JsonFault fault() const { return fault_; }

 private:
  bool Fault(JsonFault fault) {
    fault_ = fault;
    return false;
  }
  void SkipSpace();
  bool ReadEscaped(std::string& scratch);
  bool ReadEscape(std::string& scratch);
  bool ReadHex4(std::uint32_t& value);

  const char* at_;
  const char* end_;
  JsonFault fault_ = JsonFault::kNone;
};

}  // namespace aplus::transcode
