// Invented requests and what becomes of them: pure, the same again with the same seed. The shares are those
// of the real service: three quarters solved, most by one group, a few never answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/requests/load/demo_people.h"

namespace aplus::requests {

enum class DemoDeed : std::uint8_t {
  kRead,
  kTakeCharge,
  kMessage,
  kPrivateMessage,
  kDecline,
  kProcess,
  kClose
};

struct DemoAct {
  DemoDeed deed = DemoDeed::kRead;
  std::shared_ptr<const Principal> who;
  GroupId group{};  // in whose name
  std::string text{};
};

struct DemoStory {
  std::shared_ptr<const Principal> creator;
  GroupId group{};
  std::string area;
  std::vector<GroupId> recipients;
  std::string subject, description;
  Citizen citizen;
  bool by_phone = false;  // mandate; on paper otherwise
  std::vector<DemoAct> acts;
};

// Tells story number `number` of the series that `seed` starts.
DemoStory TellStory(const DemoPeople& people, std::uint64_t seed, std::uint64_t number);

// A French social security number of 15 characters whose key is right (P21).
std::string InventNir(bool woman, int birth_year, int birth_month, const std::string& area, int order);

}  // namespace aplus::requests
