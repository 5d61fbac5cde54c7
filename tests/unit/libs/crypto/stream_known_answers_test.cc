// T-CRY-01: the same bytes as Tink. Recorded vectors both ways, then random sizes against a second
// implementation.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>
#include <string>

#include "libs/crypto/digest.h"
#include "tests/unit/libs/crypto/stream_support.h"
#include "tests/unit/libs/crypto/tink_reference.h"

namespace aplus {
namespace {

using namespace aplus::testing;

struct Vector {
  std::int64_t id;
  std::uint32_t segment_size;
  Bytes dek, header;
  std::string associated;
  std::size_t plaintext_size, ciphertext_size;
  std::string ciphertext_sha256;
  std::string ciphertext;  // hexadecimal; empty where the file has only its hash
};

std::vector<Vector> Vectors() {
  static simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(APLUS_TINK_VECTORS);
  const auto text = [](simdjson::dom::element object, std::string_view name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  std::vector<Vector> vectors;
  for (const simdjson::dom::element v : file["vectors"].get_array()) {
    const Bytes associated = FromHex(text(v, "aad")).value();
    vectors.push_back({.id = v["id"].get_int64(),
                       .segment_size = static_cast<std::uint32_t>(v["segment"].get_uint64()),
                       .dek = FromHex(text(v, "key")).value(),
                       .header = FromHex(text(v, "header")).value(),
                       .associated = std::string(AsText(associated)),
                       .plaintext_size = v["plaintext_len"].get_uint64(),
                       .ciphertext_size = v["ct_len"].get_uint64(),
                       .ciphertext_sha256 = text(v, "ct_sha256"),
                       .ciphertext = text(v, "ct")});
  }
  return vectors;
}

TEST(StreamKnownAnswersTest, T_CRY_01_RecordedVectorsBothWays) {
  SeededRandom chunks(1);
  std::set<std::uint32_t> segment_sizes;
  const auto vectors = Vectors();
  EXPECT_EQ(vectors.size(), 18u);
  for (const Vector& v : vectors) {
    SCOPED_TRACE(v.id);
    segment_sizes.insert(v.segment_size);
    const Key dek = Key::FromBytes(v.dek).value();
    const Bytes plaintext = PatternOf(v.plaintext_size);
    ASSERT_EQ(StreamLayout::CiphertextSize(v.plaintext_size, v.segment_size), v.ciphertext_size);

    // Resuming at segment 0 is the way to give salt and prefix; Begin differs only in drawing them.
    auto encryptor = StreamEncryptor::Resume(dek, v.associated, v.header, 0, v.segment_size);
    ASSERT_TRUE(encryptor);
    Bytes object(v.header);
    const Bytes rest = SealRest(*encryptor, plaintext, chunks, v.segment_size + 100);
    object.insert(object.end(), rest.begin(), rest.end());
    ASSERT_EQ(object.size(), v.ciphertext_size);
    EXPECT_EQ(ToHex(Sha256(object)), v.ciphertext_sha256);
    if (!v.ciphertext.empty()) EXPECT_EQ(ToHex(object), v.ciphertext);

    // The recorded bytes themselves where they stand in the file; else ours, whose hash is theirs.
    const Bytes recorded = v.ciphertext.empty() ? object : FromHex(v.ciphertext).value();
    EXPECT_EQ(OpenObject(dek, v.associated, recorded, v.segment_size), plaintext);
    EXPECT_EQ(OpenObject(dek, v.associated + "x", recorded, v.segment_size), std::nullopt);
  }
  EXPECT_EQ(segment_sizes, (std::set<std::uint32_t>{64, 4096, 65536, 1048576}));
}

TEST(StreamKnownAnswersTest, T_CRY_01_500RandomSizesAgreeWithASecondImplementationBothWays) {
  constexpr std::uint64_t kSeed = 20260515;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  for (int i = 0; i < 500; ++i) {
    const std::uint32_t segment_size = i % 3 == 0 ? 64 : i % 3 == 1 ? 4096 : StreamLayout::kSegmentSize;
    const std::size_t size = Draw(random, 4 * segment_size);
    SCOPED_TRACE(size);
    const Key dek = Key::Generate(random);
    Bytes plaintext(size);
    random.Fill(plaintext);
    const Bytes ours = SealObject(dek, "aplus/file/1:a:b", plaintext, random, segment_size);
    const Bytes theirs =
        ReferenceSeal(dek.Reveal(), "aplus/file/1:a:b", std::span(ours).first(40), plaintext, segment_size);
    ASSERT_TRUE(ours == theirs);
    ASSERT_TRUE(OpenObject(dek, "aplus/file/1:a:b", theirs, segment_size) == plaintext);
    ASSERT_TRUE(ReferenceOpen(dek.Reveal(), "aplus/file/1:a:b", ours, segment_size) == plaintext);
  }
}

TEST(StreamKnownAnswersTest, T_CRY_08_EachFileDrawsItsOwnSaltAndPrefix) {
  SystemRandom random;
  const Key dek = KeyFromSeed(1);
  std::set<StreamHeader> headers;
  for (int i = 0; i < 10'000; ++i) {
    const auto header = StreamEncryptor::Begin(dek, "", random, 64).header();
    EXPECT_EQ(header[0], 0x28);
    ASSERT_TRUE(headers.insert(header).second);
  }
}

}  // namespace
}  // namespace aplus
