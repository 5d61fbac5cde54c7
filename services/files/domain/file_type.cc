#include "services/files/domain/file_type.h"

#include <array>
#include <cstddef>
#include <utility>

namespace aplus::files {
namespace file_type {

constexpr std::array<FileTypeRow, static_cast<std::size_t>(FileType::kCount_)> kRows{{
    {FileType::kPdf, "application/pdf", true},
    {FileType::kJpeg, "image/jpeg", true},
    {FileType::kPng, "image/png", true},
    {FileType::kGif, "image/gif", true},
    {FileType::kWebp, "image/webp", true},
    {FileType::kBmp, "image/bmp", true},
    // Most browsers do not show it.
    {FileType::kTiff, "image/tiff", false},
    {FileType::kDoc, "application/msword", false},
    {FileType::kDocx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false},
    {FileType::kXls, "application/vnd.ms-excel", false},
    {FileType::kXlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false},
    {FileType::kOdt, "application/vnd.oasis.opendocument.text", false},
    {FileType::kOds, "application/vnd.oasis.opendocument.spreadsheet", false},
    {FileType::kText, "text/plain", false},
    {FileType::kCsv, "text/csv", false},
}};

constexpr std::pair<std::string_view, FileType> kExtensions[]{
    {"pdf", FileType::kPdf},   {"jpg", FileType::kJpeg},  {"jpeg", FileType::kJpeg}, {"png", FileType::kPng},
    {"gif", FileType::kGif},   {"webp", FileType::kWebp}, {"bmp", FileType::kBmp},   {"tif", FileType::kTiff},
    {"tiff", FileType::kTiff}, {"doc", FileType::kDoc},   {"docx", FileType::kDocx}, {"xls", FileType::kXls},
    {"xlsx", FileType::kXlsx}, {"odt", FileType::kOdt},   {"ods", FileType::kOds},   {"txt", FileType::kText},
    {"csv", FileType::kCsv},
};

constexpr bool RowsAreInOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].type) != i) return false;
  }
  return true;
}
static_assert(RowsAreInOrder());

}  // namespace file_type

const FileTypeRow& Describe(FileType type) { return file_type::kRows.at(static_cast<std::size_t>(type)); }

const FileTypeRow* FindByExtension(std::string_view extension) {
  for (const auto& [known, type] : file_type::kExtensions) {
    if (known == extension) return &Describe(type);
  }
  return nullptr;
}

const FileTypeRow* FindByMediaType(std::string_view media_type) {
  for (const FileTypeRow& row : file_type::kRows) {
    if (row.media_type == media_type) return &row;
  }
  return nullptr;
}

}  // namespace aplus::files
