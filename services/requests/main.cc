#include <memory>

#include "libs/rpc/service_main.h"
#include "services/requests/app.h"

int main(int argc, char** argv) {
  return aplus::RunService(
      argc, argv, "requests",
      [](aplus::ServiceContext& context) -> std::unique_ptr<aplus::App> {
        return std::make_unique<aplus::requests::RequestsApp>(context);
      },
      aplus::requests::Commands());
}
