// Every statement that this service prepares.
#pragma once

#include "libs/postgres/statement.h"

namespace aplus::notifications {

StatementTable AllStatements();

}  // namespace aplus::notifications
