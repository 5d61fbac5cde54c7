// Any bytes as Content-Disposition, file name and Range: what comes out keeps its promises.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "libs/base/text.h"
#include "services/files/domain/byte_range.h"
#include "services/files/domain/disposition.h"
#include "services/files/domain/file_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aplus;
  using namespace aplus::files;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto name = NameInDisposition(text); name && !IsValidUtf8(*name)) std::abort();
  if (const auto name = CleanFileName(text)) {
    if (*CountCharacters(name->text) > kMaxNameCharacters) std::abort();
    if (name->text.find_first_of("/\\:*?\"<>|\r\n") != std::string::npos) std::abort();
    if (CleanFileName(name->text)->text != name->text) std::abort();
    if (NameInDisposition(WriteDisposition(Disposition::kAttachment, name->text)) != name->text) std::abort();
  }
  const std::uint64_t length = 1 + (size > 0 ? data[0] : 0);
  const RangeAnswer range = ResolveRange(text, "", "\"tag\"", length);
  if (range.kind != RangeAnswer::Kind::kUnsatisfiable &&
      (range.length == 0 || range.offset + range.length > length)) {
    std::abort();
  }
  return 0;
}
