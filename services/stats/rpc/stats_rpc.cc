#include "services/stats/rpc/stats_rpc.h"

#include <algorithm>
#include <optional>

#include "aplus/auth/v1/internal.pb.h"
#include "libs/rpc/timestamp.h"

namespace aplus::stats {
namespace stats_rpc {

// A period longer than this is nobody's question and everybody's load.
constexpr std::chrono::days kLongest{10 * 366};

Error Violation(std::string path, std::string code, std::string detail) {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({std::move(path), std::move(code), std::move(detail)});
  return error;
}

Result<std::optional<Day>> DayOf(const std::string& text, const char* path) {
  if (text.empty()) return std::optional<Day>();
  const auto day = ParseDay(text);
  if (!day) return Fail(Violation(path, "format", "Indiquez un jour au format AAAA-MM-JJ."));
  return day;
}

Result<void> Check(const Period& period) {
  const auto length = std::chrono::sys_days{period.to} - std::chrono::sys_days{period.from};
  if (length < std::chrono::days(0))
    return Fail(Violation("to", "range", "Le dernier jour vient avant le premier."));
  if (length > kLongest) return Fail(Violation("from", "range", "La période ne peut pas dépasser dix ans."));
  return {};
}

void Fill(std::int64_t count, std::int64_t of_base, std::int64_t base, v1::Share& out) {
  out.set_count(count);
  out.set_base(base);
  out.set_share(base == 0 ? 0 : static_cast<double>(of_base) / static_cast<double>(base));
}

void Fill(std::int64_t count, const std::optional<std::vector<double>>& percentiles, v1::DelayFigures& out) {
  out.set_count(count);
  if (!percentiles || percentiles->size() != 2) return;
  out.set_median_hours((*percentiles)[0]);
  out.set_p90_hours((*percentiles)[1]);
}

void Fill(const SummaryRow& row, v1::GetSummaryResponse& out) {
  out.set_created(row.created);
  for (const auto& [state, count] :
       {std::pair{"NEW", row.state_new}, std::pair{"IN_PROGRESS", row.in_progress},
        std::pair{"PROCESSED", row.processed}, std::pair{"CLOSED", row.closed}}) {
    auto& line = *out.add_states();
    line.set_state(state);
    line.set_count(count);
  }
  Fill(row.taken_in_time, row.taken_in_time, row.taken_base,
       *out.mutable_taken_in_charge_in_3_working_days());
  Fill(row.solved_in_7, row.solved_in_7_of_base, row.solved_base, *out.mutable_solved_in_7_days());
  Fill(row.solved_in_5, row.solved_in_5_of_base, row.solved_base, *out.mutable_solved_in_5_days());
  Fill(row.answered, row.first_answer, *out.mutable_first_answer());
  Fill(row.answered, row.first_answer_working, *out.mutable_first_answer_working());
  Fill(row.solved, row.solving, *out.mutable_solving());
  Fill(row.solved, row.solving_working, *out.mutable_solving_working());
  Fill(row.late, row.late, row.created, *out.mutable_late());
  Fill(row.closed_without_answer, row.closed_without_answer, row.created,
       *out.mutable_closed_without_answer());
  Fill(row.relevant, row.relevant, row.created, *out.mutable_relevant());
  out.set_useful_good(row.useful_good);
  out.set_useful_neutral(row.useful_neutral);
  out.set_useful_bad(row.useful_bad);
  out.set_messages_per_request(
      row.created == 0 ? 0 : static_cast<double>(row.messages) / static_cast<double>(row.created));
}

}  // namespace stats_rpc

void StatsRpc::Register(Server& server) {
  server.Add(*this, "aplus.stats.v1.Stats.GetSummary", &StatsRpc::GetSummary);
}

Task<Result<v1::GetSummaryResponse>> StatsRpc::GetSummary(Call& call, const v1::GetSummaryRequest& request) {
  Filter filter{request.area_id(), request.organisation_id(), std::nullopt};
  if (!request.group_id().empty()) {
    filter.group = GroupId::Parse(request.group_id());
    if (!filter.group) co_return Fail(Reason::kNotFound);
  }
  CO_TRY(Selection selection, co_await Choose(call, std::move(filter)));
  CO_TRY(const auto from, stats_rpc::DayOf(request.from(), "from"));
  CO_TRY(const auto to, stats_rpc::DayOf(request.to(), "to"));
  CO_TRY(const Period period, co_await summaries_.PeriodOf(from, to, call.deadline));
  CO_TRY_VOID(stats_rpc::Check(period));
  CO_TRY(const SummaryRow row, co_await summaries_.Summary(period, selection, call.deadline));
  CO_TRY(const std::int64_t active, co_await summaries_.ActiveUsers(period, selection, call.deadline));

  v1::GetSummaryResponse response;
  response.set_from(FormatDay(period.from));
  response.set_to(FormatDay(period.to));
  stats_rpc::Fill(row, response);
  response.set_active_users(active);
  const auto auth_until = auth_feed_.complete_until(), requests_until = requests_feed_.complete_until();
  if (auth_until && requests_until)
    SetTime(std::min(*auth_until, *requests_until), *response.mutable_as_of());
  co_return response;
}

Task<Result<Selection>> StatsRpc::Choose(const Call& call, Filter filter) {
  std::vector<GroupId> asked;
  if (filter.group) {
    CO_TRY(asked, co_await summaries_.Known(*filter.group, call.deadline));
  }
  if (!filter.organisation.empty()) {
    CO_TRY(const std::vector<GroupId> of_organisation,
           co_await summaries_.GroupsOf({filter.organisation}, call.deadline));
    if (!filter.group) {
      asked = of_organisation;
    } else {
      std::erase_if(asked, [&](const GroupId& group) {
        return std::find(of_organisation.begin(), of_organisation.end(), group) == of_organisation.end();
      });
    }
  }
  Observed observed;
  std::vector<GroupId> observed_groups;
  if (call.principal().Is(kRoleObserver)) {
    CO_TRY(observed, co_await ObservedBy(call));
    CO_TRY(observed_groups, co_await summaries_.GroupsOf(observed.organisations, call.deadline));
  }
  co_return Select(call.principal(), clock_.Now(), filter, asked, observed, observed_groups);
}

// What an observer was given to see is auth's to say; it is not in the identity token.
Task<Result<Observed>> StatsRpc::ObservedBy(const Call& call) {
  auth::v1::LookUpRequest request;
  request.add_user_ids(call.principal().user.ToString());
  CallOptions options = CallOptions::For(call);
  options.token.clear();  // stats asks for itself: people may not look people up
  CO_TRY(const auto response, co_await auth_.Call<auth::v1::LookUpResponse>("aplus.auth.v1.People.LookUp",
                                                                            request, std::move(options)));
  Observed observed;
  for (const auto& person : response.people()) {
    observed.organisations.assign(person.observed_organisation_ids().begin(),
                                  person.observed_organisation_ids().end());
    observed.areas.assign(person.observed_area_ids().begin(), person.observed_area_ids().end());
  }
  co_return observed;
}

}  // namespace aplus::stats
