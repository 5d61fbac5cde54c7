#include "libs/crypto/field_cipher.h"

#include <gtest/gtest.h>

#include "libs/crypto/aead.h"
#include "libs/crypto/hkdf.h"

namespace aplus {
namespace {

const FieldPlace kPlace{"request_contents", "subject", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 4};

class FieldCipherTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  Key request_key_ = Key::Generate(random_);
  FieldCipher cipher_{request_key_};
};

TEST_F(FieldCipherTest, SealsAndOpens) {
  for (std::string text : {std::string(), std::string("Allocation suspendue"), std::string(10'000, 'x'),
                           std::string("\0é😊", 7)}) {
    const Bytes sealed = cipher_.Seal(random_, kPlace, text);
    EXPECT_EQ(sealed.size(), text.size() + kSealOverhead);
    EXPECT_EQ(cipher_.Open(kPlace, sealed).value(), text);
  }
  EXPECT_NE(cipher_.Seal(random_, kPlace, "same"), cipher_.Seal(random_, kPlace, "same"));
}

TEST_F(FieldCipherTest, IsTheFormatOfTheDesign) {
  const Bytes sealed = cipher_.Seal(random_, kPlace, "Allocation suspendue");
  const Key field_key = DeriveKey(request_key_, {}, AsBytes("fields"));
  const auto opened =
      OpenWithKey(field_key, "request_contents:subject:017f22e2-79b0-7cc3-98c4-dc0c0c07398f:4", sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(AsText(*opened), "Allocation suspendue");
}

TEST_F(FieldCipherTest, T_CRY_05_AValueOpensOnlyAtItsPlaceAndUnderItsRequestsKey) {
  const Bytes sealed = cipher_.Seal(random_, kPlace, "Allocation suspendue");
  const FieldPlace moved[] = {
      {"messages", kPlace.column, kPlace.row_id, kPlace.version},
      {kPlace.table, "description", kPlace.row_id, kPlace.version},
      {kPlace.table, kPlace.column, "017f22e2-79b0-7cc3-98c4-dc0c0c073990", kPlace.version},
      {kPlace.table, kPlace.column, kPlace.row_id, kPlace.version + 1}};
  for (const FieldPlace& place : moved) {
    const auto opened = cipher_.Open(place, sealed);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().reason, Reason::kInternal);
  }
  EXPECT_FALSE(FieldCipher(Key::Generate(random_)).Open(kPlace, sealed));
}

TEST_F(FieldCipherTest, T_CRY_03_EveryFlippedBitAndTruncationIsRefused) {
  const Bytes sealed = cipher_.Seal(random_, kPlace, "Allocation suspendue");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(cipher_.Open(kPlace, flipped)) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(cipher_.Open(kPlace, std::span(sealed).first(size))) << size;
  }
}

}  // namespace
}  // namespace aplus
