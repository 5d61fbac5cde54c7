// Every statement of the service, prepared when its databases are opened.
#pragma once

#include "libs/postgres/statement.h"

namespace aplus::files {

StatementTable FileStatements();
StatementTable KeystoreStatements();

}  // namespace aplus::files
