#include "services/files/domain/file_name.h"

#include <cstddef>

#include "libs/base/text.h"

namespace aplus::files {
namespace file_name {

constexpr std::string_view kForbidden = "/\\:*?\"<>|";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

std::string_view Trim(std::string_view text, std::string_view what) {
  const std::size_t first = text.find_first_not_of(what);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

// The front of UTF-8 text, at most so many characters.
std::string_view CutCharacters(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++at) {
    const bool continues = (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    if (!continues && characters++ == most) break;
  }
  return text.substr(0, at);
}

// CON, NUL, COM1 …: devices, whatever extension follows.
bool IsReserved(std::string_view stem) {
  const std::string name = LowerAscii(Trim(stem.substr(0, stem.find('.')), " "));
  for (const std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (name == device) return true;
  }
  return name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '0' &&
         name[3] <= '9';
}

// Longer than any extension we know of: a sentence with a full stop in it.
constexpr std::size_t kMaxExtension = 10;

std::string ExtensionOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot - 1 > kMaxExtension) return {};
  std::string extension = LowerAscii(name.substr(dot + 1));
  for (const char c : extension) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return {};
  }
  return extension;
}

}  // namespace file_name

std::optional<FileName> CleanFileName(std::string_view raw) {
  // Taken out before normalising: a letter and its accent that a colon kept apart must meet.
  std::string kept(raw);
  std::erase_if(kept, [](char c) { return file_name::kForbidden.find(c) != std::string_view::npos; });
  std::optional<std::string> line = NormaliseLine(kept);
  if (!line) return std::nullopt;
  kept = *std::move(line);
  // A leading dot hides the file, a trailing one is dropped by Windows. ".pdf" alone is an extension.
  const std::string_view trimmed = file_name::Trim(kept, ". ");
  if (trimmed.empty()) return std::nullopt;

  FileName name{std::string(trimmed), file_name::ExtensionOf(trimmed)};
  const bool only_extension = name.extension.empty() && kept.starts_with('.') &&
                              !file_name::ExtensionOf(kept).empty() && kept.rfind('.') == 0;
  if (only_extension) name = {"document." + name.text, file_name::LowerAscii(name.text)};
  if (file_name::IsReserved(name.text)) name.text.insert(0, 1, '_');

  const std::size_t tail = name.extension.empty() ? 0 : name.extension.size() + 1;
  const std::string_view stem = std::string_view(name.text).substr(0, name.text.size() - tail);
  const std::string_view cut =
      file_name::Trim(file_name::CutCharacters(stem, kMaxNameCharacters - tail), ". ");
  name.text = std::string(cut) + name.text.substr(name.text.size() - tail);
  // Where a sentence was cut may look like an extension, which the contents must then be.
  if (file_name::ExtensionOf(name.text) != name.extension) return CleanFileName(name.text);
  // What was cut off may have been all that could be seen.
  if (const auto seen = NormaliseLine(name.text); !seen || seen->empty()) return std::nullopt;
  return name;
}

}  // namespace aplus::files
