// One-time passwords against the vectors of RFC 6238, base32 against those of RFC 4648.
#include "libs/crypto/totp.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

TEST(Totp, P13_CodesOfRfc6238) {
  const BytesView secret = AsBytes("12345678901234567890");
  struct Row {
    std::int64_t seconds;
    const char* code;  // the last six digits of appendix B
  };
  for (const Row& row :
       {Row{59, "287082"}, Row{1'111'111'109, "081804"}, Row{1'111'111'111, "050471"},
        Row{1'234'567'890, "005924"}, Row{2'000'000'000, "279037"}, Row{20'000'000'000, "353130"}}) {
    EXPECT_EQ(TotpCode(secret, TotpStepOf(Time(std::chrono::seconds(row.seconds)))), row.code) << row.seconds;
  }
  EXPECT_EQ(TotpStepOf(Time(std::chrono::seconds(59))), 1);
  EXPECT_EQ(TotpStepOf(Time(std::chrono::seconds(60))), 2);
}

TEST(Totp, Base32OfRfc4648) {
  EXPECT_EQ(ToBase32(AsBytes("")), "");
  EXPECT_EQ(ToBase32(AsBytes("f")), "MY");
  EXPECT_EQ(ToBase32(AsBytes("fo")), "MZXQ");
  EXPECT_EQ(ToBase32(AsBytes("foo")), "MZXW6");
  EXPECT_EQ(ToBase32(AsBytes("foob")), "MZXW6YQ");
  EXPECT_EQ(ToBase32(AsBytes("fooba")), "MZXW6YTB");
  EXPECT_EQ(ToBase32(AsBytes("foobar")), "MZXW6YTBOI");
  EXPECT_EQ(ToBase32(Bytes(kTotpSecretSize, 0xff)), std::string(32, '7'));
}

TEST(Totp, TheAddressForApplicationsIsEncoded) {
  EXPECT_EQ(TotpUri("aplus.example", "léa bernard@caf95.test", "MZXW6YTBOI"),
            "otpauth://totp/aplus.example:l%C3%A9a%20bernard%40caf95.test?secret=MZXW6YTBOI"
            "&issuer=aplus.example&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace aplus
