#include <memory>

#include "libs/rpc/service_main.h"
#include "services/notifications/app.h"

int main(int argc, char** argv) {
  return aplus::RunService(
      argc, argv, "notifications",
      [](aplus::ServiceContext& context) -> std::unique_ptr<aplus::App> {
        return std::make_unique<aplus::notifications::NotificationsApp>(context);
      },
      aplus::notifications::Commands());
}
