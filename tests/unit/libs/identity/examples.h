// What each persona of the rights table is, at its purest.
#pragma once

#include "libs/identity/rights.h"

namespace aplus {

struct Situation {
  Caller caller;
  Relation relation;
};

// A pure example of each persona of the table.
inline Situation Example(rights::Persona persona) {
  using rights::Persona;
  Situation s;
  s.caller.authenticated = true;
  switch (persona) {
    case Persona::kAnonymous:
      s.caller = AnonymousCaller();
      break;
    case Persona::kUnrelated:
      s.caller.helper = true;
      break;
    case Persona::kCreator:
      s.caller.helper = s.relation.creator = true;
      break;
    case Persona::kInvitedHelper:
      s.caller.helper = s.relation.invited_helper = true;
      break;
    case Persona::kColleague:
      s.caller.helper = s.relation.colleague = true;
      break;
    case Persona::kInstructor:
      s.caller.instructor = s.relation.instructor = true;
      break;
    case Persona::kInstructorElsewhere:
      s.caller.instructor = true;
      break;
    case Persona::kInvitedExpert:
      s.caller.expert = s.relation.invited_expert = true;
      break;
    case Persona::kOtherExpert:
      s.caller.expert = true;
      break;
    case Persona::kManager:
      s.caller.manager = s.relation.managed = true;
      break;
    case Persona::kObserver:
      s.caller.observer = true;
      break;
    case Persona::kAdministrator:
      s.caller.administrator = true;
      break;
    case Persona::kPartner:
      s.caller.partner = true;
      break;
    case Persona::kService:
      s.caller = ServiceCaller();
      break;
    case Persona::kCount_:
      break;
  }
  return s;
}

}  // namespace aplus
