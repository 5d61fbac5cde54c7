#include "services/files/domain/contents/zip_directory.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <array>

namespace aplus::files {
namespace zip_directory {

constexpr std::size_t kEndRecord = 22, kHead = 46, kMostName = 512;

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Nothing that leads out of the folder it is unpacked in, on any system.
bool IsSafePath(std::string_view name) {
  if (name.empty() || name.front() == '/') return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':') return false;
  }
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    if (rest.substr(0, slash) == "..") return false;
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  return true;
}

constexpr std::array<std::string_view, 37> kArchives{
    "zip",  "7z",   "rar",  "gz",   "tgz", "bz2", "xz",   "tar",  "zst",  "lz",   "lzh",  "arj",  "cab",
    "iso",  "ace",  "jar",  "war",  "apk", "xpi", "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx",
    "xlsb", "pptx", "pptm", "ppsx", "odt", "ods", "odp",  "odg",  "epub", "msg",  "eml"};
constexpr std::array<std::string_view, 18> kPrograms{"exe", "dll", "scr", "bat", "cmd", "com",
                                                     "pif", "cpl", "vbs", "vbe", "js",  "jse",
                                                     "wsf", "hta", "msi", "ps1", "lnk", "class"};

template <std::size_t n>
bool IsAmong(std::string_view extension, const std::array<std::string_view, n>& list) {
  return std::ranges::find(list, extension) != list.end();
}

Flaw JudgeName(const std::string& lower) {
  if (lower.find("vbaproject") != std::string::npos || lower.find("vbadata") != std::string::npos)
    return Flaw::kMacro;
  // OpenDocument: an empty library has lists only; scripts of other languages lie in Scripts.
  const bool list = lower.ends_with("/script-lc.xml") || lower.ends_with("/script-lb.xml") ||
                    lower.ends_with("/dialog-lc.xml") || lower.ends_with("/dialog-lb.xml");
  const bool folder = lower.ends_with('/');
  if (lower.starts_with("basic/") && !list && !folder) return Flaw::kMacro;
  if (lower.starts_with("scripts/") && !folder) return Flaw::kMacro;
  const std::size_t dot = lower.rfind('.');
  if (dot == std::string::npos) return Flaw::kNone;
  const std::string_view extension = std::string_view(lower).substr(dot + 1);
  if (IsAmong(extension, kArchives)) return Flaw::kArchive;
  return IsAmong(extension, kPrograms) ? Flaw::kProgram : Flaw::kNone;
}

PartKind KindOf(std::string_view name, const std::string& lower) {
  if (name.ends_with('/')) return PartKind::kFolder;
  if (name == "[Content_Types].xml") return PartKind::kContentTypes;
  if (name == "META-INF/manifest.xml") return PartKind::kManifest;
  if (name == "mimetype") return PartKind::kMimeType;
  return lower.ends_with(".xml") || lower.ends_with(".rels") ? PartKind::kXml : PartKind::kOther;
}

}  // namespace zip_directory

std::uint64_t HashZipName(std::string_view name) { return absl::HashOf(name); }

Flaw ZipDirectory::FindEnd(const Ends& ends) {
  using zip_directory::kEndRecord;
  if (!AsText(ends.head).starts_with(std::string_view("PK\x03\x04", 4))) return Flaw::kOtherType;
  // From behind: the record whose comment ends with the file.
  BytesView record;
  for (std::size_t at = ends.tail.size() < kEndRecord ? 0 : ends.tail.size() - kEndRecord + 1; at-- > 0;) {
    if (AsText(ends.tail.subspan(at, 4)) != std::string_view("PK\x05\x06", 4)) continue;
    if (at + kEndRecord + Little16(ends.tail, at + 20) != ends.tail.size()) continue;
    record = ends.tail.subspan(at);
    break;
  }
  if (record.empty()) return Flaw::kDamaged;
  const std::uint64_t record_at = ends.size - record.size();
  announced_ = Little16(record, 10);
  // One disk. 65 535 means "see the zip64 record": no document of ten megabytes needs one.
  if (announced_ > kMostEntries) return Flaw::kBomb;
  if (Little16(record, 4) != 0 || Little16(record, 6) != 0 || Little16(record, 8) != announced_)
    return Flaw::kDamaged;
  extent_ = {Little32(record, 16), Little32(record, 12)};
  if (announced_ == 0 || extent_.length == 0) return Flaw::kDamaged;
  if (extent_.offset + extent_.length != record_at) return Flaw::kHiddenData;
  entries_.reserve(announced_);
  pieces_.Next(0, zip_directory::kHead);
  return Flaw::kNone;
}

