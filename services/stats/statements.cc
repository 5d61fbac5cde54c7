#include "services/stats/statements.h"

#include "libs/events/consumer.h"
#include "services/stats/store/fact_store.h"
#include "services/stats/store/summary_store.h"

namespace aplus::stats {

StatementTable AllStatements() {
  StatementTable all;
  all.Add(FactStore::Statements()).Add(SummaryStore::Statements()).Add(Consumer::Statements());
  return all;
}

}  // namespace aplus::stats
