// PDF, plain text, and the old binary form of office documents.
#pragma once

#include <array>
#include <string>

#include "services/files/domain/contents/format_check.h"
#include "services/files/domain/contents/pieces.h"

namespace aplus::files {

// The header at the very beginning, the end mark within the last kilobyte.
class PdfCheck final : public FormatCheck {
 public:
  Flaw Feed(BytesView) override { return Flaw::kNone; }
  Flaw End(const Ends& ends) override;
};

// UTF-8, UTF-16 with its mark, or an eight-bit code of Windows; nothing that is no text, and no page.
class TextCheck final : public FormatCheck {
 public:
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  enum class Code { kUnknown, kEightBit, kLittle16, kBig16 } code_ = Code::kUnknown;
  Bytes start_;            // until the mark can be told
  std::string beginning_;  // in ASCII as far as it is
  int half_ = -1;          // first byte of a UTF-16 unit
  Flaw Start();
  Flaw Take(BytesView piece);
  bool TakeUnit(std::uint32_t unit);
};

// What a compound file (MS-CFB) holds, told by its directory entries. They stand at multiples of 128 bytes
// wherever the directory lies, so that looking at every such block finds all of them, linked or not.
class CompoundNames {
 public:
  // The file's bytes in order.
  void Feed(BytesView piece);

  bool word = false, sheet = false;
  bool macros = false;     // a VBA project
  bool package = false;    // an embedded file of any kind
  bool encrypted = false;  // a document under a password

  static constexpr std::string_view kMagic{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8};

 private:
  static constexpr std::size_t kEntry = 128;
  void OnBlock(BytesView block);
  Bytes rest_;
};

// doc and xls.
class CompoundCheck final : public FormatCheck {
 public:
  explicit CompoundCheck(FileType type) : type_(type) {}
  Flaw Feed(BytesView piece) override {
    names_.Feed(piece);
    return Flaw::kNone;
  }
  Flaw End(const Ends& ends) override;

 private:
  FileType type_;
  CompoundNames names_;
};

}  // namespace aplus::files
