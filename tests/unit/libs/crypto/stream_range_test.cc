// T-CRY-06 ranges, and uploads that go on where they stopped.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/libs/crypto/stream_support.h"

namespace aplus {
namespace {

using namespace aplus::testing;

constexpr std::uint64_t kFirst = 65'480;  // plaintext bytes in the first segment …
constexpr std::uint64_t kNext = 65'520;   // … and in each further one

// A stored object that only gives out what is asked for.
class Storage {
 public:
  explicit Storage(Bytes object) : object_(std::move(object)) {}
  Bytes Read(ByteRange range) const {
    EXPECT_LE(range.end(), object_.size());
    return {object_.begin() + static_cast<std::ptrdiff_t>(range.offset),
            object_.begin() + static_cast<std::ptrdiff_t>(range.end())};
  }
  std::uint64_t size() const { return object_.size(); }

 private:
  Bytes object_;
};

// As the files service reads a range: header, last segment once, then the planned bytes segment by segment.
Bytes ReadRange(const Storage& storage, const Key& dek, ByteRange wanted) {
  auto decryptor =
      StreamDecryptor::Open(dek, kContext, storage.Read({0, StreamLayout::kHeaderSize}), storage.size())
          .value();
  const RangePlan plan = decryptor.layout().Plan(wanted).value();
  if (decryptor.NeedsLastSegment(plan)) {
    const std::uint32_t last = decryptor.layout().segment_count() - 1;
    Bytes sealed = storage.Read(decryptor.layout().Ciphertext(last));
    EXPECT_TRUE(decryptor.OpenSegment(last, sealed));
  }
  Bytes stored = storage.Read(plan.ciphertext);
  std::span<std::uint8_t> rest(stored);
  Bytes answer;
  for (std::uint32_t segment = plan.first_segment; segment <= plan.last_segment; ++segment) {
    const std::size_t length = decryptor.layout().Ciphertext(segment).length;
    const auto opened = decryptor.OpenSegment(segment, rest.first(length));
    if (!opened) {
      ADD_FAILURE() << opened.error().diagnostic;
      return {};
    }
    const ByteRange part = decryptor.layout().PartOf(segment, plan);
    const auto wanted_part = opened->subspan(part.offset, part.length);
    answer.insert(answer.end(), wanted_part.begin(), wanted_part.end());
    rest = rest.subspan(length);
  }
  EXPECT_TRUE(rest.empty()) << "read more than was needed";
  return answer;
}

TEST(StreamRangeTest, T_CRY_06_TenThousandRandomRangesAroundTheBoundaries) {
  constexpr std::uint64_t kSeed = 20260516;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  const Key dek = KeyFromSeed(6);
  const std::vector<std::uint64_t> sizes = {
      1,         kFirst - 1,         kFirst,         kFirst + 1,         kNext - 1,          kNext,
      kNext + 1, kFirst + kNext - 1, kFirst + kNext, kFirst + kNext + 1, kFirst + 2 * kNext, 250'000};
  const std::int64_t edges[] = {0, kFirst, kFirst + kNext, kFirst + 2 * kNext};
  int compared = 0;
  for (std::uint64_t size : sizes) {
    SCOPED_TRACE(size);
    Bytes plaintext(size);
    random.Fill(plaintext);
    const Storage storage(SealObject(dek, kContext, plaintext, random, StreamLayout::kSegmentSize));
    for (int i = 0; i < 840; ++i) {
      std::uint64_t offset = Draw(random, size);
      if (i % 2 == 0) {
        const std::int64_t near = edges[Draw(random, 4)] + static_cast<std::int64_t>(Draw(random, 5)) - 2;
        if (near >= 0 && static_cast<std::uint64_t>(near) < size) offset = static_cast<std::uint64_t>(near);
      }
      // Short ones, long ones, ones that run over the end.
      const std::uint64_t length = 1 + Draw(random, i % 3 == 0 ? 40 : 2 * size);
      const std::uint64_t expected_length = std::min(length, size - offset);
      const Bytes answer = ReadRange(storage, dek, {offset, length});
      ASSERT_EQ(answer.size(), expected_length) << offset << "+" << length;
      ASSERT_TRUE(
          std::equal(answer.begin(), answer.end(), plaintext.begin() + static_cast<std::ptrdiff_t>(offset)))
          << offset << "+" << length;
      ++compared;
    }
  }
  EXPECT_GE(compared, 10'000);
}

TEST(StreamRangeTest, T_CRY_06_NoRangeBeforeTheLastSegmentWasVerified) {
  SeededRandom random(1);
  const Key dek = KeyFromSeed(1);
  const Bytes object = SealObject(dek, kContext, PatternOf(300), random, 64);
  const auto header = std::span(object).first(40);
  auto decryptor = StreamDecryptor::Open(dek, kContext, header, object.size(), 64).value();
  const StreamLayout layout = decryptor.layout();
  const auto stored = [&](std::uint32_t segment) {
    const ByteRange place = layout.Ciphertext(segment);
    return Bytes(object.begin() + static_cast<std::ptrdiff_t>(place.offset),
                 object.begin() + static_cast<std::ptrdiff_t>(place.end()));
  };
  const RangePlan plan = layout.Plan({150, 10}).value();
  Bytes wanted = stored(plan.first_segment);
  EXPECT_TRUE(decryptor.NeedsLastSegment(plan));
  EXPECT_FALSE(decryptor.OpenSegment(plan.first_segment, wanted));
  EXPECT_EQ(wanted, stored(plan.first_segment))
      << "a refused order is no reason to destroy the caller's bytes";

  Bytes last = stored(layout.segment_count() - 1);
  EXPECT_TRUE(decryptor.OpenSegment(layout.segment_count() - 1, last));
  EXPECT_FALSE(decryptor.NeedsLastSegment(plan));
  EXPECT_TRUE(decryptor.OpenSegment(plan.first_segment, wanted));

  auto later = StreamDecryptor::Open(dek, kContext, header, object.size(), 64).value();
  later.TrustLastSegment();
  Bytes again = stored(plan.first_segment);
  EXPECT_TRUE(later.OpenSegment(plan.first_segment, again));
}

TEST(StreamRangeTest, WrongSizesAndNumbersAreRefused) {
  SeededRandom random(1);
  const Key dek = KeyFromSeed(1);
  Bytes object = SealObject(dek, kContext, PatternOf(300), random, 64);
  auto decryptor =
      StreamDecryptor::Open(dek, kContext, std::span(object).first(40), object.size(), 64).value();
  EXPECT_FALSE(decryptor.OpenSegment(decryptor.layout().segment_count(), std::span(object).subspan(40, 24)));
  EXPECT_FALSE(decryptor.OpenSegment(0, std::span(object).subspan(40, 23)));
  EXPECT_FALSE(decryptor.OpenSegment(0, std::span(object).subspan(40, 25)));
  EXPECT_FALSE(decryptor.OpenSegment(0, {}));
  EXPECT_TRUE(decryptor.OpenSegment(0, std::span(object).subspan(40, 24)));
}

// tus: the connection breaks anywhere; the client goes on from the offset it is told; the object is the same.
TEST(StreamResumeTest, P60_ResumingAtEverySegmentGivesTheSameObject) {
  SeededRandom random(7);
  const Key dek = KeyFromSeed(7);
  for (std::size_t size : {0, 7, 8, 9, 56, 57, 500}) {
    const Bytes plaintext = PatternOf(size);
    const Bytes whole = SealObject(dek, kContext, plaintext, random, 64);
    const BytesView header = std::span(whole).first(40);
    for (std::size_t broken_at = 0; broken_at <= size; ++broken_at) {
      Bytes stored(header.begin(), header.end());
      auto first = StreamEncryptor::Resume(dek, kContext, header, 0, 64).value();
      BytesView sent = std::span(plaintext).first(broken_at);
      while (const auto segment = first.Push(sent))
        stored.insert(stored.end(), segment->begin(), segment->end());
      // What is remembered: the key, the header, the number of segments stored.
      const std::uint32_t next = first.next_segment();
      auto second = StreamEncryptor::Resume(dek, kContext, header, next, 64).value();
      ASSERT_EQ(second.sealed_plaintext(), first.sealed_plaintext());
      ASSERT_LE(second.sealed_plaintext(), broken_at);
      const Bytes rest =
          SealRest(second, std::span(plaintext).subspan(second.sealed_plaintext()), random, 100);
      stored.insert(stored.end(), rest.begin(), rest.end());
      ASSERT_EQ(ToHex(stored), ToHex(whole)) << size << " broken at " << broken_at;
    }
  }
}

TEST(StreamResumeTest, RefusesWhatIsNoHeader) {
  const Key dek = KeyFromSeed(1);
  EXPECT_FALSE(StreamEncryptor::Resume(dek, kContext, Bytes(39, 0x28), 0));
  Bytes header(40, 0x28);
  EXPECT_TRUE(StreamEncryptor::Resume(dek, kContext, header, 0));
  header[0] = 0x27;
  EXPECT_FALSE(StreamEncryptor::Resume(dek, kContext, header, 0));
  EXPECT_FALSE(StreamDecryptor::Open(dek, kContext, header, 56));
}

TEST(StreamEncryptorTest, NothingFollowsTheLastSegment) {
  SeededRandom random(1);
  auto encryptor = StreamEncryptor::Begin(KeyFromSeed(1), kContext, random, 64);
  encryptor.Finish();
  BytesView more = AsBytes("more");
  EXPECT_THROW(encryptor.Push(more), std::logic_error);
  EXPECT_THROW(encryptor.Finish(), std::logic_error);
}

TEST(StreamEncryptorTest, TheCounterDoesNotComeRound) {
  SeededRandom random(1);
  const Bytes object = SealObject(KeyFromSeed(1), kContext, {}, random, 64);
  auto encryptor =
      StreamEncryptor::Resume(KeyFromSeed(1), kContext, std::span(object).first(40), 0xffffffff, 64).value();
  const Bytes two_segments(100);
  BytesView input(two_segments);
  EXPECT_THROW(encryptor.Push(input), std::length_error);
}

// P61: whatever is pushed, at most one segment waits inside and at most one comes out at a time.
TEST(StreamEncryptorTest, P61_TakesEveryChunkSizeAndHoldsOneSegment) {
  SeededRandom random(3);
  const Key dek = KeyFromSeed(3);
  const Bytes plaintext = PatternOf(20'000);
  for (std::size_t chunk_size : {1, 2, 8, 47, 48, 49, 64, 1000, 20'000}) {
    auto encryptor = StreamEncryptor::Begin(dek, kContext, random, 64);
    Bytes object(encryptor.header().begin(), encryptor.header().end());
    for (std::size_t at = 0; at < plaintext.size(); at += chunk_size) {
      BytesView chunk = std::span(plaintext).subspan(at, std::min(chunk_size, plaintext.size() - at));
      while (const auto segment = encryptor.Push(chunk)) {
        ASSERT_LE(segment->size(), 64u);
        object.insert(object.end(), segment->begin(), segment->end());
      }
      const std::uint64_t taken = std::min(at + chunk_size, plaintext.size());
      ASSERT_LE(taken - encryptor.sealed_plaintext(), 48u);
    }
    const BytesView last = encryptor.Finish();
    object.insert(object.end(), last.begin(), last.end());
    ASSERT_EQ(OpenObject(dek, kContext, object, 64), plaintext) << chunk_size;
  }
}

}  // namespace
}  // namespace aplus
