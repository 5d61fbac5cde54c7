// Why contents are refused: one row each, so that the uploader reads what to do about it.
#pragma once

#include <cstdint>
#include <string_view>

#include "libs/base/reason.h"

namespace aplus::files {

enum class Flaw : std::uint8_t {
  kNone,
  kOtherType,   // not what the extension says
  kDamaged,     // cut short, or its parts contradict each other
  kHiddenData,  // something else hides before, behind or inside it
  kMarkup,      // reads as a web page or script
  kMacro,
  kProgram,    // an embedded program or package
  kArchive,    // an archive or document within the document
  kBomb,       // far larger unpacked than it may be, or more entries
  kPath,       // an entry whose name leads elsewhere
  kEntity,     // XML that fetches or multiplies
  kEncrypted,  // nobody could check it
  kPixels,     // more than 50 megapixels
  kInfected,   // the scanner's verdict (P62)
  kCount_,
};

struct FlawRow {
  Flaw flaw;
  Reason reason;
  std::string_view code;    // for metrics, logs and tests
  std::string_view detail;  // French, for the uploader
};

const FlawRow& Describe(Flaw flaw);

}  // namespace aplus::files
