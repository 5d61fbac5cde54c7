// Files of every accepted type, made byte by byte, well formed unless asked otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/files/domain/contents/flaw.h"
#include "services/files/domain/file_type.h"

namespace aplus::files::made {

// Integers as they stand in files.
std::string Little(std::uint64_t value, int bytes);
std::string Big(std::uint64_t value, int bytes);

std::string Png(std::uint32_t width = 4, std::uint32_t height = 4, std::string_view comment = "");
std::string Jpeg(std::uint16_t width = 8, std::uint16_t height = 8, std::string_view comment = "");
std::string Gif(std::uint16_t width = 4, std::uint16_t height = 4);
std::string Webp(std::uint32_t width = 4, std::uint32_t height = 4);
std::string Bmp(std::int32_t width = 4, std::int32_t height = 4);
// One page per height given.
std::string Tiff(bool big_endian = false, std::uint32_t width = 4, std::vector<std::uint32_t> heights = {4});
std::string Pdf(std::string_view body = "");

struct Part {
  std::string name;
  std::string contents;
  bool deflated = true;
  std::uint32_t external = 0;  // attributes
  std::uint16_t flags = 0;
  std::string local_name = "";  // where it differs from the directory's
  std::int64_t claimed_size = -1;
};
std::string Zip(const std::vector<Part>& parts, std::string_view comment = "");
std::vector<Part> DocxParts();
std::vector<Part> XlsxParts();
std::vector<Part> OdtParts(std::string_view media_type = "application/vnd.oasis.opendocument.text");
std::string Docx(std::vector<Part> more = {});

// A compound file whose directory holds these names, in the order given.
std::string Compound(const std::vector<std::string>& names);

// As an upload is inspected: in pieces of that size (0: whole), then what is wanted again.
Flaw Inspect(FileType type, std::string_view contents, std::size_t piece = 65'536);

}  // namespace aplus::files::made
