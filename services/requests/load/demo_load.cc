#include "services/requests/load/demo_load.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "libs/runtime/task_scope.h"
#include "libs/telemetry/log.h"
#include "services/requests/acts/answering.h"
#include "services/requests/acts/creating.h"
#include "services/requests/acts/ending.h"
#include "services/requests/acts/marking.h"
#include "services/requests/load/demo_story.h"

namespace aplus::requests {
namespace demo_load {

constexpr Duration kActLimit = std::chrono::seconds(30);
constexpr Duration kReportEvery = std::chrono::seconds(10);

Asker AskerFor(const Workshop& shop, const std::shared_ptr<const Principal>& who) {
  Call call;
  call.principal_ = who;
  call.request_id = "load-demo";
  call.deadline = SteadyClock::now() + kActLimit;
  return AskerOf(call, shop.clock.Now());
}

NewRequest RequestOf(const DemoStory& story, std::chrono::year_month_day given_on) {
  NewRequest request;
  request.group = story.group;
  request.area = story.area;
  request.recipients = story.recipients;
  request.subject = story.subject;
  request.description = story.description;
  request.citizen = story.citizen;
  request.mandate = {.kind = story.by_phone ? MandateKind::kPhone : MandateKind::kPaper,
                     .given_on = given_on};
  return request;
}

// What all stories of one order share.
struct Series {
  Series(const Workshop& the_shop, const DemoPeople& the_people, DemoOrder the_order)
      : shop(the_shop), people(the_people), order(the_order) {}

  const Workshop& shop;
  const DemoPeople& people;
  DemoOrder order;
  std::uint64_t next = 0;
  DemoReport report = {};
  std::optional<Error> failure = {};
  SteadyTime said = SteadyClock::now();
};

Task<Result<Acted>> Do(const Workshop& shop, const DemoAct& act, RequestId id) {
  const Asker asker = AskerFor(shop, act.who);
  const Reply reply{.request = id, .group = act.group, .text = act.text, .signed_by = {}, .proposed = {}};
  switch (act.deed) {
    case DemoDeed::kRead:
      co_return co_await MarkRead(shop, asker, id, std::nullopt);
    case DemoDeed::kTakeCharge:
      co_return co_await TakeCharge(shop, asker, reply);
    case DemoDeed::kDecline:
      co_return co_await Decline(shop, asker, reply);
    case DemoDeed::kProcess:
      co_return co_await MarkProcessed(shop, asker, reply);
    case DemoDeed::kMessage:
    case DemoDeed::kPrivateMessage: {
      NewMessage message;
      message.request = id;
      message.text = act.text;
      message.lane = act.deed == DemoDeed::kMessage ? Lane::kAll : Lane::kInstructors;
      message.group = act.group;
      co_return co_await PostMessage(shop, asker, message);
    }
    case DemoDeed::kClose: {
      const Closing closing{.request = id, .usefulness = Usefulness::kGood, .comment = {}, .signed_by = {}};
      co_return co_await Close(shop, asker, closing);
    }
  }
  co_return Fail(Reason::kInternal, "an act that nobody knows");
}

Task<Result<void>> Live(Series& series, std::uint64_t number) {
  const DemoStory story = TellStory(series.people, series.order.seed, number);
  // Yesterday, which lies in no zone's future (P23).
  const auto yesterday =
      std::chrono::floor<std::chrono::days>(series.shop.clock.Now()) - std::chrono::days(1);
  const NewRequest request = RequestOf(story, std::chrono::year_month_day(yesterday));
  CO_TRY(const Acted created,
         co_await CreateRequest(series.shop, AskerFor(series.shop, story.creator), request));
  ++series.report.requests;
  for (const DemoAct& act : story.acts) {
    const Result<Acted> done = co_await Do(series.shop, act, RequestId{created.id});
    ++(done ? series.report.acts : series.report.refused);
  }
  co_return Result<void>();
}

Task<> TellStories(std::shared_ptr<Series> series) {
  while (series->next < series->order.requests && !series->failure) {
    const std::uint64_t number = series->next++;
    const Result<void> told = co_await Live(*series, number);
    if (!told) series->failure = told.error();
    if (SteadyClock::now() - series->said >= kReportEvery) {
      series->said = SteadyClock::now();
      log::Info("demonstration requests created", {{log::kCount, series->report.requests}});
    }
  }
}

}  // namespace demo_load

Task<Result<DemoReport>> LoadDemoRequests(const Workshop& shop, const DemoPeople& people, DemoOrder order,
                                          Executor executor) {
  const auto series = std::make_shared<demo_load::Series>(shop, people, order);
  TaskScope scope(executor);
  for (std::size_t i = 0; i < order.at_once; ++i) scope.Spawn("demo stories", demo_load::TellStories(series));
  // Not cut short: the tasks use what the caller keeps alive for us.
  co_await scope.Join();
  if (series->failure) co_return Fail(*std::move(series->failure));
  co_return series->report;
}

}  // namespace aplus::requests
