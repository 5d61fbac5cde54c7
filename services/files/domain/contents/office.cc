#include "services/files/domain/contents/office.h"

#include <algorithm>
#include <array>

namespace aplus::files {
namespace office {

constexpr std::array<std::string_view, 1> kEntity{"<!ENTITY"};
constexpr std::array<std::string_view, 1> kDocumentType{"<!DOCTYPE"};
constexpr std::array<std::string_view, 3> kMacros{"macroEnabled", "vbaProject", "ms-office.vba"};
constexpr std::array<std::string_view, 1> kEncrypted{"encryption-data"};
constexpr std::array<std::string_view, 1> kWordMain{"wordprocessingml.document.main+xml"};
constexpr std::array<std::string_view, 1> kSheetMain{"spreadsheetml.sheet.main+xml"};

constexpr std::size_t kBeginning = 256;
constexpr std::size_t kMostMimeType = 100;

// Ways to begin that say what a part really is, whatever its name.
constexpr std::array<std::string_view, 6> kArchives{std::string_view("PK\x03\x04", 4),
                                                    std::string_view("PK\x05\x06", 4),
                                                    "Rar!\x1a\x07",
                                                    "7z\xbc\xaf\x27\x1c",
                                                    std::string_view("\xfd"
                                                                     "7zXZ\x00",
                                                                     6),
                                                    "BZh9"};

std::string_view Quoted(std::string_view text) {
  const std::size_t open = text.find_first_of("\"'");
  if (open == std::string_view::npos) return {};
  const std::size_t close = text.find(text[open], open + 1);
  return close == std::string_view::npos ? std::string_view() : text.substr(open + 1, close - open - 1);
}

bool IsPlainCode(std::string_view code) {
  std::string lower(code);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 7> kCodes{"utf-8",      "utf8",        "utf-16",      "us-ascii",
                                                   "iso-8859-1", "iso-8859-15", "windows-1252"};
  return std::ranges::find(kCodes, lower) != kCodes.end();
}

}  // namespace office

// ---- XML ----

XmlLook::XmlLook() : entity_(office::kEntity), document_type_(office::kDocumentType) {}

void XmlLook::Begin(bool document_type_allowed) {
  entity_.Reset();
  document_type_.Reset();
  document_type_allowed_ = document_type_allowed;
  decided_ = false;
  judged_ = false;
  first_.clear();
  beginning_.clear();
}

Flaw XmlLook::Feed(BytesView piece) {
  if (decided_) return Look(piece);
  // Half of the bytes of UTF-16 are zeros, and without them it reads as ASCII; the first two bytes tell.
  first_.insert(first_.end(), piece.begin(), piece.end());
  if (first_.size() < 2) return Flaw::kNone;
  Decide();
  return Look(first_);
}

void XmlLook::Decide() {
  const std::string_view text = AsText(first_);
  decided_ = true;
  skip_zeros_ = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
                text.substr(0, 2).find('\0') != std::string_view::npos;
}

Flaw XmlLook::Look(BytesView piece) {
  if (skip_zeros_) {
    without_zeros_.clear();
    std::ranges::copy_if(piece, std::back_inserter(without_zeros_),
                         [](std::uint8_t byte) { return byte != 0; });
    piece = without_zeros_;
  } else if (AsText(piece).find('\0') != std::string_view::npos) {
    return Flaw::kDamaged;
  }
  if (!judged_) {
    beginning_.append(AsText(piece).substr(0, office::kBeginning - beginning_.size()));
    if (beginning_.size() == office::kBeginning) {
      if (const Flaw flaw = JudgeBeginning(); flaw != Flaw::kNone) return flaw;
    }
  }
  if (entity_.Feed(piece) != PhraseFinder::npos) return Flaw::kEntity;
  const bool type_found = document_type_.Feed(piece) != PhraseFinder::npos;
  return type_found && !document_type_allowed_ ? Flaw::kEntity : Flaw::kNone;
}

Flaw XmlLook::JudgeBeginning() {
  judged_ = true;
  std::string_view text = beginning_;
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"}) {
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Flaw::kNone;  // an empty part
  if (text[first] != '<') return Flaw::kEntity;
  if (!text.substr(first).starts_with("<?xml")) return Flaw::kNone;
  const std::string_view declaration = text.substr(first, text.find("?>", first) - first);
  const std::size_t code = declaration.find("encoding");
  if (code == std::string_view::npos) return Flaw::kNone;
  // In UTF-7 and its like, "<" need not be written with a "<".
  return office::IsPlainCode(office::Quoted(declaration.substr(code))) ? Flaw::kNone : Flaw::kEntity;
}

Flaw XmlLook::End() {
  if (!decided_) {
    Decide();
    if (const Flaw flaw = Look(first_); flaw != Flaw::kNone) return flaw;
  }
  return judged_ ? Flaw::kNone : JudgeBeginning();
}

// ---- Parts ----

OfficeParts::OfficeParts(FileType type)
    : type_(type),
      macros_(office::kMacros),
      main_(type == FileType::kDocx ? office::kWordMain : office::kSheetMain),
      encrypted_(office::kEncrypted) {}

Flaw OfficeParts::Begin(const ZipEntry& entry, bool first) {
  kind_ = entry.kind;
  start_.clear();
  compound_ = {};
  xml_.Begin(kind_ == PartKind::kManifest);  // OpenOffice 2 and 3 named their DTD there
  if (kind_ == PartKind::kMimeType) mimetype_first_ = first && !entry.deflated;
  if (kind_ == PartKind::kContentTypes) types_seen_ = true;
  if (kind_ == PartKind::kManifest) manifest_seen_ = true;
  return Flaw::kNone;
}

Flaw OfficeParts::Feed(BytesView unpacked) {
  switch (kind_) {
    case PartKind::kFolder:
    case PartKind::kOther:
      return FeedOther(unpacked);
    case PartKind::kMimeType:
      start_.append(AsText(unpacked).substr(0, office::kMostMimeType - start_.size()));
      return Flaw::kNone;
    case PartKind::kContentTypes:
      if (macros_.Feed(unpacked) != PhraseFinder::npos) return Flaw::kMacro;
      if (main_.Feed(unpacked) != PhraseFinder::npos) main_seen_ = true;
      return xml_.Feed(unpacked);
    case PartKind::kManifest:
      if (encrypted_.Feed(unpacked) != PhraseFinder::npos) return Flaw::kEncrypted;
      return xml_.Feed(unpacked);
    case PartKind::kXml:
      return xml_.Feed(unpacked);
  }
  return Flaw::kDamaged;
}

Flaw OfficeParts::FeedOther(BytesView unpacked) {
  constexpr std::size_t kMagic = 8;
  if (start_.size() < kMagic) {
    start_.append(AsText(unpacked).substr(0, kMagic - start_.size()));
    for (const std::string_view magic : office::kArchives) {
      if (start_.starts_with(magic)) return Flaw::kArchive;
    }
    // MZ and a byte that no text has.
    if (start_.size() == kMagic && start_.starts_with("MZ") && start_.find('\0') != std::string::npos)
      return Flaw::kProgram;
  }
  // Embedded objects are compound files of their own.
  compound_.Feed(unpacked);
  return Flaw::kNone;
}

Flaw OfficeParts::End() {
  if (kind_ == PartKind::kXml || kind_ == PartKind::kContentTypes || kind_ == PartKind::kManifest)
    return xml_.End();
  if (start_.starts_with(CompoundNames::kMagic)) {
    if (compound_.macros) return Flaw::kMacro;
    if (compound_.package || compound_.encrypted) return Flaw::kProgram;
  }
  if (kind_ == PartKind::kMimeType && IsOpenDocument()) {
    main_seen_ = start_ == Describe(type_).media_type;
  }
  return Flaw::kNone;
}

Flaw OfficeParts::Judge() const {
  if (IsOpenDocument())
    return main_seen_ && mimetype_first_ && manifest_seen_ ? Flaw::kNone : Flaw::kOtherType;
  return types_seen_ && main_seen_ ? Flaw::kNone : Flaw::kOtherType;
}

// ---- The whole ----

std::optional<Extent> OfficeCheck::Wants() {
  switch (at_) {
    case At::kDirectory:
      left_ = directory_.extent().length;
      return directory_.extent();
    case At::kParts:
      reader_.Begin(directory_.entries(), directory_.extent().offset);
      left_ = directory_.extent().offset;
      return Extent{0, left_};
    case At::kDone:
      break;
  }
  return std::nullopt;
}

Flaw OfficeCheck::FeedWanted(BytesView piece) {
  const bool directory = at_ == At::kDirectory;
  Flaw flaw = directory ? directory_.Feed(piece) : reader_.Feed(piece);
  left_ -= piece.size();
  if (flaw != Flaw::kNone || left_ > 0) return flaw;
  at_ = directory ? At::kParts : At::kDone;
  if (directory) return directory_.Check();
  flaw = reader_.End();
  return flaw == Flaw::kNone ? parts_.Judge() : flaw;
}

}  // namespace aplus::files
