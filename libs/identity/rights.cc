#include "libs/identity/rights.h"

#include <algorithm>
#include <array>

namespace aplus {
namespace {

using rights::Persona;

constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::kCount_);
constexpr std::size_t kPersonas = static_cast<std::size_t>(Persona::kCount_);

struct Row {
  Operation operation;
  std::string_view code;
  std::string_view cells;  // one letter per Persona, separated by single blanks
};

// The authorization matrix. Letters as in rights.h; columns:
//   ANON  no session                          EXP  invited expert, request not closed
//   NONE  logged in, unrelated                EX0  expert otherwise
//   CRE   creator                             MGR  manager of a concerned group, nothing else
//   AID   invited helper                      OBS  observer
//   COL   colleague of the creator            ADM  administrator
//   INS   instructor of an addressed group    PAR  partner system
//   IN0   instructor of another group         JOB  a service for itself
constexpr std::array<Row, kOperations> kTable{{
    //                        ANON NONE CRE AID COL INS IN0 EXP EX0 MGR OBS ADM PAR JOB
    {Operation::kR1, "R1", "U N A A N A N A N N N N G D"},
    {Operation::kR2, "R2", "U H A A H A H A H H H H G D"},
    {Operation::kR3, "R3", "U H A A H A H A H H H H G D"},
    {Operation::kR4, "R4", "U H D D H A H D H H H H G D"},
    {Operation::kR5, "R5", "U H A A H A H A H H H H G D"},
    {Operation::kR6, "R6", "U H D D H A H D H H H H G D"},
    {Operation::kR7, "R7", "U H D D H A H D H H H H G D"},
    {Operation::kR8, "R8", "U H D D H A H D H H H H G D"},
    {Operation::kR9, "R9", "U H A A H D H D H H H H D A"},
    {Operation::kR10, "R10", "U H A A H D H D H H H H D D"},
    {Operation::kR11, "R11", "U H A A H D H D H H H H D D"},
    {Operation::kR12, "R12", "U H A A H A H D H H H H G D"},
    {Operation::kR13, "R13", "U H A A H A H A H H H H D D"},
    {Operation::kR14, "R14", "U H D A H A H A H H H H D D"},
    {Operation::kR15, "R15", "U H D D H D H D H H H H D D"},
    {Operation::kR16, "R16", "U H A A H A H A H M H M G D"},
    {Operation::kR17, "R17", "U H A A H A H A H M H M G D"},
    {Operation::kR18, "R18", "U H A A H D H D H H H H D A"},
    {Operation::kR19, "R19", "U H A A H A H A H H H H G D"},
    {Operation::kR20, "R20", "U H A A H A H A H H H H G D"},
    {Operation::kR21, "R21", "U H A A H A H A H H H H D D"},
    {Operation::kR22, "R22", "U H A D H D H D H H H H D D"},
    {Operation::kR23, "R23", "U H A A H D H D H H H H D D"},
    {Operation::kR24, "R24", "U H A A H A H A H H H H D D"},
    {Operation::kF1, "F1", "U H A A H A H D H H H H G D"},
    {Operation::kF2, "F2", "U H A A H A H D H H H H G D"},
    {Operation::kF3, "F3", "U H A A H A H D H H H H G D"},
    {Operation::kF4, "F4", "U H S S H S H D H H H H S A"},
    {Operation::kA1, "A1", "U h h h h h h D D D D D D D"},
    {Operation::kA2, "A2", "U S S S S S S D D D D D D D"},
    {Operation::kA3, "A3", "U G G G G G G D D G G A G D"},
    {Operation::kA4, "A4", "U D D D D D D D D G D A D D"},
    {Operation::kA5, "A5", "U D D D D D D D D G D A D D"},
    {Operation::kA6, "A6", "U D D D D D D D D G D A D D"},
    {Operation::kA7, "A7", "U D D D D D D D D D D R D D"},
    {Operation::kA8, "A8", "U S S S S S S S S S S S D D"},
    {Operation::kA9, "A9", "U G G G G G G D D G D A D D"},
    {Operation::kA10, "A10", "U D D D D D D D D G D R D D"},
    {Operation::kA11, "A11", "U D D D D D D D D D D R D D"},
    {Operation::kA12, "A12", "U S S S S S S S S S S S D D"},
    {Operation::kA13, "A13", "U D D D D D D D D G D A D D"},
    {Operation::kA14, "A14", "U D D D D D D D D D D A D D"},
    {Operation::kA15, "A15", "U D D D D D D D D D D R D D"},
    {Operation::kA16, "A16", "U D D D D D D D D D D D D D"},
    {Operation::kA17, "A17", "U A A A A A A A A A A A A D"},
    {Operation::kA18, "A18", "U g g g g g g g g g H A D D"},
    {Operation::kG1, "G1", "U D D D D D D D D G D A D D"},
    {Operation::kG2, "G2", "U A A A A A A A A A A A D D"},
    {Operation::kG3, "G3", "U G G G G G G D D G D A D D"},
    {Operation::kG4, "G4", "U D D D D D D D D G D A D D"},
    {Operation::kG5, "G5", "U D D D D D D D D D D A D D"},
    {Operation::kG6, "G6", "U D D D D D D D D D D A D D"},
    {Operation::kG7, "G7", "U D D D D D D D D D D R D D"},
    {Operation::kG8, "G8", "U D D D D D D D D D D A D D"},
    {Operation::kD1, "D1", "U h h h h h h D D D D D D D"},
    {Operation::kD2, "D2", "U s s s s s s H H H H H D D"},
    {Operation::kD3, "D3", "U s s s s s s H H H H H D D"},
    {Operation::kD4, "D4", "U s s s s s s H H H H H D A"},
    {Operation::kN1, "N1", "U S S S S S S S S S S S D D"},
    {Operation::kN2, "N2", "U S S S S S S S S S S S D D"},
    {Operation::kN3, "N3", "U D D D D D D D D G D A D D"},
    {Operation::kN4, "N4", "U D D D D D D D D G D A D D"},
    {Operation::kM1, "M1", "U D D D D D D D D G D A D D"},
    {Operation::kL1, "L1", "A A A A A A A A A A A A D D"},
    {Operation::kL2, "L2", "A A A A A A A A A A A A D D"},
    {Operation::kL3, "L3", "A A A A A A A A A A A A D D"},
    {Operation::kL4, "L4", "U S S S S S S S S S S S D D"},
    {Operation::kL5, "L5", "U r r r r r r r r r r r D D"},
    {Operation::kL6, "L6", "A A A A A A A A A A A A D D"},
    {Operation::kL7, "L7", "A A A A A A A A A A A A D D"},
    {Operation::kJ1, "J1", "D D D D D D D D D D D D D A"},
    {Operation::kJ2, "J2", "D D D D D D D D D D D D D A"},
    {Operation::kJ3, "J3", "D D D D D D D D D D D D D A"},
    {Operation::kJ4, "J4", "D D D D D D D D D D D D D A"},
    {Operation::kJ5, "J5", "D D D D D D D D D D D D D A"},
    {Operation::kJ6, "J6", "D D D D D D D D D D D D D A"},
}};

constexpr bool TableIsWhole() {
  for (std::size_t i = 0; i < kOperations; ++i) {
    if (static_cast<std::size_t>(kTable[i].operation) != i) return false;
    if (kTable[i].cells.size() != 2 * kPersonas - 1) return false;
    for (std::size_t column = 0; column + 1 < kPersonas; ++column) {
      if (kTable[i].cells[2 * column + 1] != ' ') return false;
    }
  }
  return true;
}
static_assert(TableIsWhole(), "one row per operation in order, one letter per persona");

bool IsFileOperation(Operation operation) {
  return operation >= Operation::kF1 && operation <= Operation::kF4;
}

// A verdict on one cell, before states.
Verdict Resolve(char cell, Operation operation, const Caller& caller, const Relation& relation) {
  switch (cell) {
    case 'A':
      return Verdict::kAllow;
    case 'M':
      return Verdict::kMetadataOnly;
    case 'N':
      return Verdict::kEmpty;
    case 'U':
      return Verdict::kUnauthenticated;
    case 'H':
      return Verdict::kHidden;
    case 'R':
      return caller.fresh_second_factor ? Verdict::kAllow : Verdict::kStepUp;
    case 'r':
      if (!relation.own) return Verdict::kForbidden;
      return caller.fresh_second_factor ? Verdict::kAllow : Verdict::kStepUp;
    case 'S':
      return relation.own ? Verdict::kAllow : Verdict::kForbidden;
    case 's':
      return relation.own ? Verdict::kAllow : Verdict::kHidden;
    case 'h':
      return caller.helper ? Verdict::kAllow : Verdict::kForbidden;
    case 'g':
      return relation.in_scope ? Verdict::kAllow : Verdict::kHidden;
    case 'G':
      if (IsAboutRequest(operation)) return relation.instructor ? Verdict::kAllow : Verdict::kHidden;
      return relation.in_scope ? Verdict::kAllow : Verdict::kForbidden;
    default:
      return Verdict::kForbidden;
  }
}

// How much a verdict gives; several roles give their union.
int Generosity(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return 6;
    case Verdict::kMetadataOnly:
      return 5;
    case Verdict::kStepUp:
      return 4;
    case Verdict::kEmpty:
      return 3;
    case Verdict::kForbidden:
      return 2;
    case Verdict::kHidden:
      return 1;
    default:
      return 0;
  }
}

