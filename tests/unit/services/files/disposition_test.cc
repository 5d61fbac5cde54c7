#include "services/files/domain/disposition.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "libs/base/text.h"

namespace aplus::files {
namespace {

struct DispositionCase {
  std::string value;
  std::optional<std::string> expected;
};

TEST(Disposition, P60_names_as_browsers_and_partners_send_them) {
  const DispositionCase cases[] = {
      {"attachment; filename=\"avis.pdf\"", "avis.pdf"},
      {"attachment; filename=avis.pdf", "avis.pdf"},
      {"attachment; filename*=UTF-8''relev%C3%A9.pdf", "relevé.pdf"},
      {"attachment; filename*=utf-8'fr'relev%c3%a9.pdf", "relevé.pdf"},
      {"attachment; filename*=ISO-8859-1''relev%E9.pdf", "relevé.pdf"},
      // filename* is preferred, on either side.
      {"attachment; filename=\"a.pdf\"; filename*=UTF-8''b.pdf", "b.pdf"},
      {"attachment; filename*=UTF-8''b.pdf; filename=\"a.pdf\"", "b.pdf"},
      // A broken filename* leaves the plain one.
      {"attachment; filename=\"a.pdf\"; filename*=UTF-8''%C3", "a.pdf"},
      {"attachment; filename=\"a.pdf\"; filename*=UTF-16''%00b", "a.pdf"},
      {"attachment; filename=\"a.pdf\"; filename*=b.pdf", "a.pdf"},
      {"attachment; filename*=UTF-8''%GG", std::nullopt},
      {"attachment; filename*=UTF-8''a b", std::nullopt},
      // Quoting.
      {R"(attachment; filename="a \"b\" c.pdf")", "a \"b\" c.pdf"},
      {R"(attachment; filename="a\\b.pdf")", "a\\b.pdf"},
      {"attachment; filename=\"relevé.pdf\"", "relevé.pdf"},
      {"attachment; filename=\"relev\xe9.pdf\"", "relevé.pdf"},
      {"attachment; filename=\"a;b=c.pdf\"", "a;b=c.pdf"},
      {"attachment; filename=\"\"", ""},
      // White space and case.
      {" ATTACHMENT ;\tFileName = \"a.pdf\" ; ", "a.pdf"},
      {"inline; FILENAME*=UTF-8''a.pdf", "a.pdf"},
      {"form-data; name=\"file\"; filename=\"a.pdf\"", "a.pdf"},
      {"attachment; size=12; filename=a.pdf; creation-date=\"x\"", "a.pdf"},
      // Without a name, or not of the form.
      {"", std::nullopt},
      {"attachment", std::nullopt},
      {"attachment;", std::nullopt},
      {"attachment; size=12", std::nullopt},
      {"filename=a.pdf", std::nullopt},
      {"attachment filename=a.pdf", std::nullopt},
      {"attachment; filename", std::nullopt},
      {"attachment; filename=", std::nullopt},
      {"attachment; filename=a b.pdf", std::nullopt},
      {"attachment; filename=\"a.pdf", std::nullopt},
      {"attachment; filename=\"a.pdf\\", std::nullopt},
      {"attachment; filename=\"a.pdf\"b", std::nullopt},
      {"attachment; filename=\"a\r\nX: y\"", std::nullopt},
      {"attachment, filename=a.pdf", std::nullopt},
      {"\"attachment\"; filename=a.pdf", std::nullopt},
      // Two readers would take two names.
      {"attachment; filename=a.pdf; filename=b.exe", std::nullopt},
      {"attachment; filename*=UTF-8''a.pdf; filename*=UTF-8''b.exe", std::nullopt},
      {"attachment; filename*=nonsense; filename*=UTF-8''b.exe", std::nullopt},
  };
  for (const DispositionCase& one : cases) EXPECT_EQ(NameInDisposition(one.value), one.expected) << one.value;
}

TEST(Disposition, P61_written_values_are_visible_ascii_and_read_back) {
  EXPECT_EQ(WriteDisposition(Disposition::kAttachment, "avis.pdf"),
            "attachment; filename=\"avis.pdf\"; filename*=UTF-8''avis.pdf");
  EXPECT_EQ(WriteDisposition(Disposition::kInline, "relevé n° 2 (50%).pdf"),
            "inline; filename=\"relev_ n_ 2 (50_).pdf\"; "
            "filename*=UTF-8''relev%C3%A9%20n%C2%B0%202%20%2850%25%29.pdf");
  for (const std::string name :
       {"a.pdf", "l’été.odt", "文書.pdf", "😊.png", "a'b.txt", "a;b=c, d.pdf", "100%.csv"}) {
    const std::string value = WriteDisposition(Disposition::kAttachment, name);
    EXPECT_EQ(NameInDisposition(value), name);
    for (const char c : value) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << value;
  }
}

TEST(Disposition, P60_random_values_give_utf8_or_nothing) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string parts[] = {"attachment",        ";",     " ",  "filename", "*", "=",    "\"", "\\",
                               "UTF-8''",           "a.pdf", "%C", "%C3%A9",   "é", "\xe9", "\n", "'",
                               std::string(1, '\0')};
  for (int i = 0; i < 100'000; ++i) {
    std::string value = i % 2 == 0 ? "attachment; filename" : "";
    for (std::size_t count = random() % 10; count > 0; --count) value += parts[random() % std::size(parts)];
    const auto name = NameInDisposition(value);
    if (name) {
      ASSERT_TRUE(IsValidUtf8(*name)) << value;
    }
  }
}

}  // namespace
}  // namespace aplus::files
