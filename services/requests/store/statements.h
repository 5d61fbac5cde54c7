// Every statement of the service, for Database::Open and for the test that describes them all.
#pragma once

#include "libs/postgres/statement.h"

namespace aplus::requests {

// On the service's own database; those of the libraries (events, audit, idempotency) are added by the App.
StatementTable RequestStatements();
// On the keystore.
StatementTable KeystoreStatements();

}  // namespace aplus::requests
