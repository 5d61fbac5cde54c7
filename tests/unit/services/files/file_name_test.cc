#include "services/files/domain/file_name.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "libs/base/text.h"

namespace aplus::files {
namespace {

struct NameCase {
  std::string raw;
  std::optional<FileName> expected;
};

FileName Of(std::string text, std::string extension) { return {std::move(text), std::move(extension)}; }

TEST(FileName, P60_T_FIL_01_names_are_made_harmless) {
  const NameCase cases[] = {
      {"avis.pdf", Of("avis.pdf", "pdf")},
      {"Relevé de compte.PDF", Of("Relevé de compte.PDF", "pdf")},
      {"e\xcc\x81t\xc3\xa9.odt", Of("été.odt", "odt")},
      {"sans extension", Of("sans extension", "")},
      {"M. Dupont", Of("M. Dupont", "")},
      {"archive.tar.gz", Of("archive.tar.gz", "gz")},
      {"a.unetrelonguephrase", Of("a.unetrelonguephrase", "")},
      {"a.p d", Of("a.p d", "")},
      // Paths.
      {"../../etc/passwd.pdf", Of("etcpasswd.pdf", "pdf")},
      {"..\\..\\windows\\a.pdf", Of("windowsa.pdf", "pdf")},
      {"C:\\fakepath\\a.pdf", Of("Cfakepatha.pdf", "pdf")},
      {"/etc/passwd", Of("etcpasswd", "")},
      // What file systems and shells take for something else.
      {"a:b*c?d\"e<f>g|h.pdf", Of("abcdefgh.pdf", "pdf")},
      {"a.pdf:stream", Of("a.pdfstream", "pdfstream")},
      {"a.pdf. . .", Of("a.pdf", "pdf")},
      {".htaccess.pdf", Of("htaccess.pdf", "pdf")},
      {".pdf", Of("document.pdf", "pdf")},
      {"con.pdf", Of("_con.pdf", "pdf")},
      {"NUL", Of("_NUL", "")},
      {"COM7.txt", Of("_COM7.txt", "txt")},
      {"lpt1.tar.pdf", Of("_lpt1.tar.pdf", "pdf")},
      {"contrat.pdf", Of("contrat.pdf", "pdf")},
      // Control and bidirectional characters.
      {"fac\xe2\x80\xaetxt.exe", Of("factxt.exe", "exe")},
      {"photo\xe2\x80\xaegpj.exe", Of("photogpj.exe", "exe")},
      {"a\x01\x1f\x7f.pdf", Of("a.pdf", "pdf")},
      {std::string("a\0.exe\0.pdf", 11), Of("a.exe.pdf", "pdf")},
      {"a\r\nSet-Cookie b.pdf", Of("a Set-Cookie b.pdf", "pdf")},
      {"  a   b  .pdf", Of("a b.pdf", "pdf")},
      // Nothing left, or no text.
      {"", std::nullopt},
      {"...", std::nullopt},
      {"///", std::nullopt},
      {"\xe2\x80\xae", std::nullopt},
      // An accent without a letter cannot be seen once its full stop is gone.
      {"\xcc\x98.", std::nullopt},
      {"\xff\xfe.pdf", std::nullopt},
  };
  for (const NameCase& one : cases) {
    const auto name = CleanFileName(one.raw);
    ASSERT_EQ(name.has_value(), one.expected.has_value()) << one.raw;
    if (name) {
      EXPECT_EQ(name->text, one.expected->text) << one.raw;
      EXPECT_EQ(name->extension, one.expected->extension) << one.raw;
    }
  }
}

TEST(FileName, P60_long_names_are_cut_before_their_extension) {
  const auto long_ascii = CleanFileName(std::string(255, 'a') + ".pdf");
  EXPECT_EQ(long_ascii->text, std::string(146, 'a') + ".pdf");
  std::string accents;
  for (int i = 0; i < 255; ++i) accents += "é";
  const auto long_accents = CleanFileName(accents + ".docx");
  EXPECT_EQ(CountCharacters(long_accents->text), kMaxNameCharacters);
  EXPECT_TRUE(long_accents->text.ends_with("é.docx"));
  // Exactly as long as allowed: untouched.
  const std::string exact = std::string(146, 'b') + ".pdf";
  EXPECT_EQ(CleanFileName(exact)->text, exact);
  const auto without = CleanFileName(std::string(200, 'c'));
  EXPECT_EQ(without->text.size(), kMaxNameCharacters);
  // Cutting a sentence does not make a page of it in secret.
  const auto page = CleanFileName(std::string(145, 'd') + ".html and so on");
  EXPECT_EQ(page->text, std::string(145, 'd') + ".html");
  EXPECT_EQ(page->extension, "html");
  EXPECT_EQ(CleanFileName("e" + std::string(148, '.') + "f g")->text, "e.f");
}

TEST(FileName, T_FIL_01_only_the_last_extension_counts) {
  // The contents must be what it says; what stands before it is part of the name.
  EXPECT_EQ(CleanFileName("facture.exe.pdf")->extension, "pdf");
  EXPECT_EQ(CleanFileName("facture.pdf.exe")->extension, "exe");
  EXPECT_EQ(CleanFileName("facture.pdf .exe ")->extension, "exe");
  EXPECT_EQ(CleanFileName("facture.pdf.\xe2\x80\xae"
                          "exe")
                ->extension,
            "exe");
  EXPECT_EQ(CleanFileName("facture.pdf.")->extension, "pdf");
}

TEST(FileName, P60_cleaning_is_idempotent_and_keeps_nothing_forbidden) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string parts[] = {
      "a",  "é", "e\xcc\x81", ".", "..", "/", "\\", ":",    " ",  "pdf", "exe",          "\xe2\x80\xae",
      "\t", "<", "con",       "|", "\"", "*", "?",  "\x01", "😊", "nul", "\xe2\x80\xa8", "\xcc\x98"};
  for (int i = 0; i < 50'000; ++i) {
    std::string raw;
    for (std::size_t count = random() % 20; count > 0; --count) raw += parts[random() % std::size(parts)];
    const auto once = CleanFileName(raw);
    if (!once) continue;
    ASSERT_EQ(once->text.find_first_of("/\\:*?\"<>|\n\r\t"), std::string::npos) << raw;
    ASSERT_LE(*CountCharacters(once->text), kMaxNameCharacters) << raw;
    ASSERT_FALSE(once->text.starts_with('.') || once->text.ends_with('.')) << raw;
    const auto twice = CleanFileName(once->text);
    ASSERT_TRUE(twice) << raw;
    ASSERT_EQ(twice->text, once->text) << raw;
  }
}

}  // namespace
}  // namespace aplus::files
