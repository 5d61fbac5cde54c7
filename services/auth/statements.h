// Every statement that auth sends, for opening its database and for the test that describes each of them.
#pragma once

#include "libs/postgres/statement.h"

namespace aplus::auth {

StatementTable AllStatements();

}  // namespace aplus::auth
