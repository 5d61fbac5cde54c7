// Asks the rights table on behalf of tests in other languages, so that no expected value is copied by hand
// (T-AZ-01, T-AZ-02). With --table, prints one line per cell: "R5 4 H". Otherwise reads questions, one a
// line:
//
//   R5 open authenticated,helper,creator
//
// an operation, the phase of the request, and what holds of the caller and between the two; and answers each
// with the verdict and, where it refuses, the code, HTTP status and gRPC code: "hidden not_found 404 5" or
// "allow".
#include <array>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "libs/base/reason.h"
#include "libs/identity/rights.h"

namespace aplus::rights_oracle {

struct CallerFact {
  std::string_view name;
  bool Caller::* fact;
};

constexpr std::array kCallerFacts = {
    CallerFact{"authenticated", &Caller::authenticated},
    CallerFact{"service", &Caller::service},
    CallerFact{"partner", &Caller::partner},
    CallerFact{"helper", &Caller::helper},
    CallerFact{"instructor", &Caller::instructor},
    CallerFact{"manager", &Caller::manager},
    CallerFact{"administrator", &Caller::administrator},
    CallerFact{"expert", &Caller::expert},
    CallerFact{"observer", &Caller::observer},
    CallerFact{"fresh", &Caller::fresh_second_factor},
};

struct RelationFact {
  std::string_view name;
  bool Relation::* fact;
};

constexpr std::array kRelationFacts = {
    RelationFact{"creator", &Relation::creator},
    RelationFact{"invited_helper", &Relation::invited_helper},
    RelationFact{"colleague", &Relation::colleague},
    RelationFact{"instructs", &Relation::instructor},
    RelationFact{"invited_expert", &Relation::invited_expert},
    RelationFact{"managed", &Relation::managed},
    RelationFact{"own", &Relation::own},
    RelationFact{"in_scope", &Relation::in_scope},
};

constexpr std::array<std::string_view, 4> kPhases = {"open", "processed", "closed", "erased"};

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kMetadataOnly:
      return "metadata";
    case Verdict::kEmpty:
      return "empty";
    case Verdict::kUnauthenticated:
      return "unauthenticated";
    case Verdict::kForbidden:
      return "forbidden";
    case Verdict::kHidden:
      return "hidden";
    case Verdict::kStepUp:
      return "step_up";
    case Verdict::kImpossible:
      return "impossible";
    case Verdict::kErased:
      return "erased";
  }
  return "";
}

bool SetFact(std::string_view name, Caller& caller, Relation& relation) {
  for (const CallerFact& one : kCallerFacts) {
    if (one.name == name) return caller.*one.fact = true;
  }
  for (const RelationFact& one : kRelationFacts) {
    if (one.name == name) return relation.*one.fact = true;
  }
  return false;
}

// The answer to one question; nullopt when it names what there is not.
std::optional<std::string> Answer(const std::string& question) {
  std::istringstream words(question);
  std::string code, phase, facts;
  words >> code >> phase >> facts;
  const auto operation = OperationFromCode(code);
  if (!operation) return std::nullopt;
  Caller caller;
  Relation relation;
  bool known = false;
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    if (kPhases[i] != phase) continue;
    relation.phase = static_cast<Phase>(i);
    known = true;
  }
  if (!known) return std::nullopt;
  std::istringstream list(facts);
  for (std::string fact; std::getline(list, fact, ',');) {
    if (!SetFact(fact, caller, relation)) return std::nullopt;
  }
  const Verdict verdict = Decide(caller, *operation, relation);
  std::ostringstream answer;
  answer << Name(verdict);
  if (const auto reason = ReasonOf(verdict)) {
    const ReasonRow& row = Describe(*reason);
    answer << ' ' << row.code << ' ' << row.http_status << ' ' << row.grpc_code;
  }
  return answer.str();
}

void PrintTable() {
  for (int o = 0; o < static_cast<int>(Operation::kCount_); ++o) {
    const auto operation = static_cast<Operation>(o);
    for (int p = 0; p < static_cast<int>(rights::Persona::kCount_); ++p) {
      std::cout << Code(operation) << ' ' << p << ' '
                << rights::Cell(operation, static_cast<rights::Persona>(p)) << '\n';
    }
  }
}

}  // namespace aplus::rights_oracle

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--table") {
    aplus::rights_oracle::PrintTable();
    return 0;
  }
  for (std::string question; std::getline(std::cin, question);) {
    const auto answer = aplus::rights_oracle::Answer(question);
    if (!answer) {
      std::cerr << "what is: " << question << '\n';
      return 2;
    }
    std::cout << *answer << std::endl;
  }
  return 0;
}
