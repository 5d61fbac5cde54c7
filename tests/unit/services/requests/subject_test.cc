#include "services/requests/domain/subject.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

Citizen Called(const char* last, const char* birth = "") {
  return {.first_name = "Awa", .last_name = last, .birth_date = "1984", .birth_name = birth};
}

TEST(Subject, P20_TheCitizensNameIsRefusedHoweverItIsWritten) {
  const Citizen citizen = Called("Ndiaye-Testeur", "Bénard");
  for (const char* subject : {"Dossier de Mme Ndiaye-Testeur", "NDIAYE TESTEUR : logement",
                              "Mme (Ndiaye Testeur)", "Logement de Mme Benard", "Logement BÉNARD"}) {
    EXPECT_FALSE(CheckSubject(subject, citizen)) << subject;
  }
}

TEST(Subject, P20_AWordIsNoName) {
  EXPECT_TRUE(CheckSubject("Un petit rappel de droits", Called("Petit")));
  EXPECT_TRUE(CheckSubject("Petit rappel de droits", Called("Petit")));
  EXPECT_FALSE(CheckSubject("Rappel de droits, M. Petit", Called("Petit")));
  EXPECT_FALSE(CheckSubject("PETIT rappel de droits", Called("Petit")));
  EXPECT_TRUE(CheckSubject("RSA et APL", Called("Ra"))) << "two letters are in every sentence";
  EXPECT_TRUE(CheckSubject("Allocation logement suspendue", Called("Allo")));
}

TEST(Subject, P20_NumbersThatCouldBeIdentifiersAreRefused) {
  for (const char* subject : {"Allocataire 1234567", "Allocataire 1234567A", "NIR 2 84 05 75 123 456 bloqué",
                              "Rappeler le 06 12 34 56 78", "Fiscal 1234567890123"}) {
    EXPECT_FALSE(CheckSubject(subject, Called("Diop"))) << subject;
  }
  for (const char* subject : {"Droits suspendus depuis 2026", "RSA 12/05/2026", "43 trimestres sur 172",
                              "Page 6", "Dossier a1234567bc3 bloqué"}) {
    EXPECT_TRUE(CheckSubject(subject, Called("Diop"))) << subject;
  }
}

TEST(Subject, P20_AddressesAreRefused) {
  EXPECT_FALSE(CheckSubject("Écrire à awa@exemple.fr", Called("Diop")));
  EXPECT_TRUE(CheckSubject("Virement @ 12 h", Called("Diop")));
}

TEST(Subject, AnyTextIsAnswered) {
  for (const char* subject : {"", " ", "@", "a@", "\xff\xfe", "1", "0 0 0 0 0 0 0"}) {
    static_cast<void>(CheckSubject(subject, Called(" ")));
    static_cast<void>(CheckSubject(subject, Called("-")));
  }
}

}  // namespace
}  // namespace aplus::requests
