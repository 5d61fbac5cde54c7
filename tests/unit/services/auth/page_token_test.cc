#include "services/auth/rpc/page_token.h"

#include <gtest/gtest.h>

#include "libs/base/bytes.h"
#include "libs/base/random.h"

namespace aplus::auth {
namespace {

class PageTokenTest : public ::testing::Test {
 protected:
  SystemClock clock_;
  SystemRandom random_;
  Key key_ = Key::Generate(random_);
  PageTokens tokens_{key_};
  GroupFilter filter_{
      .area_id = "95", .side = Side::kInstructor, .organisation_id = "", .theme_id = "family"};
  GroupPosition position_{"caf du val d oise", GroupId::New(clock_, random_)};
};

TEST_F(PageTokenTest, a_page_goes_on_where_the_last_one_ended) {
  const auto read = tokens_.Read(tokens_.Make(position_, filter_), filter_);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sort_key, position_.sort_key);
  EXPECT_EQ(read->id, position_.id);
}

TEST_F(PageTokenTest, every_flipped_bit_is_refused) {
  const Bytes token = *FromBase64Url(tokens_.Make(position_, filter_));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    Bytes flipped = token;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(tokens_.Read(ToBase64Url(flipped), filter_)) << "bit " << bit;
  }
  EXPECT_FALSE(tokens_.Read("", filter_));
  EXPECT_FALSE(tokens_.Read("nonsense", filter_));
}

TEST_F(PageTokenTest, another_filter_or_key_is_refused) {
  const std::string token = tokens_.Make(position_, filter_);
  GroupFilter other = filter_;
  other.side = Side::kHelper;
  EXPECT_FALSE(tokens_.Read(token, other));
  other = filter_;
  other.area_id = "62";
  EXPECT_FALSE(tokens_.Read(token, other));
  // The same texts in other fields.
  EXPECT_FALSE(tokens_.Read(
      token, {.area_id = "95", .side = Side::kInstructor, .organisation_id = "family", .theme_id = ""}));
  PageTokens others(Key::Generate(random_));
  EXPECT_FALSE(others.Read(token, filter_));
}

}  // namespace
}  // namespace aplus::auth
