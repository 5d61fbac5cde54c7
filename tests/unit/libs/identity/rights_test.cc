// The rights table cell by cell, then what no single cell says: unions, sides, states.
#include "libs/identity/rights.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/libs/identity/examples.h"

namespace aplus {
namespace {

using rights::Persona;

// What a letter means, written a second time and as plainly as possible.
Verdict Meaning(char letter, bool condition) {
  switch (letter) {
    case 'A':
      return Verdict::kAllow;
    case 'H':
      return Verdict::kHidden;
    case 'D':
      return Verdict::kForbidden;
    case 'U':
      return Verdict::kUnauthenticated;
    case 'M':
      return Verdict::kMetadataOnly;
    case 'N':
      return Verdict::kEmpty;
    case 'R':
      return condition ? Verdict::kAllow : Verdict::kStepUp;
    case 'r':
      // Own, and fresh: without the one it is nobody's, without the other it wants the code (below).
    case 'S':
    case 'h':
      return condition ? Verdict::kAllow : Verdict::kForbidden;
    case 's':
    case 'g':
      return condition ? Verdict::kAllow : Verdict::kHidden;
    default:
      ADD_FAILURE() << "letter " << letter;
      return Verdict::kForbidden;
  }
}

TEST(Rights, T_AZ_01_EveryCellDecidesWhatItsLetterSays) {
  for (int o = 0; o < static_cast<int>(Operation::kCount_); ++o) {
    const auto operation = static_cast<Operation>(o);
    for (int p = 0; p < static_cast<int>(Persona::kCount_); ++p) {
      const auto persona = static_cast<Persona>(p);
      const char letter = rights::Cell(operation, persona);
      for (const bool condition : {false, true}) {
        Situation s = Example(persona);
        s.relation.own = s.relation.in_scope = s.caller.fresh_second_factor = condition;
        if (operation == Operation::kR10) s.relation.phase = Phase::kClosed;
        if (letter == 'h') s.caller.helper = condition;
        Verdict expected;
        if (letter == 'G') {
          // A partner's grant on a request is its group being addressed; elsewhere it is the scope.
          s.relation.instructor = IsAboutRequest(operation) && condition;
          expected = condition                   ? Verdict::kAllow
                     : IsAboutRequest(operation) ? Verdict::kHidden
                                                 : Verdict::kForbidden;
        } else {
          expected = Meaning(letter, condition);
        }
        // Reopening needs a closed request, on which an expert's invitation has ended.
        if (operation == Operation::kR10 && persona == Persona::kInvitedExpert) expected = Verdict::kHidden;
        EXPECT_EQ(Decide(s.caller, operation, s.relation), expected)
            << Code(operation) << " persona " << p << " condition " << condition;
      }
    }
  }
}

TEST(Rights, P13_OnesOwnSecondFactorChangesAfterAFreshProofOnly) {
  for (int p = 0; p < static_cast<int>(Persona::kCount_); ++p) {
    if (rights::Cell(Operation::kL5, static_cast<Persona>(p)) != 'r') continue;
    Situation s = Example(static_cast<Persona>(p));
    s.relation.own = true;
    EXPECT_EQ(Decide(s.caller, Operation::kL5, s.relation), Verdict::kStepUp) << "persona " << p;
    s.caller.fresh_second_factor = true;
    EXPECT_EQ(Decide(s.caller, Operation::kL5, s.relation), Verdict::kAllow) << "persona " << p;
    s.relation.own = false;
    EXPECT_EQ(Decide(s.caller, Operation::kL5, s.relation), Verdict::kForbidden) << "persona " << p;
  }
}

TEST(Rights, P26_NobodyWithoutAPartReadsContents) {
  const std::set<Persona> parts = {Persona::kCreator, Persona::kInvitedHelper, Persona::kInstructor,
                                   Persona::kInvitedExpert};
  for (const Operation read :
       {Operation::kR2, Operation::kR3, Operation::kR4, Operation::kF1, Operation::kF3}) {
    for (int p = 0; p < static_cast<int>(Persona::kCount_); ++p) {
      const auto persona = static_cast<Persona>(p);
      if (parts.contains(persona)) continue;
      const Situation s = Example(persona);
      EXPECT_NE(Decide(s.caller, read, s.relation), Verdict::kAllow) << Code(read) << " persona " << p;
    }
  }
}

TEST(Rights, P28_WhoStandsOnBothSidesCountsAsHelperSide) {
  Situation s = Example(Persona::kCreator);
  s.caller.instructor = s.relation.instructor = true;
  EXPECT_EQ(Decide(s.caller, Operation::kR4, s.relation), Verdict::kForbidden);
  EXPECT_EQ(Decide(s.caller, Operation::kR6, s.relation), Verdict::kForbidden);
  EXPECT_EQ(Decide(s.caller, Operation::kR8, s.relation), Verdict::kForbidden);
  EXPECT_EQ(Decide(s.caller, Operation::kR3, s.relation), Verdict::kAllow);
}

TEST(Rights, P63_AnExpertNeverGetsAFileWhateverElseHeIs) {
  for (const Persona persona : {Persona::kCreator, Persona::kInvitedHelper, Persona::kInstructor}) {
    Situation s = Example(persona);
    s.caller.expert = s.relation.invited_expert = s.relation.own = true;
    for (const Operation file : {Operation::kF1, Operation::kF2, Operation::kF3, Operation::kF4}) {
      EXPECT_EQ(Decide(s.caller, file, s.relation), Verdict::kForbidden) << Code(file);
    }
    EXPECT_EQ(Decide(s.caller, Operation::kR2, s.relation), Verdict::kAllow);
  }
}

TEST(Rights, P26_AnExpertsPartEndsWithTheRequest) {
  Situation s = Example(Persona::kInvitedExpert);
  EXPECT_EQ(Decide(s.caller, Operation::kR2, s.relation), Verdict::kAllow);
  s.relation.phase = Phase::kClosed;
  EXPECT_EQ(Decide(s.caller, Operation::kR2, s.relation), Verdict::kHidden);
}

TEST(Rights, P34_AManagerOfAnotherGroupSeesNotEvenMetadata) {
  Situation s = Example(Persona::kManager);
  EXPECT_EQ(Decide(s.caller, Operation::kR17, s.relation), Verdict::kMetadataOnly);
  s.relation.managed = false;
  EXPECT_EQ(Decide(s.caller, Operation::kR17, s.relation), Verdict::kHidden);
}

TEST(Rights, P34_ManagerAndAdministratorAddNoContents) {
  Situation s = Example(Persona::kManager);
  s.caller.administrator = true;
  EXPECT_EQ(Decide(s.caller, Operation::kR2, s.relation), Verdict::kHidden);
  s = Example(Persona::kInstructor);
  s.caller.manager = s.relation.managed = true;
  EXPECT_EQ(Decide(s.caller, Operation::kR2, s.relation), Verdict::kAllow) << "a true part stays one";
}

TEST(Rights, P2_AnAdministratorHoldsNoOtherRoleButExpert) {
  Principal principal;
  principal.account_roles = kRoleAdministrator | kRoleExpert;
  principal.memberships = {{.group = {}, .roles = kRoleHelper | kRoleInstructor | kRoleManager}};
  const Caller caller = CallerOf(principal, Time{});
  EXPECT_TRUE(caller.administrator);
  EXPECT_TRUE(caller.expert);
  EXPECT_FALSE(caller.helper || caller.instructor || caller.manager);
}

TEST(Rights, StepUpAgesOut) {
  Principal principal;
  principal.account_roles = kRoleAdministrator;
  principal.amr = {"mail", "otp"};
  EXPECT_TRUE(CallerOf(principal, Time{kStepUpLifetime}).fresh_second_factor);
  EXPECT_FALSE(CallerOf(principal, Time{kStepUpLifetime + Duration(1)}).fresh_second_factor);
  principal.amr = {"mail"};
  EXPECT_FALSE(CallerOf(principal, Time{}).fresh_second_factor) << "a second magic link is no second factor";
}

struct PhaseCase {
  Operation operation;
  Persona persona;
  Verdict open, processed, closed, erased;
};

TEST(Rights, P30_StatesLimitWhatParticipantsMayDo) {
  constexpr auto kA = Verdict::kAllow;
  constexpr auto kI = Verdict::kImpossible;
  constexpr auto kE = Verdict::kErased;
  const PhaseCase cases[] = {
      {Operation::kR2, Persona::kCreator, kA, kA, kA, kE},
      {Operation::kR3, Persona::kInstructor, kA, kA, kA, kE},
      {Operation::kR5, Persona::kCreator, kA, kA, kI, kE},
      {Operation::kR5, Persona::kInstructor, kA, kA, kI, kE},
      {Operation::kR7, Persona::kInstructor, kA, kA, kI, kE},
      {Operation::kR8, Persona::kInstructor, kA, kI, kI, kE},
      {Operation::kR9, Persona::kCreator, kA, kA, kI, kE},
      {Operation::kR10, Persona::kCreator, kI, kI, kA, kE},
      {Operation::kR12, Persona::kInstructor, kA, kA, kI, kE},
      {Operation::kR16, Persona::kCreator, kA, kA, kA, kA},
      {Operation::kR18, Persona::kCreator, kA, kA, kA, kE},
      {Operation::kF2, Persona::kInvitedHelper, kA, kA, kI, kE},
      {Operation::kF3, Persona::kInvitedHelper, kA, kA, kA, kE},
      // A stranger learns nothing from the state.
      {Operation::kR2, Persona::kUnrelated, Verdict::kHidden, Verdict::kHidden, Verdict::kHidden,
       Verdict::kHidden},
      {Operation::kR9, Persona::kColleague, Verdict::kHidden, Verdict::kHidden, Verdict::kHidden,
       Verdict::kHidden},
  };
  for (const PhaseCase& c : cases) {
    Situation s = Example(c.persona);
    const std::pair<Phase, Verdict> expected[] = {{Phase::kOpen, c.open},
                                                  {Phase::kProcessed, c.processed},
                                                  {Phase::kClosed, c.closed},
                                                  {Phase::kErased, c.erased}};
    for (const auto& [phase, verdict] : expected) {
      s.relation.phase = phase;
      EXPECT_EQ(Decide(s.caller, c.operation, s.relation), verdict)
          << Code(c.operation) << " phase " << static_cast<int>(phase);
    }
  }
}

TEST(Rights, CodesRoundTrip) {
  for (int o = 0; o < static_cast<int>(Operation::kCount_); ++o) {
    const auto operation = static_cast<Operation>(o);
    EXPECT_EQ(OperationFromCode(Code(operation)), operation);
  }
  EXPECT_FALSE(OperationFromCode("R99").has_value());
}

}  // namespace
}  // namespace aplus
