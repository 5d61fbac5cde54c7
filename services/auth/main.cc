#include <memory>

#include "libs/rpc/service_main.h"
#include "services/auth/app.h"

int main(int argc, char** argv) {
  return aplus::RunService(
      argc, argv, "auth",
      [](aplus::ServiceContext& context) -> std::unique_ptr<aplus::App> {
        return std::make_unique<aplus::auth::AuthApp>(context);
      },
      aplus::auth::Commands());
}
