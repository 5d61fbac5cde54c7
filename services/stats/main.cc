#include <memory>

#include "libs/rpc/service_main.h"
#include "services/stats/app.h"

int main(int argc, char** argv) {
  return aplus::RunService(
      argc, argv, "stats",
      [](aplus::ServiceContext& context) -> std::unique_ptr<aplus::App> {
        return std::make_unique<aplus::stats::StatsApp>(context);
      },
      aplus::stats::Commands());
}
