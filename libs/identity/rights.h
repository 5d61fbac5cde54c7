// The one decision of who may do what (P26, P28, P34): a table, and a pure function over it. No I/O, no
// proto. Services read the facts about caller and request in the transaction that acts, ask Decide, and obey.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/reason.h"
#include "libs/identity/principal.h"

namespace aplus {

// Codes of the rights table; the protos name them in aplus.api.v1.rule.operation.
enum class Operation : std::uint8_t {
  // On one request.
  kR1,   // it appears in my list
  kR2,   // read subject, description, citizen
  kR3,   // read messages visible to all
  kR4,   // read messages between instructors
  kR5,   // write a message to all
  kR6,   // write a message between instructors
  kR7,   // quick reply: takes charge, or not competent
  kR8,   // mark as processed
  kR9,   // close
  kR10,  // reopen
  kR11,  // invite a colleague of the creator's group
  kR12,  // invite an instructor group
  kR13,  // invite the experts
  kR14,  // leave
  kR15,  // take another participant out
  kR16,  // read the history
  kR17,  // read the metadata
  kR18,  // revoke the mandate: erase now
  kR19,  // mark as read
  kR20,  // see marks and delivery
  kR21,  // report misuse
  kR22,  // withdraw
  kR23,  // correct the citizen's data
  kR24,  // keep a half-written message
  kF1,   // list files
  kF2,   // upload
  kF3,   // download
  kF4,   // delete early
  // Of an account, a group, the platform.
  kA1,   // create a request
  kA2,   // export my requests
  kA3,   // group statistics
  kA4,   // export the users of a group
  kA5,   // create an account
  kA6,   // deactivate an account
  kA7,   // change an account's e-mail
  kA8,   // own profile
  kA9,   // add an existing account to a group
  kA10,  // give the instructor or manager role
  kA11,  // give the expert or administrator role
  kA12,  // own sessions
  kA13,  // end another's sessions
  kA14,  // search the audit trail
  kA15,  // register or revoke a partner
  kA16,  // view as somebody else
  kA17,  // reference data
  kA18,  // members of a group
  kG1,   // see an account as its manager
  kG2,   // search people and groups within one's scope
  kG3,   // take a member out of a group
  kG4,   // put back whom somebody took out
  kG5,   // administer groups and organisations
  kG6,   // exclude an account for misuse
  kG7,   // publish terms of use
  kG8,   // read reports of misuse
  kD1,   // open a draft
  kD2,   // read a draft
  kD3,   // change a draft
  kD4,   // delete a draft
  kN1,   // own notifications
  kN2,   // own preferences
  kN3,   // what could not be delivered
  kN4,   // how a group hears of its requests
  kM1,   // list the metadata of a group's requests
  kL1,   // ask for a login link
  kL2,   // consume it
  kL3,   // log out
  kL4,   // own second factor: set up the first, prove it
  kL5,   // own second factor: replace, drop, new recovery codes
  kL6,   // begin a login at the identity provider
  kL7,   // finish it
  kJ1,   // internal: authenticate a session
  kJ2,   // internal: mint a login token
  kJ3,   // internal: recipients
  kJ4,   // internal: names of people and groups
  kJ5,   // internal: state of a file
  kJ6,   // internal: pull events
  kCount_,
};

std::string_view Code(Operation operation);
std::optional<Operation> OperationFromCode(std::string_view code);
// Whether the operation is about one request (its verdict depends on Relation).
bool IsAboutRequest(Operation operation);

// What is known of the caller before any object is looked at.
struct Caller {
  bool authenticated = false;
  bool service = false;  // a service acting for itself
  bool partner = false;  // P100; stands in for an instructor of its group
  bool helper = false;   // holds the role in at least one group, likewise the next two
  bool instructor = false;
  bool manager = false;
  bool administrator = false;
  bool expert = false;
  bool observer = false;
  bool fresh_second_factor = false;  // step-up within ten minutes
};

// How long a second factor counts as fresh.
inline constexpr Duration kStepUpLifetime = std::chrono::minutes(10);

// The caller behind an identity token. An administrator holds no other role but expert (P2).
Caller CallerOf(const Principal& principal, Time now);
// Nobody is logged in.
inline Caller AnonymousCaller() { return {}; }
// A service that acts for itself.
inline Caller ServiceCaller() {
  Caller caller;
  caller.service = true;
  return caller;
}

enum class Phase : std::uint8_t { kOpen, kProcessed, kClosed, kErased };

// What is known of the caller and the object, read in the transaction that acts.
struct Relation {
  // To a request.
  bool creator = false;
  bool invited_helper = false;
  bool colleague = false;   // member of the creator's group
  bool instructor = false;  // instructor role in an addressed group (for a partner: its group)
  bool invited_expert = false;
  bool managed = false;  // manager of the creator's or an addressed group
  Phase phase = Phase::kOpen;
  // To other objects.
  bool own = false;       // the draft's author, the file's uploader, the export's owner
  bool in_scope = false;  // the group, organisation or area is one of the caller's

  bool HelperSide() const { return creator || invited_helper; }
  // Who stands on both sides counts as helper side (P28).
  bool InstructorSide() const { return instructor && !HelperSide(); }
  bool Participates(const Caller& caller) const {
    return HelperSide() || instructor || (caller.expert && invited_expert && phase < Phase::kClosed);
  }
};

enum class Verdict : std::uint8_t {
  kAllow,
  kMetadataOnly,  // allowed, answer the metadata message
  kEmpty,         // allowed, and there is nothing to show
  kUnauthenticated,
  kForbidden,   // may know that it exists
  kHidden,      // must not: answer as for an unknown id
  kStepUp,      // after a fresh second factor
  kImpossible,  // not in the present state
  kErased,      // was a participant; the contents are gone
};

// Pure and total: anything the table does not allow is refused.
Verdict Decide(const Caller& caller, Operation operation, const Relation& relation);

// The reason to answer with; nullopt for kAllow, kMetadataOnly and kEmpty.
std::optional<Reason> ReasonOf(Verdict verdict);

// The table itself, for tests that walk every cell.
namespace rights {

enum class Persona : std::uint8_t {
  kAnonymous,
  kUnrelated,
  kCreator,
  kInvitedHelper,
  kColleague,
  kInstructor,
  kInstructorElsewhere,
  kInvitedExpert,
  kOtherExpert,
  kManager,
  kObserver,
  kAdministrator,
  kPartner,
  kService,
  kCount_,
};

// A allow, H hidden, D forbidden, U unauthenticated, M metadata only, R after step-up, N empty;
// r own only and after step-up, else D; S own only else D, s own only else H; G in scope only else D (H on a
// request), g in scope only else H; h needs a helper membership else D.
char Cell(Operation operation, Persona persona);

}  // namespace rights
}  // namespace aplus