class Personas {
 public:
  void Add(Persona persona) { bits_ |= 1u << static_cast<unsigned>(persona); }
  bool Has(Persona persona) const { return (bits_ >> static_cast<unsigned>(persona)) & 1u; }
  bool Empty() const { return bits_ == 0; }

 private:
  std::uint32_t bits_ = 0;
};

// Who the caller is towards this object; several at once are possible.
Personas PersonasOf(const Caller& caller, const Relation& relation) {
  Personas personas;
  if (caller.service) {
    personas.Add(Persona::kService);
    return personas;
  }
  if (!caller.authenticated) {
    personas.Add(Persona::kAnonymous);
    return personas;
  }
  if (caller.partner) {
    personas.Add(Persona::kPartner);
    return personas;
  }
  if (relation.creator) personas.Add(Persona::kCreator);
  if (relation.invited_helper) personas.Add(Persona::kInvitedHelper);
  if (relation.InstructorSide()) personas.Add(Persona::kInstructor);
  if (caller.expert) {
    const bool counts = relation.invited_expert && relation.phase < Phase::kClosed;
    personas.Add(counts ? Persona::kInvitedExpert : Persona::kOtherExpert);
  }
  if (caller.administrator) personas.Add(Persona::kAdministrator);
  if (caller.observer) personas.Add(Persona::kObserver);
  if (relation.managed || caller.manager) personas.Add(Persona::kManager);
  if (relation.colleague) personas.Add(Persona::kColleague);
  // Elsewhere an instructor or a helper is anybody; an account without any role is, too.
  if (caller.instructor && !relation.instructor) personas.Add(Persona::kInstructorElsewhere);
  if (caller.helper || personas.Empty()) personas.Add(Persona::kUnrelated);
  return personas;
}

