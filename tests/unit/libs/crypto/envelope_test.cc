#include "libs/crypto/envelope.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <unordered_set>

#include "libs/crypto/aead.h"

namespace aplus {
namespace {

const RequestId kRequest = RequestId::Parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").value();
const RequestId kOtherRequest = RequestId::Parse("017f22e2-79b0-7cc3-98c4-dc0c0c073990").value();
const FileId kFile = FileId::Parse("0190a5b4-0000-7000-8000-00000000000a").value();
const FileId kOtherFile = FileId::Parse("0190a5b4-0000-7000-8000-00000000000b").value();

Keyring RingOf(std::initializer_list<std::pair<Keyring::Version, int>> keys, Keyring::Version active) {
  std::map<Keyring::Version, Key> made;
  for (auto [version, seed] : keys) {
    SeededRandom random(static_cast<std::uint64_t>(seed));
    made.emplace(version, Key::Generate(random));
  }
  return Keyring::Make(std::move(made), active).value();
}

TEST(EnvelopeTest, ContextsAreSpelledAsTheDesignSaysThem) {
  EXPECT_EQ(RequestKeyContext(kRequest, 3), "aplus/rk/1:017f22e2-79b0-7cc3-98c4-dc0c0c07398f:3");
  EXPECT_EQ(FileKeyContext(kFile, kRequest),
            "aplus/dek/1:0190a5b4-0000-7000-8000-00000000000a:017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  EXPECT_EQ(FileContentContext(kFile, kRequest),
            "aplus/file/1:0190a5b4-0000-7000-8000-00000000000a:017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  EXPECT_EQ(FileContentContext(kFile, kRequest).size(), 86u);
}

TEST(EnvelopeTest, WrapsAndUnwraps) {
  SystemRandom random;
  const Keyring ring = RingOf({{1, 1}, {2, 2}}, 2);
  const Envelope envelope(ring, random);
  const Key key = Key::Generate(random);
  const WrappedKey request_key = envelope.WrapRequestKey(key, kRequest);
  const WrappedKey file_key = envelope.WrapFileKey(key, kFile, kRequest);
  EXPECT_EQ(request_key.kek_version, 2);
  EXPECT_EQ(request_key.sealed.size(), 60u);
  EXPECT_EQ(file_key.sealed.size(), 60u);
  EXPECT_TRUE(envelope.UnwrapRequestKey(request_key, kRequest).value() == key);
  EXPECT_TRUE(envelope.UnwrapFileKey(file_key, kFile, kRequest).value() == key);
  // The format itself, from its parts.
  EXPECT_TRUE(OpenWithKey(*ring.Find(2), "aplus/rk/1:" + kRequest.ToString() + ":2", request_key.sealed));
  EXPECT_TRUE(OpenWithKey(*ring.Find(2), "aplus/dek/1:" + kFile.ToString() + ":" + kRequest.ToString(),
                          file_key.sealed));
}

TEST(EnvelopeTest, T_CRY_05_AKeyMovedToAnotherRowDoesNotUnwrap) {
  SystemRandom random;
  const Keyring ring = RingOf({{1, 1}, {2, 2}}, 1);
  const Envelope envelope(ring, random);
  const Key key = Key::Generate(random);
  const WrappedKey request_key = envelope.WrapRequestKey(key, kRequest);
  const WrappedKey file_key = envelope.WrapFileKey(key, kFile, kRequest);
  EXPECT_FALSE(envelope.UnwrapRequestKey(request_key, kOtherRequest));
  EXPECT_FALSE(envelope.UnwrapFileKey(file_key, kOtherFile, kRequest));
  EXPECT_FALSE(envelope.UnwrapFileKey(file_key, kFile, kOtherRequest));
  EXPECT_FALSE(envelope.UnwrapFileKey(request_key, kFile, kRequest));
  EXPECT_FALSE(envelope.UnwrapRequestKey(file_key, kRequest));
  EXPECT_FALSE(envelope.UnwrapRequestKey({2, request_key.sealed}, kRequest));
  EXPECT_FALSE(envelope.UnwrapRequestKey({3, request_key.sealed}, kRequest));
  EXPECT_FALSE(envelope.UnwrapRequestKey({1, {}}, kRequest));
}

TEST(EnvelopeTest, T_CRY_03_EveryFlippedBitOfAWrappedKeyIsRefused) {
  SystemRandom random;
  const Keyring ring = RingOf({{1, 1}}, 1);
  const Envelope envelope(ring, random);
  const WrappedKey wrapped = envelope.WrapRequestKey(Key::Generate(random), kRequest);
  for (std::size_t bit = 0; bit < wrapped.sealed.size() * 8; ++bit) {
    WrappedKey flipped = wrapped;
    flipped.sealed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto opened = envelope.UnwrapRequestKey(flipped, kRequest);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().reason, Reason::kInternal);
  }
}

TEST(EnvelopeTest, P64_RotationRewrapsAndThenTheOldVersionCanGo) {
  SystemRandom random;
  const Keyring before = RingOf({{1, 1}}, 1);
  const Keyring during = RingOf({{1, 1}, {2, 2}}, 2);
  const Keyring after = RingOf({{2, 2}}, 2);
  const Key key = Key::Generate(random);
  const WrappedKey old_request_key = Envelope(before, random).WrapRequestKey(key, kRequest);
  const WrappedKey old_file_key = Envelope(before, random).WrapFileKey(key, kFile, kRequest);

  const Envelope envelope(during, random);
  EXPECT_TRUE(envelope.UnwrapRequestKey(old_request_key, kRequest).value() == key);
  const WrappedKey request_key = envelope.RewrapRequestKey(old_request_key, kRequest).value();
  const WrappedKey file_key = envelope.RewrapFileKey(old_file_key, kFile, kRequest).value();
  EXPECT_EQ(request_key.kek_version, 2);
  EXPECT_EQ(file_key.kek_version, 2);
  EXPECT_EQ(envelope.RewrapRequestKey(request_key, kRequest).value(), request_key)
      << "a second run changes nothing";
  EXPECT_EQ(envelope.RewrapFileKey(file_key, kFile, kRequest).value(), file_key);
  EXPECT_FALSE(envelope.RewrapFileKey(old_file_key, kOtherFile, kRequest))
      << "rewrapping must not launder a swap";

  const Envelope only_new(after, random);
  EXPECT_TRUE(only_new.UnwrapRequestKey(request_key, kRequest).value() == key);
  EXPECT_TRUE(only_new.UnwrapFileKey(file_key, kFile, kRequest).value() == key);
  EXPECT_FALSE(only_new.UnwrapRequestKey(old_request_key, kRequest));
}

// 10^6 in the long tier; a tenth of it here.
TEST(EnvelopeTest, T_CRY_08_NoNonceRepeatsAndNoKeyIsDrawnTwice) {
  constexpr int kWraps = 100'000;
  SystemRandom random;
  const Keyring ring = RingOf({{1, 1}}, 1);
  const Envelope envelope(ring, random);
  std::unordered_set<std::string> nonces, keys;
  for (int i = 0; i < kWraps; ++i) {
    const Key key = Key::Generate(random);
    const WrappedKey wrapped = envelope.WrapFileKey(key, kFile, kRequest);
    ASSERT_TRUE(nonces.emplace(AsText(wrapped.sealed).substr(0, AesGcm::kNonceSize)).second) << i;
    ASSERT_TRUE(keys.emplace(AsText(key.Reveal())).second) << i;
  }
}

}  // namespace
}  // namespace aplus
