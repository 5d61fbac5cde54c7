// Looks for phrases in bytes that stream by, and knows the ones that betray something else inside a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/bytes.h"

namespace aplus::files {

// Finds any of a few phrases, also across the borders of pieces. Compares bytes exactly.
class PhraseFinder {
 public:
  // The phrases are constants of the code, at least two bytes each.
  explicit PhraseFinder(std::span<const std::string_view> phrases);

  // The index of a phrase that ends in this piece; npos: none. Goes on behind it with the next piece.
  std::size_t Feed(BytesView piece);
  void Reset() { carry_.clear(); }

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  std::size_t Search(std::string_view text) const;

  std::span<const std::string_view> phrases_;
  std::size_t longest_ = 0;
  std::string carry_;  // the end of what went by, one byte less than the longest phrase
};

// Whether the beginning of a file holds what makes browsers take it for a web page, wherever it stands there.
bool HoldsMarkup(BytesView head);
// Whether text begins like a page, a script or a document of another type.
bool BeginsLikeMarkup(std::string_view text);
// Whether the bytes behind a magic number open a comment or string of JavaScript, so that the file would run
// when a page includes it as a script (GIF89a/*…). Only bytes before the first NUL matter: a NUL outside a
// comment or string ends any script.
bool OpensScript(BytesView after_magic);
// Whether a zip's end record lies here; tools find a zip by it whatever stands before.
bool HoldsZipEnd(BytesView tail);
// Whether the end record here claims that the file ends with it.
bool EndsAsZip(BytesView tail);

}  // namespace aplus::files
