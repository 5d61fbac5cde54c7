#include "libs/rpc/grpc_log.h"

#include <grpc/support/log.h>

#include <string_view>

#include "libs/telemetry/log.h"

namespace aplus {

void TakeGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* line) {
    if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
    const std::string_view message = line->message;
    if (message.starts_with("No match found for server name")) return;
    log::Warn("grpc", {{log::kDetail, message}});
  });
}

}  // namespace aplus
