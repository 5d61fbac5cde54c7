// Every statement that this service prepares.
#pragma once

#include "libs/postgres/statement.h"

namespace aplus::stats {

StatementTable AllStatements();

}  // namespace aplus::stats
