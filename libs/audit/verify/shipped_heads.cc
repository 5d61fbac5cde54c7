#include "libs/audit/verify/shipped_heads.h"

#include <string>

namespace aplus::audit {

Result<std::vector<Checkpoint>> ReadShippedHeads(std::istream& lines, std::string_view chain) {
  std::vector<Checkpoint> heads;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    // Nothing else that we log has such a field.
    if (line.find("\"chain\"") == std::string::npos) continue;
    const std::optional<Checkpoint> head = ParseCheckpointJson(line);
    if (!head) return Fail(Reason::kInternal, "line " + std::to_string(number) + " is no whole head");
    if (head->chain == chain) heads.push_back(*head);
  }
  return heads;
}

}  // namespace aplus::audit