// Being manager somewhere opens the metadata of one's own groups' requests only (P34).
bool CellCounts(Persona persona, Operation operation, const Relation& relation) {
  return persona != Persona::kManager || !IsAboutRequest(operation) || relation.managed;
}

bool IsContentOperation(Operation operation) {
  switch (operation) {
    case Operation::kR1:
    case Operation::kR16:
    case Operation::kR17:
    case Operation::kR20:
    case Operation::kR21:
      return false;
    default:
      return IsAboutRequest(operation);
  }
}

bool NeedsOpenRequest(Operation operation) {
  switch (operation) {
    case Operation::kR5:
    case Operation::kR6:
    case Operation::kR7:
    case Operation::kR8:
    case Operation::kR9:
    case Operation::kR11:
    case Operation::kR12:
    case Operation::kR13:
    case Operation::kR22:
    case Operation::kR23:
    case Operation::kF2:
      return true;
    default:
      return false;
  }
}

// What the state of the request makes of a permission.
Verdict InPhase(Operation operation, Phase phase) {
  if (phase == Phase::kErased && IsContentOperation(operation)) return Verdict::kErased;
  if (phase >= Phase::kClosed && NeedsOpenRequest(operation)) return Verdict::kImpossible;
  if (operation == Operation::kR10 && phase < Phase::kClosed) return Verdict::kImpossible;
  // Processed means opened, and what an instructor has opened is not taken back (P36).
  if ((operation == Operation::kR8 || operation == Operation::kR22) && phase == Phase::kProcessed)
    return Verdict::kImpossible;
  return Verdict::kAllow;
}

}  // namespace

