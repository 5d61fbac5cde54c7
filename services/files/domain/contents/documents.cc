#include "services/files/domain/contents/documents.h"

#include <algorithm>

#include "services/files/domain/contents/phrases.h"

namespace aplus::files {

// ---- PDF (ISO 32000) ----

Flaw PdfCheck::End(const Ends& ends) {
  // Readers accept the header within the first kilobyte; what may stand before it is where polyglots live.
  const std::string_view head = AsText(ends.head);
  if (!head.starts_with("%PDF-") || head.size() < 8) return Flaw::kOtherType;
  if ((head[5] != '1' && head[5] != '2') || head[6] != '.') return Flaw::kOtherType;
  std::string_view tail = AsText(ends.tail);
  constexpr std::size_t kEndMarkWithin = 1'024;
  if (tail.size() > kEndMarkWithin) tail.remove_prefix(tail.size() - kEndMarkWithin);
  return tail.find("%%EOF") == std::string_view::npos ? Flaw::kDamaged : Flaw::kNone;
}

// ---- Text ----

Flaw TextCheck::Feed(BytesView piece) {
  if (code_ != Code::kUnknown) return Take(piece);
  const std::size_t taken = std::min<std::size_t>(3 - start_.size(), piece.size());
  start_.insert(start_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(taken));
  if (start_.size() < 3) return Flaw::kNone;
  const Flaw flaw = Start();
  return flaw == Flaw::kNone ? Take(piece.subspan(taken)) : flaw;
}

Flaw TextCheck::Start() {
  const std::string_view start = AsText(start_);
  code_ = start.starts_with("\xff\xfe")   ? Code::kLittle16
          : start.starts_with("\xfe\xff") ? Code::kBig16
                                          : Code::kEightBit;
  const std::size_t mark = code_ != Code::kEightBit ? 2 : start.starts_with("\xef\xbb\xbf") ? 3 : 0;
  return Take(BytesView(start_).subspan(mark));
}

Flaw TextCheck::End(const Ends&) {
  // A file of one or two bytes has not begun yet.
  const Flaw flaw = code_ == Code::kUnknown ? Start() : Flaw::kNone;
  if (flaw != Flaw::kNone) return flaw;
  if (half_ >= 0) return Flaw::kDamaged;
  return BeginsLikeMarkup(beginning_) ? Flaw::kMarkup : Flaw::kNone;
}

Flaw TextCheck::Take(BytesView piece) {
  for (const std::uint8_t byte : piece) {
    bool is_text = true;
    if (code_ == Code::kEightBit) {
      is_text = TakeUnit(byte);
    } else if (half_ < 0) {
      half_ = byte;
    } else {
      const auto first = static_cast<std::uint32_t>(half_);
      half_ = -1;
      is_text = TakeUnit(code_ == Code::kLittle16 ? first | std::uint32_t{byte} << 8 : first << 8 | byte);
    }
    if (!is_text) return Flaw::kOtherType;
  }
  return Flaw::kNone;
}

bool TextCheck::TakeUnit(std::uint32_t unit) {
  constexpr std::size_t kBeginning = 256;
  if (beginning_.size() < kBeginning) beginning_.push_back(unit < 0x80 ? static_cast<char>(unit) : '?');
  // Tab, line feed, vertical tab, form feed, carriage return; ESC and the rest stand in no text.
  if (unit < 0x20) return unit >= 0x09 && unit <= 0x0d;
  return unit != 0x7f && unit != 0xfffe && unit != 0xffff;
}

// ---- Compound files ----

namespace documents {

struct KnownEntry {
  std::string_view name;
  bool CompoundNames::* found;
};
constexpr std::array<KnownEntry, 11> kEntries{{
    {"worddocument", &CompoundNames::word},
    {"workbook", &CompoundNames::sheet},
    {"book", &CompoundNames::sheet},
    {"vba", &CompoundNames::macros},
    {"macros", &CompoundNames::macros},
    {"_vba_project", &CompoundNames::macros},
    {"_vba_project_cur", &CompoundNames::macros},
    {"\x01ole10native", &CompoundNames::package},
    {"package", &CompoundNames::package},
    {"encryptedpackage", &CompoundNames::encrypted},
    {"encryptioninfo", &CompoundNames::encrypted},
}};

}  // namespace documents

void CompoundNames::Feed(BytesView piece) {
  if (!rest_.empty()) {
    const std::size_t taken = std::min(kEntry - rest_.size(), piece.size());
    rest_.insert(rest_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(taken));
    piece = piece.subspan(taken);
    if (rest_.size() < kEntry) return;
    OnBlock(rest_);
    rest_.clear();
  }
  for (; piece.size() >= kEntry; piece = piece.subspan(kEntry)) OnBlock(piece.first(kEntry));
  rest_.assign(piece.begin(), piece.end());
}

void CompoundNames::OnBlock(BytesView block) {
  // Name in UTF-16 (64 bytes), its length with the end mark, the kind of entry (storage, stream, root),
  // colour.
  const std::uint16_t length = Little16(block, 64);
  const std::uint8_t kind = block[66];
  if (length < 4 || length > 64 || length % 2 != 0 || block[67] > 1) return;
  if (kind != 1 && kind != 2 && kind != 5) return;
  std::string name;
  for (std::size_t i = 0; i + 2 < length; i += 2) {
    if (block[i + 1] != 0) return;
    const char c = static_cast<char>(block[i]);
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  for (const documents::KnownEntry& known : documents::kEntries) {
    if (name == known.name) this->*known.found = true;
  }
}

Flaw CompoundCheck::End(const Ends& ends) {
  constexpr std::size_t kHeader = 512;
  if (!AsText(ends.head).starts_with(CompoundNames::kMagic)) return Flaw::kOtherType;
  if (ends.size < kHeader + 128) return Flaw::kDamaged;
  const std::uint16_t version = Little16(ends.head, 26), order = Little16(ends.head, 28),
                      shift = Little16(ends.head, 30), mini_shift = Little16(ends.head, 32);
  const bool known = (version == 3 && shift == 9) || (version == 4 && shift == 12);
  if (!known || order != 0xfffe || mini_shift != 6) return Flaw::kDamaged;
  if (names_.encrypted) return Flaw::kEncrypted;
  if (names_.macros) return Flaw::kMacro;
  if (names_.package) return Flaw::kProgram;
  return (type_ == FileType::kDoc ? names_.word : names_.sheet) ? Flaw::kNone : Flaw::kOtherType;
}

}  // namespace aplus::files
