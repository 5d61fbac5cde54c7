// The primitives against the answers that their standards print.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "libs/base/bytes.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/ed25519.h"
#include "libs/crypto/hkdf.h"

namespace aplus {
namespace {

Bytes Hex(std::string_view text) { return FromHex(text).value(); }
Key HexKey(std::string_view text) {
  Bytes bytes = Hex(text);
  bytes.resize(Key::kSize);
  return Key::FromBytes(bytes).value();
}

struct GcmCase {
  std::string_view key, nonce, associated, plaintext, sealed;
};
// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
constexpr GcmCase kGcm[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"}};

TEST(AesGcmTest, KnownAnswersBothWaysAndInPlace) {
  for (const GcmCase& c : kGcm) {
    AesGcm cipher(HexKey(c.key));
    AesGcm::Nonce nonce;
    std::ranges::copy(Hex(c.nonce), nonce.begin());
    const Bytes plaintext = Hex(c.plaintext);
    Bytes buffer = plaintext;
    buffer.resize(plaintext.size() + AesGcm::kTagSize);
    // Both directions in turn on one object: the encryptor and decryptor of a stream do the same.
    for (int round = 0; round < 2; ++round) {
      cipher.Seal(nonce, Hex(c.associated), std::span(buffer).first(plaintext.size()), buffer);
      EXPECT_EQ(ToHex(buffer), c.sealed);
      ASSERT_TRUE(cipher.Open(nonce, Hex(c.associated), buffer, std::span(buffer).first(plaintext.size())));
      EXPECT_TRUE(std::equal(plaintext.begin(), plaintext.end(), buffer.begin()));
    }
  }
}

TEST(AesGcmTest, WhatIsNotAuthenticIsWiped) {
  AesGcm cipher(HexKey(kGcm[2].key));
  AesGcm::Nonce nonce;
  std::ranges::copy(Hex(kGcm[2].nonce), nonce.begin());
  const Bytes sealed = Hex(kGcm[2].sealed);
  Bytes out(sealed.size() - AesGcm::kTagSize, 0xaa);
  EXPECT_FALSE(cipher.Open(nonce, {}, sealed, out));
  EXPECT_EQ(out, Bytes(out.size(), 0));
}

TEST(SealWithKeyTest, OpensOnlyWithItsKeyItsContextAndItsBytes) {
  SystemRandom random;
  const Key key = Key::Generate(random);
  const Key other = Key::Generate(random);
  const Bytes plaintext = Hex("00112233445566778899");
  const Bytes sealed = SealWithKey(key, random, "context", plaintext);
  EXPECT_EQ(sealed.size(), plaintext.size() + kSealOverhead);
  EXPECT_EQ(OpenWithKey(key, "context", sealed), plaintext);
  EXPECT_FALSE(OpenWithKey(other, "context", sealed));
  EXPECT_FALSE(OpenWithKey(key, "contexT", sealed));
  EXPECT_FALSE(OpenWithKey(key, "", sealed));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(OpenWithKey(key, "context", flipped)) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(OpenWithKey(key, "context", std::span(sealed).first(size))) << size;
  }
  EXPECT_EQ(OpenWithKey(key, "", SealWithKey(key, random, "", {})), Bytes{});
}

// RFC 5869, appendix A, test cases 1 and 3.
TEST(HkdfTest, Rfc5869) {
  Bytes out(42);
  HkdfSha256(Bytes(22, 0x0b), Hex("000102030405060708090a0b0c"), Hex("f0f1f2f3f4f5f6f7f8f9"), out);
  EXPECT_EQ(ToHex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  HkdfSha256(Bytes(22, 0x0b), {}, {}, out);
  EXPECT_EQ(ToHex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// FIPS 180-4, and RFC 4231 cases 1 and 2 (HMAC fills short keys with zeros, as HexKey does).
TEST(DigestTest, KnownAnswers) {
  constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(ToHex(Sha256(AsBytes("abc"))), kAbc);
  Sha256Stream stream;
  stream.Update(AsBytes("a"));
  stream.Update({});
  stream.Update(AsBytes("bc"));
  EXPECT_EQ(ToHex(stream.Finish()), kAbc);

  HmacSha256 first(HexKey("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  HmacSha256 second(HexKey(ToHex(AsBytes("Jefe"))));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(ToHex(first.Mac(AsBytes("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(ToHex(second.Mac(AsBytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
}

struct SignatureCase {
  std::string_view seed, public_key, message, signature;
};
// RFC 8032 section 7.1, tests 1 and 2.
constexpr SignatureCase kSignatures[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f"
     "0595b"
     "be24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2ea"
     "eb430"
     "2aeeb00d291612bb0c00"}};

TEST(Ed25519Test, Rfc8032) {
  for (const SignatureCase& c : kSignatures) {
    const Ed25519PrivateKey key(HexKey(c.seed));
    EXPECT_EQ(ToHex(key.PublicKey().bytes()), c.public_key);
    EXPECT_EQ(ToHex(key.Sign(Hex(c.message))), c.signature);
    const auto verifier = Ed25519PublicKey::FromBytes(Hex(c.public_key));
    ASSERT_TRUE(verifier);
    EXPECT_TRUE(verifier->Verify(Hex(c.message), Hex(c.signature)));
  }
}

TEST(Ed25519Test, RefusesEveryOtherSignatureMessageAndKey) {
  const Bytes message = Hex(kSignatures[1].message);
  const Bytes signature = Hex(kSignatures[1].signature);
  const auto key = Ed25519PublicKey::FromBytes(Hex(kSignatures[1].public_key)).value();
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes flipped = signature;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(key.Verify(message, flipped)) << bit;
  }
  EXPECT_FALSE(key.Verify(Hex("73"), signature));
  EXPECT_FALSE(key.Verify({}, signature));
  EXPECT_FALSE(key.Verify(message, std::span(signature).first(63)));
  EXPECT_FALSE(key.Verify(message, {}));
  EXPECT_FALSE(Ed25519PublicKey::FromBytes(Hex(kSignatures[0].public_key))->Verify(message, signature));
  EXPECT_FALSE(Ed25519PublicKey::FromBytes(Bytes(31)));
  EXPECT_FALSE(Ed25519PublicKey::FromBytes(Bytes(33)));
  EXPECT_FALSE(Ed25519PublicKey::FromBytes(Bytes(32, 0xff))->Verify(message, signature));
  // Adding the group's order to the second half is a second spelling of the same signature: RFC 8032
  // section 5.1.7 refuses it.
  Bytes malleable = signature;
  const Bytes order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += malleable[32 + i] + order[i];
    malleable[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(key.Verify(message, malleable));
}

}  // namespace
}  // namespace aplus
