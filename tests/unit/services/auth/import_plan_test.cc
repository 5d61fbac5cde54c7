#include "services/auth/domain/import_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/identity/principal.h"

namespace aplus::auth {
namespace {

using ::testing::ElementsAre;

constexpr TextChecks kAnything{[](std::string_view text) { return text.find('@') != std::string_view::npos; },
                               [](std::string_view text) { return text.starts_with("0"); }};

ImportTable ReadPlan(std::string_view csv, std::size_t most = 100) {
  return ReadPeopleTable(csv, most, kAnything);
}

TEST(ImportPlan, P4_headings_are_known_by_several_names) {
  for (const char* headings : {"Prénom;Nom;E-mail;Fonction;Téléphone;Rôles;Partagé",
                               "PRENOM;NOM;Courriel;qualité;tel;role;compte partagé",
                               "first name;last name;adresse e-mail;fonction;téléphone;rôle;shared"}) {
    const auto table = ReadPlan(std::string(headings) +
                                "\n Camille ;Moreau;Camille.Moreau@fs95.test;agente;0601020304;"
                                "aidante et responsable;non\n");
    ASSERT_EQ(table.fault, TableFault::kNone) << headings;
    ASSERT_EQ(table.rows.size(), 1u);
    const ImportRow& row = table.rows[0];
    EXPECT_EQ(row.outcome, RowOutcome::kNone) << headings;
    EXPECT_EQ(row.first_name, "Camille");
    EXPECT_EQ(row.email_key, "camille.moreau@fs95.test");
    EXPECT_EQ(row.email, "Camille.Moreau@fs95.test");
    EXPECT_EQ(row.function, "agente");
    EXPECT_EQ(row.phone, "0601020304");
    EXPECT_EQ(row.roles, kRoleHelper | kRoleManager);
    EXPECT_FALSE(row.shared);
  }
}

TEST(ImportPlan, P4_columns_may_be_missing_and_in_any_order) {
  const auto table = ReadPlan("e-mail,nom,prénom\na@b.test,Benali,Nadia\n");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].roles, kRoleHelper) << "helper, when nothing is said (P2)";
  EXPECT_EQ(table.rows[0].last_name, "Benali");
}

TEST(ImportPlan, P4_each_wrong_value_is_named) {
  const auto table = ReadPlan(
      "prénom;nom;e-mail;téléphone;rôles;partagé\n"
      ";;nulle part;+33;roi;peut-être\n"
      ";Accueil;accueil@fs62.test;;;oui\n"
      "A;B;a@b.test;;;\n"
      "A;B;A@B.TEST;;;\n");
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_EQ(table.rows[0].outcome, RowOutcome::kInvalid);
  EXPECT_THAT(table.rows[0].wrong,
              ElementsAre("email", "last_name", "phone", "roles", "shared", "first_name"));
  EXPECT_EQ(table.rows[1].outcome, RowOutcome::kNone) << "a shared account has no first name (P3)";
  EXPECT_TRUE(table.rows[1].shared);
  EXPECT_EQ(table.rows[2].outcome, RowOutcome::kNone);
  EXPECT_EQ(table.rows[3].outcome, RowOutcome::kDuplicate) << "the same address, whatever its case";
  EXPECT_EQ(table.rows[3].line, 5);
}

TEST(ImportPlan, P4_texts_beyond_their_length_and_not_utf8_are_wrong) {
  const auto table =
      ReadPlan("nom;prénom;e-mail\n" + std::string(201, 'x') + ";A;a@b.test\n\xff\xfe;A;b@b.test\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].wrong, ElementsAre("last_name"));
  EXPECT_THAT(table.rows[1].wrong, ElementsAre("last_name"));
}

TEST(ImportPlan, a_table_that_is_none_is_refused_whole) {
  EXPECT_EQ(ReadPlan("").fault, TableFault::kEmpty);
  EXPECT_EQ(ReadPlan("nom;e-mail\n").fault, TableFault::kEmpty);
  EXPECT_EQ(ReadPlan("nom;ville\nA;B\n").fault, TableFault::kHeadings);
  EXPECT_EQ(ReadPlan("nom;e-mail\n\"A;a@b.test\n").fault, TableFault::kQuote);
  EXPECT_EQ(ReadPlan("nom;e-mail\nA;a@b.test\nB;b@b.test\n", 1).fault, TableFault::kTooLong);
}

TEST(ImportPlan, P2_P4_what_becomes_of_a_row) {
  EXPECT_EQ(OutcomeOf(nullptr), RowOutcome::kCreate);
  KnownAccount known{.id = {}, .active = true, .member = false, .join = {}};
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kAdd);
  known.join = {.administrator = false, .expert = true, .memberships = 0};
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kAdd);
  known.join.memberships = 1;
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kRefused);
  known.join = {.administrator = true, .expert = false, .memberships = 0};
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kRefused);
  known.active = false;
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kDeactivated);
  known.member = true;
  EXPECT_EQ(OutcomeOf(&known), RowOutcome::kMember);
}

}  // namespace
}  // namespace aplus::auth
