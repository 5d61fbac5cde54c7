#include "services/requests/print/mandate_form.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace aplus::requests {
namespace {

TEST(MandateForm, P23_OnePageOfPdfThatHoldsItsFonts) {
  const Result<std::string> blank = PrintMandate({});
  ASSERT_TRUE(blank) << blank.error().diagnostic;
  EXPECT_EQ(blank->substr(0, 5), "%PDF-");
  EXPECT_NE(blank->rfind("%%EOF"), std::string::npos);
  EXPECT_NE(blank->find("/FontFile2"), std::string::npos) << "prints the same everywhere";
  EXPECT_NE(blank->find("/Count 1"), std::string::npos) << "one page";
  EXPECT_LT(blank->size(), 500'000u) << "only the glyphs that are used";
}

TEST(MandateForm, P23_AnyNameCanBePrintedAndEmptyOnesLeaveALine) {
  const MandateForm form{.first_name = "Zoé-Aÿşe",
                         .last_name = "Œuvrard-Łukasiewicz d’Açores",
                         .birth_name = "Đorđević",
                         .birth_date = "1er mars 1950",
                         .helper_group = "France Services d’Évry",
                         .organisations = {"CAF", "CPAM", "France Travail"}};
  const Result<std::string> filled = PrintMandate(form);
  ASSERT_TRUE(filled) << filled.error().diagnostic;
  EXPECT_NE(*filled, *PrintMandate({}));
}

TEST(MandateForm, P23_WordsLongerThanTheLineDoNotLoop) {
  const MandateForm form{.last_name = std::string(2000, 'W'), .organisations = {std::string(3000, 'x')}};
  EXPECT_TRUE(PrintMandate(form));
}

}  // namespace
}  // namespace aplus::requests
