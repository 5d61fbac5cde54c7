// The figures of P80 against an independent, naive computation over the same random events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "services/stats/store/fact_store.h"
#include "services/stats/store/summary_store.h"
#include "stats_migrations.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::stats {
namespace {

using aplus::testing::Bench;
using namespace std::chrono_literals;

std::uint64_t Seed() {
  const char* given = std::getenv("SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20260512;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  // 0 … n-1.
  std::uint64_t Roll(std::uint64_t n) {
    std::uint8_t bytes[8];
    random_.Fill(bytes);
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value % n;
  }
  bool OneIn(std::uint64_t n) { return Roll(n) == 0; }
  template <class Any>
  Any Fresh(Time at) {
    ManualClock clock(at);
    return Any::New(clock, random_);
  }

 private:
  SeededRandom random_;
};

// What happened on one request, in the words of P80 rather than ours.
struct Story {
  std::string area;
  std::vector<GroupId> groups;  // the creator's first
  std::vector<Change> changes;
};

struct World {
  std::vector<GroupId> groups;
  std::vector<GroupFact> group_facts;
  std::vector<UserId> users;
  std::vector<Story> stories;
  Time now{};
};

const std::vector<std::string> kAreas{"62", "75", "974"};

// A plausible life: answers, passages to processed and back, closings, reopenings, private messages,
// lateness.
Story Tell(Dice& dice, const World& world) {
  Story story;
  const Time created =
      world.now - Duration(std::chrono::hours(dice.Roll(24 * 20))) - std::chrono::seconds(dice.Roll(3600));
  story.area = kAreas[dice.Roll(kAreas.size())];
  story.groups = {world.groups[dice.Roll(3)], world.groups[3 + dice.Roll(3)]};
  Change change;
  change.request = dice.Fresh<RequestId>(created);
  change.created_at = created;
  change.area = story.area;
  change.creator_group = story.groups[0];
  change.groups = {story.groups[1]};
  change.state = State::kNew;
  change.at = created;
  change.what = Opened{};
  story.changes.push_back(change);
  bool answered = false;
  const std::uint64_t steps = dice.Roll(9);
  for (std::uint64_t i = 0; i < steps; ++i) {
    Change next = story.changes.back();
    // Exactly on the edges, now and then.
    const Duration since = next.at - created;
    next.at += dice.OneIn(4) && since < 120h   ? Duration(120h) - since
               : dice.OneIn(4) && since < 168h ? Duration(168h) - since
                                               : Duration(std::chrono::minutes(1 + dice.Roll(3000)));
    next.first_answer_working.reset();
    next.actor = world.users[dice.Roll(world.users.size())];
    next.actor_group = story.groups[dice.Roll(2)];
    const auto working = static_cast<std::int64_t>(
        dice.OneIn(4) ? Duration(72h).count() : Duration(next.at - created).count() * 5 / 7);
    switch (next.state) {
      case State::kNew:
      case State::kInProgress:
        switch (dice.Roll(5)) {
          case 0:
            next.state = State::kInProgress;
            if (!answered) next.first_answer_working = working;
            answered = true;
            next.what = Message{true, false, dice.OneIn(5)};
            break;
          case 1:
            next.what = Message{.visible_to_all = false};
            next.actor = {};
            break;
          case 2:
            next.what = Late{};
            next.actor = {};
            break;
          case 3:
            next.state = State::kClosed;
            next.what =
                Closed{static_cast<CloseReason>(1 + dice.Roll(5)), static_cast<Usefulness>(dice.Roll(4))};
            break;
          default:
            next.state = State::kProcessed;
            if (!answered) next.first_answer_working = working;
            answered = true;
            next.what = Processed{working};
        }
        break;
      case State::kProcessed:
        if (dice.OneIn(2)) {
          next.state = State::kInProgress;
          next.what = Message{true, true, false};
        } else {
          next.state = State::kClosed;
          next.what = Closed{CloseReason::kSolved, static_cast<Usefulness>(dice.Roll(4))};
        }
        break;
      default:
        next.state = State::kInProgress;
        next.what = Reopened{};
    }
    story.changes.push_back(next);
  }
  return story;
}

World Make(std::uint64_t seed, int requests) {
  Dice dice(seed);
  World world;
  world.now = *ParseTime("2026-05-30T10:00:00Z");
  for (int i = 0; i < 6; ++i) {
    world.groups.push_back(dice.Fresh<GroupId>(world.now));
    world.group_facts.push_back(
        {world.groups.back(), i < 3 ? "france-services" : "caf", i < 3, {kAreas[i % 3]}});
  }
  for (int i = 0; i < 7; ++i) world.users.push_back(dice.Fresh<UserId>(world.now));
  for (int i = 0; i < requests; ++i) world.stories.push_back(Tell(dice, world));
  return world;
}

// --- the naive computation: one request at a time, straight from the sentences of P80
// ------------------------------

struct Naive {
  SummaryRow row;
  std::vector<double> answers, answers_working, solvings, solvings_working;
  std::set<std::string> active;
};

double Hours(Duration duration) { return static_cast<double>(duration.count()) / 3.6e9; }

std::optional<std::vector<double>> Percentiles(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  std::vector<double> out;
  for (const double p : {0.5, 0.9}) {
    const double place = p * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(std::floor(place));
    const auto high = static_cast<std::size_t>(std::ceil(place));
    out.push_back(values[low] + (values[high] - values[low]) * (place - static_cast<double>(low)));
  }
  return out;
}

void Count(const Story& story, Time now, Naive& naive) {
  SummaryRow& row = naive.row;
  const Time created = story.changes.front().created_at;
  ++row.created;
  std::optional<Time> first_answer, solved;
  std::int64_t answer_working = 0, solved_working = 0;
  bool late = false, standard = false;
  std::optional<Closed> closed;
  for (const Change& change : story.changes) {
    if (change.first_answer_working && !first_answer) {
      first_answer = change.at;
      answer_working = *change.first_answer_working;
    }
    if (const auto* message = std::get_if<Message>(&change.what)) {
      if (message->visible_to_all) ++row.messages;
      standard = standard || message->standard_procedure;
    }
    if (const auto* processed = std::get_if<Processed>(&change.what)) {
      solved = change.at;
      solved_working = processed->working;
    }
    // None while it is back in progress.
    if (change.state == State::kNew || change.state == State::kInProgress) solved.reset();
    if (std::holds_alternative<Late>(change.what)) late = true;
    closed.reset();
    if (const auto* ended = std::get_if<Closed>(&change.what)) closed = *ended;
  }
  const State state = story.changes.back().state;
  row.state_new += state == State::kNew;
  row.in_progress += state == State::kInProgress;
  row.processed += state == State::kProcessed;
  row.closed += state == State::kClosed;
  row.late += late;
  row.relevant += !standard;
  if (closed) {
    row.closed_without_answer += closed->reason == CloseReason::kNoAnswer;
    row.useful_good += closed->usefulness == Usefulness::kGood;
    row.useful_neutral += closed->usefulness == Usefulness::kNeutral;
    row.useful_bad += closed->usefulness == Usefulness::kBad;
  }
  if (first_answer) {
    ++row.answered;
    naive.answers.push_back(Hours(*first_answer - created));
    naive.answers_working.push_back(Hours(Duration(answer_working)));
  }
  if (solved) {
    ++row.solved;
    naive.solvings.push_back(Hours(*solved - created));
    naive.solvings_working.push_back(Hours(Duration(solved_working)));
  }
  // Revoked and withdrawn ones are left out of the shares.
  if (closed && (closed->reason == CloseReason::kRevoked || closed->reason == CloseReason::kWithdrawn))
    return;
  if (first_answer || late || state == State::kClosed) ++row.taken_base;
  if (first_answer && Duration(answer_working) <= 72h) ++row.taken_in_time;
  const bool week_old = now - created >= 168h;
  const bool in_seven = solved && *solved - created < 168h;
  const bool in_five = solved && *solved - created <= 120h;
  row.solved_base += week_old;
  row.solved_in_7 += in_seven;
  row.solved_in_7_of_base += in_seven && week_old;
  row.solved_in_5 += in_five;
  row.solved_in_5_of_base += in_five && week_old;
}

bool Belongs(const Story& story, const Selection& selection) {
  const auto has = [&](const std::vector<GroupId>& wanted) {
    return std::any_of(story.groups.begin(), story.groups.end(), [&](const GroupId& group) {
      return std::find(wanted.begin(), wanted.end(), group) != wanted.end();
    });
  };
  const bool area =
      std::find(selection.areas.begin(), selection.areas.end(), story.area) != selection.areas.end();
  if (!selection.all && !has(selection.groups) && !area) return false;
  if (selection.narrow && !has(*selection.narrow)) return false;
  return selection.area.empty() || selection.area == story.area;
}

Naive Compute(const World& world, const Selection& selection, Time start, Time end) {
  Naive naive;
  for (const Story& story : world.stories) {
    const Time created = story.changes.front().created_at;
    if (created < start || created >= end || !Belongs(story, selection)) continue;
    Count(story, world.now, naive);
  }
  naive.row.first_answer = Percentiles(naive.answers);
  naive.row.first_answer_working = Percentiles(naive.answers_working);
  naive.row.solving = Percentiles(naive.solvings);
  naive.row.solving_working = Percentiles(naive.solvings_working);
  return naive;
}

void ExpectSame(const SummaryRow& got, const SummaryRow& wanted) {
  constexpr std::pair<const char*, std::int64_t SummaryRow::*> kCounts[]{
      {"created", &SummaryRow::created},
      {"new", &SummaryRow::state_new},
      {"in progress", &SummaryRow::in_progress},
      {"processed", &SummaryRow::processed},
      {"closed", &SummaryRow::closed},
      {"taken in time", &SummaryRow::taken_in_time},
      {"taken base", &SummaryRow::taken_base},
      {"solved in 7", &SummaryRow::solved_in_7},
      {"solved in 7 of base", &SummaryRow::solved_in_7_of_base},
      {"solved in 5", &SummaryRow::solved_in_5},
      {"solved in 5 of base", &SummaryRow::solved_in_5_of_base},
      {"solved base", &SummaryRow::solved_base},
      {"answered", &SummaryRow::answered},
      {"solved", &SummaryRow::solved},
      {"late", &SummaryRow::late},
      {"closed without answer", &SummaryRow::closed_without_answer},
      {"relevant", &SummaryRow::relevant},
      {"good", &SummaryRow::useful_good},
      {"neutral", &SummaryRow::useful_neutral},
      {"bad", &SummaryRow::useful_bad},
      {"messages", &SummaryRow::messages}};
  for (const auto& [name, field] : kCounts) EXPECT_EQ(got.*field, wanted.*field) << name;
  const auto near = [](const std::optional<std::vector<double>>& a,
                       const std::optional<std::vector<double>>& b) {
    ASSERT_EQ(a.has_value(), b.has_value());
    if (!a) return;
    ASSERT_EQ(a->size(), b->size());
    for (std::size_t i = 0; i < a->size(); ++i) EXPECT_NEAR((*a)[i], (*b)[i], 1e-6);
  };
  near(got.first_answer, wanted.first_answer);
  near(got.first_answer_working, wanted.first_answer_working);
  near(got.solving, wanted.solving);
  near(got.solving_working, wanted.solving_working);
}

// --- playing
// --------------------------------------------------------------------------------------------------------

Task<Result<void>> RecordAll(Transaction& tx, const World* world, std::uint64_t interleaving) {
  Dice dice(interleaving);
  for (const GroupFact& group : world->group_facts) FactStore::SaveGroup(tx, group);
  // Each request keeps its order; the requests are mixed at random.
  std::vector<std::size_t> next(world->stories.size(), 0);
  std::vector<std::size_t> open(world->stories.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  while (!open.empty()) {
    const std::size_t at = dice.Roll(open.size());
    const Story& story = world->stories[open[at]];
    CO_TRY_VOID(co_await FactStore::Record(tx, story.changes[next[open[at]]++]));
    if (next[open[at]] == story.changes.size()) {
      open[at] = open.back();
      open.pop_back();
    }
  }
  co_return Result<void>();
}

Task<Result<void>> Clear(Transaction& tx) {
  FactStore::DeleteAll(tx);
  co_return Result<void>();
}

// Everything that was built, as text.
std::vector<std::string> Dump(Bench& bench) {
  return bench.scratch.Sql(
      "SELECT t FROM (SELECT request_fact::text t FROM request_fact UNION ALL SELECT request_group::text FROM"
      " request_group UNION ALL SELECT group_fact::text FROM group_fact UNION ALL SELECT "
      "membership_fact::text FROM"
      " membership_fact UNION ALL SELECT active_day::text FROM active_day) x ORDER BY t");
}

class SummaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  }
  void Play(aplus::testing::Scenario scenario) {
    Bench bench(stats_migrations);
    StatementTable statements = FactStore::Statements();
    statements.Add(SummaryStore::Statements());
    aplus::testing::Play(bench, statements, scenario);
  }
};

Task<> TheDatabaseCountsLikeTheSentences(Bench& bench) {
  const std::uint64_t seed = Seed();
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  const World world = Make(seed, 400);
  SummaryStore store(*bench.db);
  EXPECT_TRUE(co_await bench.db->Transact(bench.Write(50s),
                                          [&](Transaction& tx) { return RecordAll(tx, &world, 1); }));

  std::vector<Selection> selections(6);
  selections[0].all = true;
  selections[1].groups = {world.groups[0]};
  selections[2].groups = {world.groups[1], world.groups[4]};
  selections[3].areas = {"62"};
  selections[4].areas = {"62", "974"}, selections[4].groups = {world.groups[2]},
  selections[4].narrow = {{world.groups[5]}};
  selections[5].all = true, selections[5].area = "75";
  const auto days = [](const char* text) { return Time{std::chrono::sys_days{*ParseDay(text)}}; };
  const std::vector<std::pair<Time, Time>> periods{{days("2026-01-01"), days("2027-01-01")},
                                                   {days("2026-05-15"), days("2026-05-20")},
                                                   {days("2026-05-25"), days("2026-06-01")},
                                                   {days("2030-01-01"), days("2030-01-02")}};
  for (std::size_t i = 0; i < selections.size(); ++i) {
    for (std::size_t j = 0; j < periods.size(); ++j) {
      SCOPED_TRACE(std::to_string(i) + " " + std::to_string(j));
      const auto got = co_await store.Summary(
          {.from = {}, .to = {}, .start = periods[j].first, .end = periods[j].second, .now = world.now},
          selections[i], bench.In(3s));
      CO_ASSERT(got.has_value());
      const Naive naive = Compute(world, selections[i], periods[j].first, periods[j].second);
      ExpectSame(*got, naive.row);
      if (i == 0 && j == 0) {
        EXPECT_EQ(got->created, 400);
        EXPECT_GT(got->solved_in_7, got->solved_in_7_of_base);  // the young ones count, but not in the share
        EXPECT_GT(got->solved_in_7_of_base, 0);
      }
    }
  }
}
TEST_F(SummaryTest, P80_TheDatabaseCountsLikeTheSentences) { Play(TheDatabaseCountsLikeTheSentences); }

Task<> RebuildingGivesTheSame(Bench& bench) {
  const World world = Make(Seed() + 1, 120);
  std::vector<std::string> first;
  for (const std::uint64_t interleaving : {1, 2, 3}) {
    EXPECT_TRUE(co_await bench.db->Transact(bench.Write(50s), [](Transaction& tx) { return Clear(tx); }));
    EXPECT_TRUE(Dump(bench).empty());
    EXPECT_TRUE(co_await bench.db->Transact(
        bench.Write(50s), [&](Transaction& tx) { return RecordAll(tx, &world, interleaving); }));
    if (first.empty()) first = Dump(bench);
    EXPECT_EQ(Dump(bench), first);
  }
  EXPECT_GT(first.size(), 400u);
}
TEST_F(SummaryTest, P82_RebuildingGivesTheSame) { Play(RebuildingGivesTheSame); }

Task<> EmptyIsZeroEverywhere(Bench& bench) {
  SummaryStore store(*bench.db);
  Selection all;
  all.all = true;
  const auto period = co_await store.PeriodOf(std::nullopt, std::nullopt, bench.In(3s));
  CO_ASSERT(period.has_value());
  EXPECT_EQ(std::chrono::sys_days{period->to} - std::chrono::sys_days{period->from}, std::chrono::days(29));
  EXPECT_LE(period->start, period->now);
  EXPECT_GT(period->end, period->now);
  const auto got = co_await store.Summary(*period, all, bench.In(3s));
  CO_ASSERT(got.has_value());
  EXPECT_EQ(got->created, 0);
  EXPECT_EQ(got->first_answer, std::nullopt);
  EXPECT_EQ(co_await store.ActiveUsers(*period, all, bench.In(3s)), 0);
}
TEST_F(SummaryTest, P80_EmptyIsZeroEverywhere) { Play(EmptyIsZeroEverywhere); }

Task<> PeriodsAreDaysOfParis(Bench& bench) {
  SummaryStore store(*bench.db);
  const auto summer = co_await store.PeriodOf(ParseDay("2026-05-12"), ParseDay("2026-05-12"), bench.In(3s));
  CO_ASSERT(summer.has_value());
  EXPECT_EQ(FormatTime(summer->start), "2026-05-11T22:00:00Z");
  EXPECT_EQ(FormatTime(summer->end), "2026-05-12T22:00:00Z");
  // The day on which clocks change has 25 hours.
  const auto autumn = co_await store.PeriodOf(ParseDay("2026-10-25"), ParseDay("2026-10-25"), bench.In(3s));
  CO_ASSERT(autumn.has_value());
  EXPECT_EQ(autumn->end - autumn->start, 25h);
}
TEST_F(SummaryTest, P80_PeriodsAreDaysOfParis) { Play(PeriodsAreDaysOfParis); }

Task<Result<void>> LogIn(Transaction& tx, const World* world) {
  for (const GroupFact& group : world->group_facts) FactStore::SaveGroup(tx, group);
  const auto& users = world->users;
  const auto& groups = world->groups;
  FactStore::SaveMembership(tx, users[0], groups[0], true);
  FactStore::SaveMembership(tx, users[0], groups[3], true);
  FactStore::SaveMembership(tx, users[1], groups[0], true);
  for (const char* day : {"2026-05-12T10:00:00Z", "2026-05-12T22:30:00Z", "2026-05-14T10:00:00Z"}) {
    FactStore::NoteLogin(tx, users[0], *ParseTime(day));
  }
  FactStore::NoteLogin(tx, users[1], *ParseTime("2026-05-12T10:00:00Z"));
  FactStore::NoteLogin(tx, users[2], *ParseTime("2026-05-12T10:00:00Z"));  // of no group
  // Left: what he did before stays with the group.
  FactStore::SaveMembership(tx, users[1], groups[0], false);
  FactStore::NoteLogin(tx, users[1], *ParseTime("2026-05-20T10:00:00Z"));
  co_return Result<void>();
}

Task<std::int64_t> Active(Bench& bench, SummaryStore& store, const char* from, const char* to,
                          Selection selection) {
  Period period;
  period.from = *ParseDay(from);
  period.to = *ParseDay(to);
  co_return (co_await store.ActiveUsers(period, std::move(selection), bench.In(3s))).value_or(-1);
}

Task<> ActiveUsersAreDistinctPeople(Bench& bench) {
  const World world = Make(7, 0);
  SummaryStore store(*bench.db);
  EXPECT_TRUE(co_await bench.db->Transact(bench.Write(), [&](Transaction& tx) { return LogIn(tx, &world); }));
  Selection all, first, fourth, area;
  all.all = true;
  first.groups = {world.groups[0]};
  fourth.groups = {world.groups[3]};
  area.areas = {"75"};
  EXPECT_EQ(co_await Active(bench, store, "2026-05-01", "2026-05-31", all), 3);
  EXPECT_EQ(co_await Active(bench, store, "2026-05-01", "2026-05-31", first), 2);
  EXPECT_EQ(co_await Active(bench, store, "2026-05-01", "2026-05-31", fourth), 1);
  EXPECT_EQ(co_await Active(bench, store, "2026-05-01", "2026-05-31", area), 0);
  EXPECT_EQ(co_await Active(bench, store, "2026-05-13", "2026-05-13", all), 1);  // 00 h 30 in Paris
  EXPECT_EQ(co_await Active(bench, store, "2026-05-20", "2026-05-20", first), 0);
  EXPECT_EQ(co_await Active(bench, store, "2026-05-20", "2026-05-20", all), 1);
  all.area = "62";
  EXPECT_EQ(co_await Active(bench, store, "2026-05-01", "2026-05-31", all), 2);
}
TEST_F(SummaryTest, P80_ActiveUsersAreDistinctPeople) { Play(ActiveUsersAreDistinctPeople); }

}  // namespace
}  // namespace aplus::stats
