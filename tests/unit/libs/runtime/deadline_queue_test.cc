#include "libs/runtime/deadline_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "tests/support/run_task.h"

namespace aplus {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class Entry final : public DeadlineEntry {
 public:
  explicit Entry(std::vector<Entry*>* fired) : fired_(fired) {}
  std::function<void()> also;

 private:
  void OnDeadline() override {
    fired_->push_back(this);
    if (also) also();
  }
  std::vector<Entry*>* fired_;
};

TEST(DeadlineQueue, FiresInOrderAndOnlyWhatIsDue) {
  boost::asio::io_context io{1};
  DeadlineQueue queue(io.get_executor());
  std::vector<Entry*> fired;
  Entry late(&fired), early(&fired), far(&fired), gone(&fired), moved(&fired);
  const SteadyTime now = SteadyClock::now();
  queue.Set(late, now + milliseconds(3));
  queue.Set(early, now + milliseconds(1));
  queue.Set(far, now + hours(1));
  queue.Set(gone, now + milliseconds(2));
  queue.Set(moved, now + milliseconds(1));
  queue.Remove(gone);
  queue.Set(moved, now + milliseconds(5));
  while (fired.size() < 3) io.run_one();
  EXPECT_EQ(fired, (std::vector<Entry*>{&early, &late, &moved}));
  queue.Close();
  io.run();  // returns: nothing keeps it
}

TEST(DeadlineQueue, EntriesMayDieOrMoveOneAnotherWhileFiring) {
  boost::asio::io_context io{1};
  DeadlineQueue queue(io.get_executor());
  std::vector<Entry*> fired;
  auto victim = std::make_unique<Entry>(&fired);
  Entry killer(&fired), again(&fired);
  int times = 0;
  const SteadyTime now = SteadyClock::now();
  killer.also = [&] { victim.reset(); };
  again.also = [&] {
    if (++times < 3) queue.Set(again, SteadyClock::now());
  };
  queue.Set(killer, now);
  queue.Set(*victim, now + milliseconds(1));
  queue.Set(again, now);
  while (times < 3) io.run_one();
  EXPECT_EQ(victim, nullptr);
  EXPECT_EQ(fired.size(), 4u);
  queue.Close();
  io.run();
}

TEST(DeadlineQueue, ClosedTakesNothingMore) {
  boost::asio::io_context io{1};
  DeadlineQueue queue(io.get_executor());
  std::vector<Entry*> fired;
  Entry entry(&fired);
  queue.Set(entry, SteadyClock::now() + milliseconds(1));
  queue.Close();
  queue.Set(entry, SteadyClock::now());
  io.run();
  EXPECT_TRUE(fired.empty());
}

TEST(DeadlineQueue, RandomSetsMovesAndRemovals) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  boost::asio::io_context io{1};
  DeadlineQueue queue(io.get_executor());
  std::vector<Entry*> fired;
  std::vector<std::unique_ptr<Entry>> entries;
  for (int i = 0; i < 300; ++i) entries.push_back(std::make_unique<Entry>(&fired));
  const SteadyTime start = SteadyClock::now();
  std::vector<bool> set(entries.size(), false);
  for (int i = 0; i < 5000; ++i) {
    const std::size_t which = random() % entries.size();
    if (random() % 3 == 0) {
      queue.Remove(*entries[which]);
      set[which] = false;
    } else {
      queue.Set(*entries[which], start + milliseconds(200 + random() % 20));
      set[which] = true;
    }
  }
  const auto expected = static_cast<std::size_t>(std::count(set.begin(), set.end(), true));
  while (fired.size() < expected) io.run_one();
  for (std::size_t i = 1; i < fired.size(); ++i) EXPECT_LE(fired[i - 1]->deadline(), fired[i]->deadline());
  queue.Close();
  io.run();
}

}  // namespace
}  // namespace aplus