Flaw ZipDirectory::Feed(BytesView piece) {
  const Flaw flaw = pieces_.Feed(
      piece, [this](BytesView whole) { return at_name_ ? OnName(AsText(whole)) : OnHead(whole); });
  if (flaw != Flaw::kNone) return flaw;
  return piece.empty() ? Flaw::kNone : Flaw::kDamaged;
}

Flaw ZipDirectory::OnHead(BytesView head) {
  constexpr std::uint16_t kEncryptedFlags = 0x0041, kStored = 0, kDeflated = 8;
  constexpr std::uint32_t kUnixSymlink = 0xa000, kZip64 = 0xffff'ffff;
  if (AsText(head.first(4)) != std::string_view("PK\x01\x02", 4)) return Flaw::kDamaged;
  if (entries_.size() == announced_) return Flaw::kDamaged;
  ZipEntry entry;
  const std::uint16_t method = Little16(head, 10);
  entry.checksum = Little32(head, 16);
  entry.compressed = Little32(head, 20);
  entry.size = Little32(head, 24);
  entry.name_length = Little16(head, 28);
  entry.offset = Little32(head, 42);
  entry.deflated = method == kDeflated;
  if ((Little16(head, 8) & kEncryptedFlags) != 0) return Flaw::kEncrypted;
  if (method != kStored && method != kDeflated) return Flaw::kDamaged;
  if (entry.size == kZip64 || entry.compressed == kZip64 || entry.offset == kZip64) return Flaw::kBomb;
  if (method == kStored && entry.size != entry.compressed) return Flaw::kDamaged;
  // The upper half of the external attributes is a Unix mode, whatever system claims to have written it.
  if ((Little16(head, 40) & 0xf000) == kUnixSymlink) return Flaw::kPath;
  if (entry.name_length == 0 || entry.name_length > zip_directory::kMostName) return Flaw::kPath;
  skip_after_name_ = std::uint32_t{Little16(head, 30)} + Little16(head, 32);
  entries_.push_back(entry);
  at_name_ = true;
  pieces_.Next(0, entry.name_length);
  return Flaw::kNone;
}

Flaw ZipDirectory::OnName(std::string_view name) {
  ZipEntry& entry = entries_.back();
  const std::string lower = zip_directory::LowerAscii(name);
  if (!zip_directory::IsSafePath(name)) return Flaw::kPath;
  // Two entries of one name: readers would disagree on which counts.
  if (!names_.insert(HashZipName(lower)).second) return Flaw::kHiddenData;
  if (const Flaw flaw = zip_directory::JudgeName(lower); flaw != Flaw::kNone) return flaw;
  entry.name_hash = HashZipName(name);
  entry.kind = zip_directory::KindOf(name, lower);
  if (entry.kind == PartKind::kFolder && entry.size != 0) return Flaw::kHiddenData;
  at_name_ = false;
  if (entries_.size() == announced_) {
    pieces_.SkipAndStop(skip_after_name_);
  } else {
    pieces_.Next(skip_after_name_, zip_directory::kHead);
  }
  return Flaw::kNone;
}

Flaw ZipDirectory::Check() {
  if (!pieces_.stopped() || entries_.size() != announced_) return Flaw::kDamaged;
  std::ranges::sort(entries_, {}, &ZipEntry::offset);
  // Small things may compress well; only what is large in itself can hurt.
  constexpr std::uint64_t kSmall = 1024 * 1024;
  const auto too_dense = [](std::uint64_t size, std::uint64_t compressed) {
    return size > kSmall && size / kMostRatio > compressed;
  };
  std::uint64_t unpacked = 0, compressed = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const ZipEntry& entry = entries_[i];
    unpacked += entry.size;
    compressed += entry.compressed;
    if (too_dense(entry.size, entry.compressed)) return Flaw::kBomb;
    // Entries lie one after the other from the beginning: none shares another's data, nothing hides between.
    const std::uint64_t next = i + 1 < entries_.size() ? entries_[i + 1].offset : extent_.offset;
    const std::uint64_t least =
        std::uint64_t{entry.offset} + kLocalHeader + entry.name_length + entry.compressed;
    if (least > next) return Flaw::kBomb;
  }
  if (unpacked > kMostUnpacked || too_dense(unpacked, compressed)) return Flaw::kBomb;
  return entries_.front().offset == 0 ? Flaw::kNone : Flaw::kHiddenData;
}

}  // namespace aplus::files
