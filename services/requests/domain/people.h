// What auth knows of people and groups, as far as requests need it (P26: who is addressed, who acted).
#pragma once

#include <string>
#include <vector>

#include "libs/base/id.h"
#include "services/requests/domain/citizen.h"

namespace aplus::requests {

struct Person {
  UserId id{};
  std::string first_name = {}, last_name = {}, function = {}, phone = {};
  bool active = false;
  bool helper = false;  // holds the role in one of its groups
  std::vector<GroupId> groups = {};

  bool IsMemberOf(const GroupId& group) const {
    for (const GroupId& mine : groups) {
      if (mine == group) return true;
    }
    return false;
  }
};

struct GroupCard {
  GroupId id{};
  std::string name = {}, organisation_id = {}, organisation = {};  // organisation: short name
  bool instructor_side = false;
  // Has an active instructor (P5).
  bool addressable = false;
  std::vector<std::string> areas = {};
  Identifiers entitled = 0;

  bool Serves(const std::string& area) const {
    for (const std::string& served : areas) {
      if (served == area) return true;
    }
    return false;
  }
};

}  // namespace aplus::requests
