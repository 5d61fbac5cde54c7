#include "services/stats/domain/fact.h"

namespace aplus::stats {
namespace fact {

void NoLongerProcessed(Fact& fact) {
  fact.processed_at.reset();
  fact.processed_working.reset();
}

struct Effect {
  Fact& fact;
  Time at;

  void operator()(const Opened&) const {}
  void operator()(const Moved&) const {}
  void operator()(const Message& it) const {
    if (it.visible_to_all) ++fact.messages;
    if (it.back_in_progress) NoLongerProcessed(fact);
    if (it.standard_procedure) fact.standard_procedure = true;
  }
  // The latest passage counts, not the first.
  void operator()(const Processed& it) const {
    fact.processed_at = at;
    fact.processed_working = it.working;
  }
  void operator()(const Closed& it) const {
    fact.closed_at = at;
    fact.close_reason = it.reason;
    fact.usefulness.reset();
    if (it.usefulness != Usefulness::kNone) fact.usefulness = it.usefulness;
  }
  void operator()(const Reopened&) const {
    fact.closed_at.reset();
    fact.close_reason.reset();
    fact.usefulness.reset();
    NoLongerProcessed(fact);
  }
  void operator()(const Late&) const { fact.late = true; }
};

}  // namespace fact

Fact Begin(const Change& change) {
  Fact fact;
  fact.request = change.request;
  fact.created_at = change.created_at;
  fact.area = change.area;
  fact.creator_group = change.creator_group;
  fact.state = change.state;
  return fact;
}

Fact Apply(Fact fact, const Change& change) {
  fact.state = change.state;
  if (change.first_answer_working && !fact.first_answer_at) {
    fact.first_answer_at = change.at;
    fact.first_answer_working = change.first_answer_working;
  }
  std::visit(fact::Effect{fact, change.at}, change.what);
  return fact;
}

}  // namespace aplus::stats
