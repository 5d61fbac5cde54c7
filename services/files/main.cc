#include <memory>

#include "libs/rpc/service_main.h"
#include "services/files/app.h"

int main(int argc, char** argv) {
  return aplus::RunService(
      argc, argv, "files",
      [](aplus::ServiceContext& context) -> std::unique_ptr<aplus::App> {
        return std::make_unique<aplus::files::FilesApp>(context);
      },
      aplus::files::Commands());
}
