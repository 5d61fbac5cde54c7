// The types that are accepted (P60), each by extension and by contents. What is not in this table is refused:
// no svg, html, xml, zip, eml, exe, js, however well it is made.
#pragma once

#include <cstdint>
#include <string_view>

namespace aplus::files {

enum class FileType : std::uint8_t {
  kPdf,
  kJpeg,
  kPng,
  kGif,
  kWebp,
  kBmp,
  kTiff,
  kDoc,
  kDocx,
  kXls,
  kXlsx,
  kOdt,
  kOds,
  kText,
  kCsv,
  kCount_,
};

struct FileTypeRow {
  FileType type;
  std::string_view media_type;  // what is stored, shown and served
  bool preview;                 // may be shown in a frame: images and PDF that browsers know (P61)
};

const FileTypeRow& Describe(FileType type);

// Both answer nullptr for what is not accepted. `extension` in lower case, without the dot.
const FileTypeRow* FindByExtension(std::string_view extension);
const FileTypeRow* FindByMediaType(std::string_view media_type);

}  // namespace aplus::files
