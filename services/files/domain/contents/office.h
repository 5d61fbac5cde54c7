// Office documents that are zip archives: Office Open XML (docx, xlsx) and OpenDocument (odt, ods). Every
// entry is unpacked once in passing: a document is refused for what it holds, not for what its directory
// says.
#pragma once

#include <string>

#include "services/files/domain/contents/documents.h"
#include "services/files/domain/contents/format_check.h"
#include "services/files/domain/contents/phrases.h"
#include "services/files/domain/contents/zip_directory.h"
#include "services/files/domain/contents/zip_parts.h"

namespace aplus::files {

// XML that fetches or multiplies nothing: no entities, no document type, a code in which those words cannot
// hide.
class XmlLook {
 public:
  XmlLook();
  void Begin(bool document_type_allowed);
  Flaw Feed(BytesView piece);
  Flaw End();

 private:
  void Decide();
  Flaw Look(BytesView piece);
  Flaw JudgeBeginning();

  PhraseFinder entity_, document_type_;
  bool document_type_allowed_ = false, decided_ = false, judged_ = false, skip_zeros_ = false;
  std::string beginning_;        // without zeros
  Bytes first_, without_zeros_;  // what came until the code was told
};

// What the parts of a document say about it.
class OfficeParts final : public PartInspector {
 public:
  explicit OfficeParts(FileType type);
  Flaw Begin(const ZipEntry& entry, bool first) override;
  Flaw Feed(BytesView unpacked) override;
  Flaw End() override;
  // All parts were seen: whether they make a document of this type.
  Flaw Judge() const;

 private:
  Flaw FeedOther(BytesView unpacked);
  bool IsOpenDocument() const { return type_ == FileType::kOdt || type_ == FileType::kOds; }

  FileType type_;
  PartKind kind_ = PartKind::kOther;
  XmlLook xml_;
  PhraseFinder macros_, main_, encrypted_;
  CompoundNames compound_;
  std::string start_;  // of the part: its first bytes; the whole of `mimetype`
  bool types_seen_ = false, main_seen_ = false, manifest_seen_ = false, mimetype_first_ = false;
};

class OfficeCheck final : public FormatCheck {
 public:
  explicit OfficeCheck(FileType type) : parts_(type), reader_(parts_) {}
  Flaw Feed(BytesView) override { return Flaw::kNone; }
  Flaw End(const Ends& ends) override { return directory_.FindEnd(ends); }
  std::optional<Extent> Wants() override;
  Flaw FeedWanted(BytesView piece) override;

 private:
  enum class At { kDirectory, kParts, kDone } at_ = At::kDirectory;
  std::uint64_t left_ = 0;
  ZipDirectory directory_;
  OfficeParts parts_;
  ZipParts reader_;
};

}  // namespace aplus::files