Caller CallerOf(const Principal& principal, Time now) {
  Caller caller;
  caller.authenticated = true;
  caller.partner = principal.partner.has_value();
  caller.administrator = principal.Is(kRoleAdministrator);
  caller.expert = principal.Is(kRoleExpert);
  if (!caller.administrator) {
    caller.observer = principal.Is(kRoleObserver);
    caller.helper = principal.HasAnywhere(kRoleHelper);
    caller.instructor = principal.HasAnywhere(kRoleInstructor);
    caller.manager = principal.HasAnywhere(kRoleManager);
  }
  const bool second_factor = std::any_of(
      principal.amr.begin(), principal.amr.end(),
      [](const std::string& method) { return method == "otp" || method == "pop" || method == "mfa"; });
  caller.fresh_second_factor = second_factor && now - principal.auth_time <= kStepUpLifetime;
  return caller;
}

namespace rights {

char Cell(Operation operation, Persona persona) {
  return kTable.at(static_cast<std::size_t>(operation)).cells[2 * static_cast<std::size_t>(persona)];
}

}  // namespace rights

std::string_view Code(Operation operation) { return kTable.at(static_cast<std::size_t>(operation)).code; }

std::optional<Operation> OperationFromCode(std::string_view code) {
  for (const Row& row : kTable) {
    if (row.code == code) return row.operation;
  }
  return std::nullopt;
}

bool IsAboutRequest(Operation operation) { return operation <= Operation::kF4; }

Verdict Decide(const Caller& caller, Operation operation, const Relation& relation) {
  const Personas personas = PersonasOf(caller, relation);
  Verdict verdict = IsAboutRequest(operation) ? Verdict::kHidden : Verdict::kForbidden;
  int best = -1;
  for (std::size_t i = 0; i < kPersonas; ++i) {
    const auto persona = static_cast<Persona>(i);
    if (!personas.Has(persona) || !CellCounts(persona, operation, relation)) continue;
    const Verdict candidate = Resolve(rights::Cell(operation, persona), operation, caller, relation);
    if (Generosity(candidate) > best) {
      best = Generosity(candidate);
      verdict = candidate;
    }
  }
  // An expert sees no file, whatever else the account may be on this request (P63).
  if (caller.expert && IsFileOperation(operation) && verdict == Verdict::kAllow) {
    verdict = Verdict::kForbidden;
  }
  if (verdict == Verdict::kAllow && IsAboutRequest(operation)) return InPhase(operation, relation.phase);
  return verdict;
}

std::optional<Reason> ReasonOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
    case Verdict::kMetadataOnly:
    case Verdict::kEmpty:
      return std::nullopt;
    case Verdict::kUnauthenticated:
      return Reason::kUnauthenticated;
    case Verdict::kForbidden:
      return Reason::kForbidden;
    case Verdict::kHidden:
      return Reason::kNotFound;
    case Verdict::kStepUp:
      return Reason::kStepUpRequired;
    case Verdict::kImpossible:
      return Reason::kImpossible;
    case Verdict::kErased:
      return Reason::kErased;
  }
  return Reason::kForbidden;
}

}  // namespace aplus
