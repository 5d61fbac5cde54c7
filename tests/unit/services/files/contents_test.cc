// What is accepted and what is not (P60, T-FIL-01, T-FIL-02): every file is made here, and judged the same in
// whatever pieces it arrives.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tests/unit/services/files/made_files.h"

namespace aplus::files {
namespace {

struct ContentCase {
  std::string what;
  FileType type;
  std::string contents;
  Flaw expected = Flaw::kNone;
};

std::string_view Name(Flaw flaw) {
  return flaw == Flaw::kCount_ ? "extent outside the file" : Describe(flaw).code;
}

void Check(const std::vector<ContentCase>& cases) {
  for (const ContentCase& one : cases) {
    for (const std::size_t piece : {65'536, 0, 1, 3, 127, 1'000}) {
      const Flaw flaw = made::Inspect(one.type, one.contents, piece);
      EXPECT_EQ(flaw, one.expected) << one.what << ": " << Name(flaw) << " instead of " << Name(one.expected)
                                    << ", in pieces of " << piece;
    }
  }
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

std::string Cut(std::string text, std::size_t from_end) { return text.substr(0, text.size() - from_end); }

const std::string kOdtType = "application/vnd.oasis.opendocument.text";
const std::string kOdsType = "application/vnd.oasis.opendocument.spreadsheet";

TEST(Contents, P60_well_formed_files_of_every_type_pass) {
  Check({
      {"pdf", FileType::kPdf, made::Pdf()},
      {"pdf 2.0", FileType::kPdf, Replaced(made::Pdf(), "1.4", "2.0")},
      {"pdf, end mark 900 bytes before the end", FileType::kPdf, made::Pdf() + std::string(900, '\n')},
      {"jpeg", FileType::kJpeg, made::Jpeg()},
      {"jpeg with a comment", FileType::kJpeg, made::Jpeg(8, 8, "Photo d’une lettre")},
      {"jpeg with a second picture behind, as telephones write", FileType::kJpeg,
       made::Jpeg() + made::Jpeg()},
      {"jpeg with a film behind", FileType::kJpeg,
       made::Jpeg() +
           std::string("\0\0\0\x18"
                       "ftypmp42",
                       12) +
           std::string(5'000, 'x')},
      {"jpeg whose first segment is XMP", FileType::kJpeg,
       "\xff\xd8\xff\xe1" + made::Big(40, 2) + std::string("http://ns.adobe.com/xap/1.0/\0", 29) +
           "123456789" + made::Jpeg().substr(2)},
      {"png", FileType::kPng, made::Png()},
      {"png with a comment", FileType::kPng, made::Png(4, 4, "Fait avec…")},
      {"png of exactly 50 megapixels", FileType::kPng, made::Png(10'000, 5'000)},
      {"gif", FileType::kGif, made::Gif()},
      {"gif with zeros behind", FileType::kGif, made::Gif() + std::string(10, '\0')},
      {"webp", FileType::kWebp, made::Webp()},
      {"bmp", FileType::kBmp, made::Bmp()},
      {"bmp from the top downwards", FileType::kBmp, made::Bmp(4, -4)},
      {"tiff", FileType::kTiff, made::Tiff()},
      {"tiff of the other byte order, three pages", FileType::kTiff,
       made::Tiff(true, 2'480, {3'508, 3'508, 3'508})},
      {"doc", FileType::kDoc,
       made::Compound({"Root Entry", "WordDocument", "1Table", "\x05SummaryInformation"})},
      {"xls", FileType::kXls, made::Compound({"Root Entry", "Workbook"})},
      {"xls of Excel 5", FileType::kXls, made::Compound({"Root Entry", "Book"})},
      {"docx", FileType::kDocx, made::Docx()},
      {"docx with a comment at the end", FileType::kDocx, made::Zip(made::DocxParts(), "made by a scanner")},
      {"xlsx", FileType::kXlsx, made::Zip(made::XlsxParts())},
      {"odt", FileType::kOdt, made::Zip(made::OdtParts())},
      {"ods", FileType::kOds, made::Zip(made::OdtParts(kOdsType))},
      {"odt of OpenOffice 2, whose manifest names a DTD", FileType::kOdt,
       made::Zip(
           {{"mimetype", kOdtType, false},
            {"META-INF/manifest.xml",
             "<?xml version=\"1.0\"?><!DOCTYPE manifest:manifest PUBLIC \"a\" \"Manifest.dtd\"><m/>"}})},
      {"odt with an empty macro library", FileType::kOdt,
       made::Zip({{"mimetype", kOdtType, false},
                  {"Basic/script-lc.xml", "<l/>"},
                  {"META-INF/manifest.xml", "<m/>"}})},
      {"docx in UTF-16", FileType::kDocx,
       made::Docx({{"word/styles.xml", std::string("\xff\xfe<\0a\0/\0>\0", 10)}})},
      {"docx with a metafile", FileType::kDocx,
       made::Docx({{"word/media/image2.emz", "\x1f\x8b\x08 rest", false}})},
      {"docx with an embedded object without macros", FileType::kDocx,
       made::Docx({{"word/embeddings/oleObject1.bin", made::Compound({"Root Entry", "CONTENTS"})}})},
      {"text", FileType::kText, "Bonjour,\r\nvoici le relevé.\n"},
      {"text of one letter", FileType::kText, "a"},
      {"text of two letters", FileType::kText, "ab"},
      {"text with a mark", FileType::kText, "\xef\xbb\xbfété"},
      {"text of Windows", FileType::kText, "relev\xe9 n\xb0 3 \x96 \x80"},
      {"text in UTF-16", FileType::kText,
       std::string("\xff\xfe"
                   "a\0\xe9\0\n\0",
                   8)},
      {"text in UTF-16, other order", FileType::kText, std::string("\xfe\xff\0a\0\n", 6)},
      {"text that mentions a tag", FileType::kText, "Ajoutez <script> à la page."},
      {"text that begins with a sign", FileType::kText, "<3 merci"},
      {"csv", FileType::kCsv, "nom;montant\nDupont;12,50\n"},
  });
}

TEST(Contents, T_FIL_01_the_extension_alone_makes_no_type) {
  const std::vector<std::pair<FileType, std::string>> good{
      {FileType::kPdf, made::Pdf()},
      {FileType::kJpeg, made::Jpeg()},
      {FileType::kPng, made::Png()},
      {FileType::kGif, made::Gif()},
      {FileType::kWebp, made::Webp()},
      {FileType::kBmp, made::Bmp()},
      {FileType::kTiff, made::Tiff()},
      {FileType::kDoc, made::Compound({"Root Entry", "WordDocument"})},
      {FileType::kDocx, made::Docx()},
      {FileType::kXls, made::Compound({"Root Entry", "Workbook"})},
      {FileType::kXlsx, made::Zip(made::XlsxParts())},
      {FileType::kOdt, made::Zip(made::OdtParts())},
      {FileType::kOds, made::Zip(made::OdtParts(kOdsType))}};
  const std::vector<std::pair<std::string, std::string>> strangers{
      {"html", "<!DOCTYPE html><html><script>alert(1)</script></html>"},
      {"svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"},
      {"svg with a declaration", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"},
      {"xml", "<?xml version=\"1.0\"?><a/>"},
      {"exe", std::string("MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", 14) + std::string(500, '\0')},
      {"elf", std::string("\x7f"
                          "ELF\x02\x01\x01\0",
                          8) +
                  std::string(500, '\0')},
      {"zip", made::Zip({{"a.txt", "a"}})},
      {"rar", std::string("Rar!\x1a\x07\x01\0", 8) + std::string(500, 'r')},
      {"gzip", std::string("\x1f\x8b\x08\0", 4) + std::string(500, 'g')},
      {"rtf", "{\\rtf1\\ansi Bonjour}"},
      {"shell script", "#!/bin/sh\nrm -rf /\n"},
      {"java class", std::string("\xca\xfe\xba\xbe\0\0\0\x34", 8) + std::string(500, 'c')},
      {"nothing but zeros", std::string(2'000, '\0')},
      {"one byte", "%"},
      {"text", "Bonjour à tous"},
  };
  std::vector<ContentCase> cases;
  for (const auto& [type, own] : good) {
    for (const auto& [what, contents] : strangers) {
      const bool text_for_text = type == FileType::kText;
      if (!text_for_text)
        cases.push_back(
            {what + " as " + std::string(Describe(type).media_type), type, contents, Flaw::kOtherType});
    }
    for (const auto& [other, contents] : good) {
      if (other != type) {
        cases.push_back(
            {std::string(Describe(other).media_type) + " as " + std::string(Describe(type).media_type), type,
             contents, Flaw::kOtherType});
      }
    }
    // As text: binary, or text that pretends.
    const bool reads_as_text = type == FileType::kPdf;
    for (const FileType text : {FileType::kText, FileType::kCsv}) {
      cases.push_back({std::string(Describe(type).media_type) + " as text", text, own,
                       reads_as_text ? Flaw::kMarkup : Flaw::kOtherType});
    }
  }
  // A zip without the parts of a document has the right magic; what is missing tells.
  int refused = 0;
  for (const ContentCase& one : cases) {
    const Flaw flaw = made::Inspect(one.type, one.contents);
    EXPECT_NE(flaw, Flaw::kNone) << one.what;
    EXPECT_NE(flaw, Flaw::kCount_) << one.what;
    EXPECT_EQ(flaw, made::Inspect(one.type, one.contents, 1)) << one.what;
    refused += flaw == Flaw::kNone ? 0 : 1;
  }
  std::printf("%d of %zu mismatched files refused\n", refused, cases.size());
  EXPECT_GE(cases.size(), 300u);
}

TEST(Contents, T_FIL_01_pages_and_programs_are_no_text) {
  const std::string zero(1, '\0');
  Check({
      {"html", FileType::kText, "<!DOCTYPE html><p>a", Flaw::kMarkup},
      {"html in capitals behind spaces", FileType::kCsv, "\r\n\t <HTML>", Flaw::kMarkup},
      {"html behind a mark", FileType::kText, "\xef\xbb\xbf<html>", Flaw::kMarkup},
      {"html in UTF-16", FileType::kText, std::string("\xff\xfe<\0h\0t\0m\0l\0>\0", 14), Flaw::kMarkup},
      {"script", FileType::kText, "<script>alert(1)</script>", Flaw::kMarkup},
      {"svg", FileType::kText, "<svg onload=alert(1)>", Flaw::kMarkup},
      {"xml", FileType::kCsv, "<?xml version=\"1.0\"?><a/>", Flaw::kMarkup},
      {"php", FileType::kText, "<?php system($_GET[0]);", Flaw::kMarkup},
      {"shell", FileType::kText, "#!/bin/sh\n", Flaw::kMarkup},
      {"rtf", FileType::kText, "{\\rtf1 a}", Flaw::kMarkup},
      {"a zero", FileType::kText, "a" + zero + "b", Flaw::kOtherType},
      {"escape sequences of a terminal", FileType::kText, "\x1b]0;title\x07", Flaw::kOtherType},
      {"half a unit of UTF-16", FileType::kText,
       std::string("\xff\xfe"
                   "a\0b",
                   5),
       Flaw::kDamaged},
      {"a zero in UTF-16", FileType::kText,
       std::string("\xff\xfe"
                   "a\0\0\0",
                   6),
       Flaw::kOtherType},
  });
}

TEST(Contents, T_FIL_01_polyglots) {
  const std::string archive = made::Zip({{"a.exe", "MZ"}});
  const std::string html = "<html><script>alert(1)</script></html>";
  Check({
      {"pdf behind html", FileType::kPdf, html + made::Pdf(), Flaw::kOtherType},
      {"pdf behind one byte", FileType::kPdf, "\n" + made::Pdf(), Flaw::kOtherType},
      {"pdf with html where browsers look", FileType::kPdf, made::Pdf(html), Flaw::kMarkup},
      {"pdf with html in capitals", FileType::kPdf, made::Pdf("<HtMl>"), Flaw::kMarkup},
      {"pdf with svg", FileType::kPdf, made::Pdf("<svg onload=alert(1)>"), Flaw::kMarkup},
      {"pdf with a zip behind", FileType::kPdf, made::Pdf() + archive, Flaw::kHiddenData},
      {"pdf with a zip within", FileType::kPdf, made::Pdf(archive), Flaw::kHiddenData},
      {"pdf with much behind its end", FileType::kPdf, made::Pdf() + std::string(1'100, 'x'), Flaw::kDamaged},
      {"gif + js: a comment in the width", FileType::kGif, made::Gif(0x2a2f, 4), Flaw::kMarkup},
      {"gif + js: the usual one", FileType::kGif, "GIF89a/*" + made::Gif().substr(8) + "*/=1;alert(1)//",
       Flaw::kHiddenData},
      {"gif + js: a template", FileType::kGif,
       "GIF89a=`" + std::string("\x04\0\0\0\0", 5) + made::Gif().substr(19, 24) + ";`;x;", Flaw::kHiddenData},
      {"gif with a script behind", FileType::kGif, made::Gif() + "<script>alert(1)</script>",
       Flaw::kHiddenData},
      {"gif with a zip behind", FileType::kGif, made::Gif() + archive, Flaw::kHiddenData},
      {"jpeg with a zip behind", FileType::kJpeg, made::Jpeg() + archive, Flaw::kHiddenData},
      {"jpeg with a zip in a comment", FileType::kJpeg, made::Jpeg(8, 8, archive), Flaw::kHiddenData},
      {"jpeg with a rar behind", FileType::kJpeg, made::Jpeg() + std::string("Rar!\x1a\x07\x01\0", 8),
       Flaw::kHiddenData},
      {"jpeg with a page behind", FileType::kJpeg, made::Jpeg() + html, Flaw::kHiddenData},
      {"jpeg with a pdf behind", FileType::kJpeg, made::Jpeg() + made::Pdf(), Flaw::kHiddenData},
      {"jpeg with html in a comment", FileType::kJpeg, made::Jpeg(8, 8, html), Flaw::kMarkup},
      {"jpeg + js: a comment in a length", FileType::kJpeg,
       "\xff\xd8\xff\xe0\x2f\x2a" + std::string(0x2f2a - 2, 'x') + made::Jpeg().substr(2), Flaw::kMarkup},
      {"png with a zip behind", FileType::kPng, made::Png() + archive, Flaw::kHiddenData},
      {"png with a page behind", FileType::kPng, made::Png() + html, Flaw::kHiddenData},
      {"png with html in a comment", FileType::kPng, made::Png(4, 4, html), Flaw::kMarkup},
      {"png with one byte behind", FileType::kPng, made::Png() + "x", Flaw::kHiddenData},
      {"webp with a zip behind", FileType::kWebp, made::Webp() + archive, Flaw::kHiddenData},
      {"bmp with a zip behind", FileType::kBmp, made::Bmp() + archive, Flaw::kDamaged},
      {"bmp with a zip for pixels", FileType::kBmp,
       made::Bmp(10, 10).substr(0, 454 - archive.size()) + archive, Flaw::kHiddenData},
      {"tiff with html", FileType::kTiff, Replaced(made::Tiff(), std::string(38, '\x55'), html),
       Flaw::kMarkup},
      {"tiff with a zip behind", FileType::kTiff, made::Tiff() + archive, Flaw::kHiddenData},
      {"doc that ends as a zip", FileType::kDoc, made::Compound({"Root Entry", "WordDocument"}) + archive,
       Flaw::kHiddenData},
      {"doc with html", FileType::kDoc,
       made::Compound({"Root Entry", "WordDocument"}).replace(600, html.size(), html), Flaw::kMarkup},
      {"docx behind an image", FileType::kDocx, made::Jpeg() + made::Docx(), Flaw::kOtherType},
      {"docx with something before its first entry", FileType::kDocx,
       std::string("PK\x03\x04 prefix", 11) + made::Docx(), Flaw::kHiddenData},
      {"docx with something behind", FileType::kDocx, made::Docx() + "x", Flaw::kDamaged},
  });
}

TEST(Contents, T_FIL_01_damaged_files) {
  std::vector<ContentCase> cases{
      {"png without data", FileType::kPng, Replaced(made::Png(), "IDAT", "aaAA"), Flaw::kDamaged},
      {"png with a strange chunk", FileType::kPng,
       Replaced(made::Png(), "IDAT",
                "I\x01"
                "AT"),
       Flaw::kDamaged},
      {"png with a second header", FileType::kPng, Replaced(made::Png(), "IDAT", "IHDR"), Flaw::kDamaged},
      {"png without pixels", FileType::kPng, made::Png(0, 4), Flaw::kDamaged},
      {"jpeg without frame", FileType::kJpeg, Replaced(made::Jpeg(), "\xff\xc0", "\xff\xe1"), Flaw::kDamaged},
      {"jpeg without scan", FileType::kJpeg, Replaced(made::Jpeg(), "\xff\xda", "\xff\xe1"), Flaw::kDamaged},
      {"jpeg with a short segment", FileType::kJpeg,
       Replaced(made::Jpeg(), made::Big(16, 2) + "JFIF", made::Big(1, 2) + "JFIF"), Flaw::kDamaged},
      {"gif without frame", FileType::kGif,
       "GIF89a" + made::Little(4, 2) + made::Little(4, 2) + std::string(3, '\0') + ";", Flaw::kDamaged},
      {"gif with a strange block", FileType::kGif, Replaced(made::Gif(), "\x21\xf9", "\x22\xf9"),
       Flaw::kDamaged},
      {"webp of a wrong length", FileType::kWebp, made::Webp() + "xx", Flaw::kHiddenData},
      {"bmp of a wrong length", FileType::kBmp, made::Bmp() + "x", Flaw::kDamaged},
      {"bmp that wraps a png", FileType::kBmp, made::Bmp().replace(30, 4, made::Little(5, 4)),
       Flaw::kDamaged},
      {"tiff whose directory lies outside", FileType::kTiff,
       made::Tiff().replace(4, 4, made::Little(1'000'000, 4)), Flaw::kDamaged},
      {"tiff with 65 535 tags", FileType::kTiff,
       Replaced(made::Tiff(), made::Little(3, 2) + made::Little(256, 2),
                made::Little(65'535, 2) + made::Little(256, 2)),
       Flaw::kDamaged},
      {"tiff whose directories go in a circle", FileType::kTiff,
       made::Tiff().replace(8 + 64 + 38, 4, made::Little(72, 4)), Flaw::kBomb},
      {"doc of a strange version", FileType::kDoc,
       made::Compound({"Root Entry", "WordDocument"}).replace(26, 2, made::Little(9, 2)), Flaw::kDamaged},
      {"compound file without document", FileType::kDoc,
       made::Compound({"Root Entry", "PowerPoint Document"}), Flaw::kOtherType},
      {"msi as doc", FileType::kDoc, made::Compound({"Root Entry", "_StringData"}), Flaw::kOtherType},
      {"docx cut short", FileType::kDocx, Cut(made::Docx(), 30), Flaw::kDamaged},
      {"docx with a wrong checksum", FileType::kDocx, Replaced(made::Docx(), "IDAT", "IDAt"), Flaw::kDamaged},
      {"docx whose sizes lie downwards", FileType::kDocx,
       made::Docx({{.name = "word/a.xml", .contents = "<a>" + std::string(500, 'x'), .claimed_size = 10}}),
       Flaw::kBomb},
      {"docx whose sizes lie upwards", FileType::kDocx,
       made::Docx({{.name = "word/a.xml", .contents = "<a/>", .claimed_size = 10}}), Flaw::kDamaged},
      {"docx with two names for one entry", FileType::kDocx,
       made::Docx({{.name = "word/a.txt", .contents = "x", .local_name = "word/b.txt"}}), Flaw::kHiddenData},
      {"docx with one name twice", FileType::kDocx, made::Docx({{"word/a.txt", "x"}, {"word/a.txt", "y"}}),
       Flaw::kHiddenData},
      {"docx with one name twice but for case", FileType::kDocx,
       made::Docx({{"word/a.txt", "x"}, {"word/A.TXT", "y"}}), Flaw::kHiddenData},
      {"odt whose type is not first", FileType::kOdt,
       made::Zip({{"a.xml", "<a/>"}, {"mimetype", kOdtType, false}, {"META-INF/manifest.xml", "<m/>"}}),
       Flaw::kOtherType},
      {"odt whose type is deflated", FileType::kOdt,
       made::Zip({{"mimetype", kOdtType}, {"META-INF/manifest.xml", "<m/>"}}), Flaw::kOtherType},
      {"odt of another type", FileType::kOdt, made::Zip(made::OdtParts(kOdtType + "-template")),
       Flaw::kOtherType},
      {"odt without manifest", FileType::kOdt, made::Zip({{"mimetype", kOdtType, false}}), Flaw::kOtherType},
      {"docx without its main part", FileType::kDocx, made::Zip({{"[Content_Types].xml", "<Types/>"}}),
       Flaw::kOtherType},
      {"docx that is a template", FileType::kDocx,
       made::Zip({{"[Content_Types].xml", "<T>wordprocessingml.template.main+xml</T>"}}), Flaw::kOtherType},
  };
  // Cut anywhere within its structure, a picture is none.
  for (const auto& [type, whole] : {std::pair{FileType::kPng, made::Png()},
                                    {FileType::kJpeg, made::Jpeg()},
                                    {FileType::kGif, made::Gif()},
                                    {FileType::kWebp, made::Webp()},
                                    {FileType::kBmp, made::Bmp()}}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Flaw flaw = made::Inspect(type, whole.substr(0, size), 7);
      EXPECT_TRUE(flaw == Flaw::kDamaged || flaw == Flaw::kOtherType)
          << Describe(type).media_type << " cut to " << size << ": " << Name(flaw);
    }
  }
  Check(cases);
}

TEST(Contents, T_FIL_01_macros_programs_and_entities_in_documents) {
  const std::string utf16_entity = [] {
    std::string text = "\xff\xfe";
    for (const char c :
         std::string_view("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>"))
      text += std::string(1, c) + std::string(1, '\0');
    return text;
  }();
  Check({
      {"docx with a VBA project", FileType::kDocx, made::Docx({{"word/vbaProject.bin", "x"}}), Flaw::kMacro},
      {"docx with a VBA project, other case", FileType::kDocx, made::Docx({{"word/VBAPROJECT.BIN", "x"}}),
       Flaw::kMacro},
      {"docx whose types say macros", FileType::kDocx,
       made::Zip({{"[Content_Types].xml",
                   "<T>wordprocessingml.document.main+xml ms-word.document.macroEnabled.main+xml</T>"}}),
       Flaw::kMacro},
      {"docx with a project under another name", FileType::kDocx,
       made::Docx({{"word/settings.bin", made::Compound({"Root Entry", "VBA", "dir"})}}), Flaw::kMacro},
      {"docx with a packaged object", FileType::kDocx,
       made::Docx({{"word/embeddings/oleObject1.bin", made::Compound({"Root Entry", "\x01Ole10Native"})}}),
       Flaw::kProgram},
      {"docx with a program", FileType::kDocx, made::Docx({{"word/a.exe", "MZ"}}), Flaw::kProgram},
      {"docx with a program under another name", FileType::kDocx,
       made::Docx({{"word/media/image3.png", std::string("MZ\x90\0\x03\0\0\0", 8)}}), Flaw::kProgram},
      {"odt with a Basic module", FileType::kOdt,
       made::Zip({{"mimetype", kOdtType, false},
                  {"Basic/Standard/Module1.xml", "<m/>"},
                  {"META-INF/manifest.xml", "<m/>"}}),
       Flaw::kMacro},
      {"odt with a Python script", FileType::kOdt,
       made::Zip(
           {{"mimetype", kOdtType, false}, {"Scripts/python/a.py", "x"}, {"META-INF/manifest.xml", "<m/>"}}),
       Flaw::kMacro},
      {"odt under a password", FileType::kOdt,
       made::Zip(
           {{"mimetype", kOdtType, false}, {"META-INF/manifest.xml", "<m><manifest:encryption-data/></m>"}}),
       Flaw::kEncrypted},
      {"docx with encrypted entries", FileType::kDocx,
       made::Docx({{.name = "word/a.xml", .contents = "<a/>", .flags = 1}}), Flaw::kEncrypted},
      {"docx under a password", FileType::kDoc,
       made::Compound({"Root Entry", "EncryptionInfo", "EncryptedPackage"}), Flaw::kEncrypted},
      {"doc with macros", FileType::kDoc, made::Compound({"Root Entry", "WordDocument", "Macros"}),
       Flaw::kMacro},
      {"xls with macros", FileType::kXls, made::Compound({"Root Entry", "Workbook", "_VBA_PROJECT_CUR"}),
       Flaw::kMacro},
      {"doc with a package", FileType::kDoc,
       made::Compound({"Root Entry", "WordDocument", "\x01Ole10Native"}), Flaw::kProgram},
      {"docx with an external entity", FileType::kDocx,
       made::Docx(
           {{"word/a.xml",
             "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"}}),
       Flaw::kEntity},
      {"docx with a document type", FileType::kDocx,
       made::Docx({{"word/a.rels", "<!DOCTYPE a SYSTEM \"http://a/\"><a/>"}}), Flaw::kEntity},
      {"docx with an entity in UTF-16", FileType::kDocx, made::Docx({{"word/a.xml", utf16_entity}}),
       Flaw::kEntity},
      {"docx with XML in UTF-7", FileType::kDocx,
       made::Docx({{"word/a.xml", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a>"}}),
       Flaw::kEntity},
      {"docx with XML in EBCDIC", FileType::kDocx, made::Docx({{"word/a.xml", "\x4c\x6f\xa7\x94\x93"}}),
       Flaw::kEntity},
      {"docx with zeros in XML", FileType::kDocx, made::Docx({{"word/a.xml", "<a>" + std::string(3, '\0')}}),
       Flaw::kDamaged},
      {"odt with an entity in its manifest", FileType::kOdt,
       made::Zip(
           {{"mimetype", kOdtType, false}, {"META-INF/manifest.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]>"}}),
       Flaw::kEntity},
  });
}

TEST(Contents, T_FIL_01_paths_within_documents) {
  std::vector<ContentCase> cases;
  for (const std::string& name :
       {std::string("../evil.txt"), std::string("word/../../evil.txt"), std::string("/etc/passwd"),
        std::string("word\\..\\evil.txt"), std::string("C:evil.txt"), std::string(".."), std::string("a/.."),
        std::string("a\0b.txt", 7), std::string("a\nb.txt"), std::string(600, 'a')}) {
    cases.push_back({"entry " + name, FileType::kDocx, made::Docx({{name, "x"}}), Flaw::kPath});
  }
  cases.push_back({"symlink", FileType::kDocx,
                   made::Docx({{.name = "word/a.txt", .contents = "/etc/passwd", .external = 0xa1ff0000}}),
                   Flaw::kPath});
  cases.push_back(
      {"harmless dots", FileType::kDocx, made::Docx({{"word/..a/b..c/....txt", "x"}}), Flaw::kNone});
  Check(cases);
}

TEST(Contents, T_FIL_02_bombs_are_refused_within_a_second) {
  const std::string megabyte(1024 * 1024, ' ');
  std::string two_megabytes = "<a>" + megabyte + megabyte;
  std::vector<made::Part> many = made::DocxParts();
  while (many.size() < 1'001) many.push_back({"word/" + std::to_string(many.size()) + ".txt", "", false});
  const std::string many_zip = made::Zip(many);
  many.pop_back();
  std::string nested = "x";
  for (int i = 0; i < 5; ++i) nested = made::Zip({{std::to_string(i) + ".dat", nested}});
  // Ten gigabytes promised by 4 kilobytes; and the same by a directory that says nothing of it.
  const std::string promised =
      made::Docx({{.name = "word/a.xml", .contents = two_megabytes, .claimed_size = 4'000'000'000}});
  const std::string silent =
      made::Docx({{.name = "word/a.xml", .contents = two_megabytes, .claimed_size = 1'000}});
  // A million entries announced the only way they can be.
  std::string million = made::Docx();
  million.replace(million.size() - 14, 4, "\xff\xff\xff\xff");
  // Two entries that share their data (better zip bombs do).
  std::string overlapping = made::Zip({{"[Content_Types].xml", std::string(100, 'a')}, {"word/b.txt", "b"}});
  const std::size_t second = overlapping.rfind("word/b.txt") - 4;
  overlapping.replace(second, 4, made::Little(0, 4));
  const auto started = std::chrono::steady_clock::now();
  Check({
      {"10 GB promised", FileType::kDocx, promised, Flaw::kBomb},
      {"the directory says nothing of it", FileType::kDocx, silent, Flaw::kBomb},
      {"ratio of 1000", FileType::kDocx, made::Docx({{"word/a.xml", two_megabytes}}), Flaw::kBomb},
      {"42.zip in a docx", FileType::kDocx, made::Docx({{"word/a.zip", nested}}), Flaw::kArchive},
      {"42.zip under another name", FileType::kDocx, made::Docx({{"word/media/image2.png", nested}}),
       Flaw::kArchive},
      {"a docx in a docx", FileType::kDocx, made::Docx({{"word/embeddings/a.docx", made::Docx(), false}}),
       Flaw::kArchive},
      {"rar in a docx", FileType::kDocx, made::Docx({{"word/a.bin", "Rar!\x1a\x07\x01"}}), Flaw::kArchive},
      {"1 001 entries", FileType::kDocx, many_zip, Flaw::kBomb},
      {"1 000 entries", FileType::kDocx, made::Zip(many), Flaw::kNone},
      {"a million entries", FileType::kDocx, million, Flaw::kBomb},
      {"entries that share data", FileType::kDocx, overlapping, Flaw::kBomb},
      {"png of 30 000 by 30 000", FileType::kPng, made::Png(30'000, 30'000), Flaw::kPixels},
      {"png just above 50 megapixels", FileType::kPng, made::Png(10'000, 5'001), Flaw::kPixels},
      {"png whose product overflows", FileType::kPng, made::Png(0x7fffffff, 0x7fffffff), Flaw::kPixels},
      {"jpeg of 65 000 by 65 000", FileType::kJpeg, made::Jpeg(65'000, 65'000), Flaw::kPixels},
      {"gif of 60 000 by 60 000", FileType::kGif, made::Gif(60'000, 60'000), Flaw::kPixels},
      {"gif whose frame alone is large", FileType::kGif,
       made::Gif().replace(13 + 6 + 8 + 5, 4, made::Little(60'000, 2) + made::Little(60'000, 2)),
       Flaw::kPixels},
      {"webp of 16 000 by 16 000", FileType::kWebp, made::Webp(16'000, 16'000), Flaw::kPixels},
      {"bmp of 30 000 by 30 000", FileType::kBmp, made::Bmp(30'000, 30'000), Flaw::kPixels},
      {"bmp of the smallest height", FileType::kBmp, made::Bmp(1, INT32_MIN), Flaw::kPixels},
      {"tiff whose second page is large", FileType::kTiff, made::Tiff(false, 10'000, {4, 10'000}),
       Flaw::kPixels},
  });
  // Six rounds of all of them, under sanitizers.
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  std::printf("bombs: %.2f s for six rounds\n", seconds);
  const auto once = std::chrono::steady_clock::now();
  EXPECT_EQ(made::Inspect(FileType::kDocx, silent), Flaw::kBomb);
  EXPECT_LT(std::chrono::steady_clock::now() - once, std::chrono::seconds(1));
}

TEST(Contents, T_EDGE_04_mutated_files_neither_crash_nor_depend_on_their_pieces) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::pair<FileType, std::string>> good{
      {FileType::kPdf, made::Pdf()},
      {FileType::kJpeg, made::Jpeg()},
      {FileType::kPng, made::Png()},
      {FileType::kGif, made::Gif()},
      {FileType::kWebp, made::Webp()},
      {FileType::kBmp, made::Bmp()},
      {FileType::kTiff, made::Tiff(true, 8, {8, 8})},
      {FileType::kDoc, made::Compound({"Root Entry", "WordDocument"})},
      {FileType::kDocx, made::Docx()},
      {FileType::kOdt, made::Zip(made::OdtParts())},
      {FileType::kText, "Bonjour"}};
  for (int i = 0; i < 20'000; ++i) {
    auto [type, contents] = good[random() % good.size()];
    for (std::size_t changes = 1 + random() % 4; changes > 0; --changes) {
      switch (random() % 4) {
        case 0:
          contents[random() % contents.size()] = static_cast<char>(random());
          break;
        case 1:
          contents[random() % contents.size()] ^= static_cast<char>(1 << random() % 8);
          break;
        case 2:
          contents.resize(1 + random() % contents.size());
          break;
        default:
          contents.insert(random() % contents.size(),
                          contents.substr(random() % contents.size(), random() % 64));
          break;
      }
    }
    const Flaw whole = made::Inspect(type, contents, 0);
    ASSERT_NE(whole, Flaw::kCount_) << Describe(type).media_type;
    // Which of several flaws is met first may depend on the pieces; whether there is one may not.
    const Flaw in_pieces = made::Inspect(type, contents, 1 + random() % 200);
    ASSERT_EQ(in_pieces == Flaw::kNone, whole == Flaw::kNone)
        << Describe(type).media_type << ": " << Name(in_pieces);
  }
}

}  // namespace
}  // namespace aplus::files
