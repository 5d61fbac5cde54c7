// Liveness that tells the truth: only a connection made afresh proves that the listener still works.
#pragma once

#include <cstdint>
#include <string>

#include "libs/runtime/task.h"

namespace aplus::gateway {

// Connects to our own port; over plain HTTP also waits for the first bytes of an answer. At most two seconds.
Task<bool> AnswersFreshConnection(std::string address, std::uint16_t port, std::string host, bool plain);

}  // namespace aplus::gateway
