#include "services/requests/load/demo_requests.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "libs/telemetry/log.h"
#include "services/requests/acts/case.h"
#include "services/requests/acts/checks.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/jobs/system.h"
#include "services/requests/load/demo_texts.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/entry_rows.h"
#include "services/requests/store/erasure_rows.h"
#include "services/requests/store/job_rows.h"
#include "services/requests/store/membership_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace demo {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kBatch = 50;  // requests in one transaction, of one helper
constexpr std::int64_t kForDemonstration =
    3000;  // of the demonstration groups; the rest has groups of its own
constexpr std::int64_t kPerInventedPlace = 150;
constexpr Duration kSpan = days(100);  // how long ago the oldest were created

struct Place {
  std::string area;
  GroupId helper_group{};
  std::vector<UserId> helpers;
  struct Instructors {
    GroupId group{};
    std::string organisation;
    std::vector<UserId> people;
  };
  std::vector<Instructors> instructors;
};

// Seeded, so that two loads of the same size are alike but for ids and keys.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t Below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  bool Chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  // Around `mean`, never negative.
  Duration About(Duration mean) {
    const double hours_passed =
        std::exponential_distribution<double>(1.0)(engine_) * static_cast<double>(mean.count());
    return Duration(static_cast<std::int64_t>(hours_passed));
  }
  template <class List>
  const auto& Pick(const List& list) {
    return list[Below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// The demonstration's helper groups with the instructor groups of their area.
std::vector<Place> PlacesOf(const std::vector<KnownMember>& members, const Cards& cards) {
  std::map<GroupId, std::vector<UserId>> helpers, instructors;
  for (const KnownMember& member : members) {
    if (member.helper) helpers[member.group].push_back(member.user);
    if (member.instructor) instructors[member.group].push_back(member.user);
  }
  std::vector<Place> places;
  for (const auto& [group, people] : helpers) {
    const GroupCard* card = cards.Find(group);
    if (card == nullptr || card->instructor_side || card->areas.empty()) continue;
    Place place{.area = card->areas.front(), .helper_group = group, .helpers = people, .instructors = {}};
    for (const auto& [addressed, agents] : instructors) {
      const GroupCard* other = cards.Find(addressed);
      if (other == nullptr || !other->instructor_side || !other->Serves(place.area)) continue;
      place.instructors.push_back({addressed, other->organisation_id, agents});
    }
    if (!place.instructors.empty()) places.push_back(std::move(place));
  }
  return places;
}

Place InventedPlace(const Workshop& shop, const std::vector<Place>& known, Dice& dice) {
  Place place;
  place.area = dice.Pick(known).area;
  place.helper_group = GroupId::New(shop.clock, shop.random);
  place.helpers = {UserId::New(shop.clock, shop.random), UserId::New(shop.clock, shop.random)};
  for (const char* organisation : {"caf", "cpam", "ddfip"}) {
    place.instructors.push_back(
        {GroupId::New(shop.clock, shop.random),
         organisation,
         {UserId::New(shop.clock, shop.random), UserId::New(shop.clock, shop.random)}});
  }
  return place;
}

// One invented request on its way into the database.
struct Invented {
  Case on;
  Citizen citizen;
  std::string subject, description;
  FieldCipher cipher;
  std::vector<Place::Instructors> addressed;
};

Citizen InventCitizen(Dice& dice) {
  Citizen citizen;
  citizen.first_name = dice.Pick(kFirstNames);
  citizen.last_name = dice.Pick(kLastNames);
  citizen.birth_date = std::to_string(1935 + dice.Below(70));
  if (dice.Chance(0.6)) citizen.phone = "01 99 00 " + std::to_string(10 + dice.Below(90)) + " 00";
  return citizen;
}

// The keys of a batch, committed before anything is sealed under them.
Task<Result<std::vector<Key>>> MakeKeys(const Workshop& shop, Database& keystore, const Envelope& envelope,
                                        const std::vector<RequestId>& ids) {
  std::vector<Key> keys;
  std::vector<Bytes> wrapped;
  std::int32_t version = 0;
  for (const RequestId& id : ids) {
    keys.push_back(Key::Generate(shop.random));
    WrappedKey one = envelope.WrapRequestKey(keys.back(), id);
    version = one.kek_version;
    wrapped.push_back(std::move(one.sealed));
  }
  CO_TRY_VOID(co_await keystore.Write(AsSystem(), kInsertKeys, ids, version, wrapped));
  co_return keys;
}

Invented Invent(const Place& place, const UserId& creator, RequestId id, const Key& key, Time now,
                Dice& dice) {
  Invented made{.on = {},
                .citizen = InventCitizen(dice),
                .subject = std::string(dice.Pick(kSubjects)),
                .description = std::string(dice.Pick(kDescriptions)),
                .cipher = FieldCipher(key),
                .addressed = {}};
  made.addressed.push_back(dice.Pick(place.instructors));
  const auto& second = dice.Pick(place.instructors);
  if (dice.Chance(0.4) && second.group != made.addressed.front().group) made.addressed.push_back(second);

  Case& on = made.on;
  on.now = now - Duration(static_cast<std::int64_t>(dice.Below(static_cast<std::size_t>(kSpan.count()))));
  RequestRow& row = on.row;
  row.id = id;
  row.area_id = place.area;
  row.owner = row.creator = creator;
  row.creator_group = place.helper_group;
  row.mandate_given_on = std::chrono::year_month_day(std::chrono::floor<days>(on.now));
  row.created_at = row.changed_at = row.clock_started_at = on.now;
  row.last_message_all = row.last_message_instructors = on.now;
  on.people.push_back({creator, ParticipantKind::kCreator, on.now});
  for (const auto& group : made.addressed) {
    on.groups.push_back({.group = group.group,
                         .organisation = group.organisation,
                         .entitled = kAllIdentifiers,
                         .state = GroupState::kWaiting,
                         .invited_at = on.now});
  }
  return made;
}

Result<void> Insert(Transaction& tx, const Workshop& shop, Invented& made) {
  Case& on = made.on;
  RequestRow& row = on.row;
  tx.Send(kInsertRequest, row.id, row.number, row.state, on.now, row.area_id, row.creator, row.creator_group,
          row.mandate_kind, row.mandate_given_on, row.deadline, row.late_from, row.warn_at, row.close_at,
          row.notice_at, row.raise_at);
  for (const ParticipantRow& person : on.people) {
    tx.Send(kInsertParticipant, row.id, person.user, person.kind, person.since);
  }
  for (const AddressedRow& group : on.groups) {
    tx.Send(kInsertAddressed, row.id, group.group, group.organisation, group.entitled, group.state,
            group.invited_at);
  }
  AddEntry(tx, shop, on,
           {.kind = EntryKind::kCreated, .actor = row.creator, .actor_group = row.creator_group});
  row.version_all = row.version_instructors = 1;
  tx.Send(kInsertContents, row.id, made.cipher.Seal(shop.random, SubjectPlace(row.id), made.subject),
          made.cipher.Seal(shop.random, DescriptionPlace(row.id), made.description),
          made.cipher.Seal(shop.random, CitizenPlace(row.id, 1), AsText(Serialise(made.citizen))),
          std::nullopt);
  TRY(const SearchTokens tokens,
      RequestTokens(shop.index, row.number, made.subject, made.description, made.citizen));
  tx.Send(kSaveSearchEntry, row.id.bytes, row.id, Lane::kAll, shop.index.version(),
          Union(tokens, ReaderTokens(shop.index, on, Lane::kAll)));
  return {};
}

Result<void> Say(Transaction& tx, const Workshop& shop, Invented& made, Lane lane, const UserId& actor,
                 const GroupId& group, std::string_view text) {
  const MessageId entry = AddEntry(
      tx, shop, made.on,
      {.kind = EntryKind::kMessage, .lane = lane, .actor = actor, .actor_group = group, .is_message = true});
  return AddText(tx, shop, made.on, entry, lane, made.cipher, std::string(text), "");
}

// An instructor opens it and answers.
Result<void> Answer(Transaction& tx, const Workshop& shop, Invented& made, Dice& dice) {
  Case& on = made.on;
  const std::size_t which = dice.Below(made.addressed.size());
  const UserId agent = dice.Pick(made.addressed[which].people);
  const GroupId group = made.addressed[which].group;
  if (!on.row.opened_at) on.row.opened_at = on.now;
  TRY_VOID(Say(tx, shop, made, Lane::kAll, agent, group, dice.Pick(kAnswers)));
  NoteAnswer(on);
  if (on.row.state == State::kNew) on.row.state = State::kInProgress;
  on.groups[which].state = GroupState::kAnswered;
  tx.Send(kSaveAddressed, on.row.id, group, GroupState::kAnswered, std::optional<GroupId>(), on.now);
  tx.Send(kSaveMark, agent, on.row.id, std::optional(group), on.now, on.row.entries_all, on.now,
          on.row.entries_instructors, on.now);
  return {};
}

void Process(Transaction& tx, const Workshop& shop, Invented& made, Dice& dice) {
  Case& on = made.on;
  const std::size_t which = dice.Below(made.addressed.size());
  on.row.state = State::kProcessed;
  on.row.processed_at = on.now;
  NoteAnswer(on);
  on.groups[which].state = GroupState::kProcessed;
  tx.Send(kSaveAddressed, on.row.id, on.groups[which].group, GroupState::kProcessed, std::optional<GroupId>(),
          on.now);
  AddEntry(tx, shop, on,
           {.kind = EntryKind::kProcessed,
            .actor = dice.Pick(made.addressed[which].people),
            .actor_group = on.groups[which].group});
}

void Close(Transaction& tx, const Workshop& shop, Invented& made, Dice& dice) {
  RequestRow& row = made.on.row;
  row.state = State::kClosed;
  row.closed_at = made.on.now;
  row.close_reason = CloseReason::kSolved;
  row.usefulness = dice.Chance(0.8) ? Usefulness::kGood : Usefulness::kNeutral;
  row.erase_at = made.on.now + shop.rules.request_erasure;
  tx.Send(kScheduleErasure, row.id, std::string("P51"), *row.erase_at);
  AddEntry(tx, shop, made.on,
           {.kind = EntryKind::kClosed, .actor = row.creator, .actor_group = row.creator_group});
}

// From its creation until now, or until it is closed: three quarters are solved within a week.
Result<void> Live(Transaction& tx, const Workshop& shop, Invented& made, Time now, Dice& dice) {
  Case& on = made.on;
  on.now += dice.About(hours(20));
  for (int round = 0; on.now < now; ++round) {
    TRY_VOID(Answer(tx, shop, made, dice));
    on.now += dice.About(hours(24));
    if (on.now >= now) return {};
    if (dice.Chance(0.6)) {
      const UserId creator = on.row.creator;
      TRY_VOID(Say(tx, shop, made, Lane::kAll, creator, on.row.creator_group, dice.Pick(kHelperMessages)));
      on.now += dice.About(hours(12));
      if (on.now >= now) return {};
    }
    if (round < 4 && dice.Chance(0.45)) continue;
    Process(tx, shop, made, dice);
    on.now += dice.About(days(3));
    if (on.now < now) Close(tx, shop, made, dice);
    return {};
  }
  return {};
}

Task<Result<Affected>> InsertBatch(Transaction& tx, const Workshop& shop, std::vector<Invented>& batch,
                                   Time now, Dice& dice) {
  for (Invented& made : batch) {
    CO_TRY(const auto number, co_await tx.Run(kNextNumber));
    made.on.row.number = number.at(0);
    CO_TRY_VOID(Insert(tx, shop, made));
    CO_TRY_VOID(Live(tx, shop, made, now, dice));
    // Late ones are late already: the job that tells people finds nothing to tell.
    made.on.now = now;
    made.on.row.late = true;
    CO_TRY_VOID(SaveCase(tx, shop, made.on));
    tx.Send(kForgetWarning, made.on.row.id);
  }
  co_return Affected{};
}

// Words between instructors are theirs to write: row-level security takes them from nobody else.
Task<Result<Affected>> WhisperBatch(Transaction& tx, const Workshop& shop, std::vector<Invented>& batch,
                                    Dice& dice) {
  for (Invented& made : batch) {
    if (made.addressed.size() < 2 || made.on.row.state == State::kNew || !dice.Chance(0.4)) continue;
    const auto& from = made.addressed.front();
    CO_TRY_VOID(Say(tx, shop, made, Lane::kInstructors, dice.Pick(from.people), from.group,
                    dice.Pick(kPrivateMessages)));
    CO_TRY_VOID(SaveCase(tx, shop, made.on));
  }
  co_return Affected{};
}

Task<Result<void>> LoadBatch(const Workshop& shop, Database& keystore, const Envelope& envelope,
                             const Place& place, std::int64_t size, Dice& dice) {
  const UserId creator = dice.Pick(place.helpers);
  std::vector<RequestId> ids;
  ids.reserve(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) ids.push_back(RequestId::New(shop.clock, shop.random));
  CO_TRY(const std::vector<Key> keys, co_await MakeKeys(shop, keystore, envelope, ids));
  const Time now = shop.clock.Now();
  std::vector<Invented> batch;
  batch.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    batch.push_back(Invent(place, creator, ids[i], keys[i], now, dice));
  }
  TransactionOptions as_creator = AsSystem(minutes(1));
  as_creator.principal = {.user = creator, .groups = {}, .lane = DbLane::kHelper};
  as_creator.repeatable = false;
  auto insert = [&](Transaction& tx) { return InsertBatch(tx, shop, batch, now, dice); };
  CO_TRY_VOID(co_await shop.database.Transact(as_creator, insert));

  TransactionOptions as_instructors = as_creator;
  as_instructors.principal = {.user = {}, .groups = {}, .lane = DbLane::kInstructor};
  for (const auto& group : place.instructors) as_instructors.principal.groups.push_back(group.group);
  auto whisper = [&](Transaction& tx) { return WhisperBatch(tx, shop, batch, dice); };
  CO_TRY_VOID(co_await shop.database.Transact(as_instructors, whisper));
  co_return Result<void>();
}

Task<Result<std::vector<Place>>> KnownPlaces(const Workshop& shop) {
  const ReadContext reading{.deadline = SteadyClock::now() + std::chrono::seconds(10),
                            .principal = DbPrincipal::System()};
  CO_TRY(const auto members, co_await shop.database.Query(reading, kKnownMembers));
  std::set<GroupId> groups;
  for (const KnownMember& member : members) groups.insert(member.group);
  CO_TRY(const Cards cards, co_await shop.directory.Ask({}, std::move(groups), reading.deadline));
  std::vector<Place> places = PlacesOf(members, cards);
  if (places.empty()) {
    co_return Fail(
        Reason::kInternal,
        "no demonstration groups are known: load them, and let the service run for a second first");
  }
  co_return places;
}

}  // namespace demo

Task<Result<void>> LoadDemoRequests(const Workshop& shop, Database& keystore, const Envelope& envelope,
                                    std::int64_t count) {
  CO_TRY(const std::vector<demo::Place> known, co_await demo::KnownPlaces(shop));
  CO_TRY_VOID(co_await shop.database.Write(AsSystem(), kAlwaysMember));
  demo::Dice dice(static_cast<std::uint64_t>(count));
  demo::Place invented;
  std::int64_t in_place = demo::kPerInventedPlace;
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t size = std::min(demo::kBatch, count - done);
    if (done >= demo::kForDemonstration && in_place >= demo::kPerInventedPlace) {
      invented = demo::InventedPlace(shop, known, dice);
      in_place = 0;
    }
    const demo::Place& place = done < demo::kForDemonstration ? dice.Pick(known) : invented;
    CO_TRY_VOID(co_await demo::LoadBatch(shop, keystore, envelope, place, size, dice));
    in_place += size;
    done += size;
    if (done % 10'000 < demo::kBatch) log::Info("invented requests loaded", {{log::kCount, done}});
  }
  log::Info("invented requests loaded", {{log::kCount, count}});
  co_return Result<void>();
}

}  // namespace aplus::requests
