// Checks that several acts share, and the errors they answer.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "libs/crypto/blind_index.h"
#include "libs/postgres/transaction.h"
#include "services/requests/acts/asker.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/domain/citizen.h"
#include "services/requests/domain/people.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

// kInvalidArgument about one field.
Error Violation(std::string path, std::string code, std::string detail);
// kNotAddressable about one group (P5, P20).
Error NotAddressable(std::string path);

// An instructor group with an active instructor.
bool IsAddressable(const GroupCard* card);
// An active member of the group with the helper role (P20).
bool IsColleague(const Person* person, const GroupId& group);
// kNotEntitled, naming the identifiers that nobody addressed may ask for (P22).
Result<void> CheckEntitled(Identifiers given, Identifiers entitled);

// What a search may find of a request besides its messages: number, subject, names, description.
Result<SearchTokens> RequestTokens(BlindIndex& index, const std::string& number, const std::string& subject,
                                   const std::string& description, const Citizen& citizen);

// Sends files along with a request (no entry) or a message: the asker's own, of this request, not sent
// before. kInvalidArgument when one is not, kTooManyFiles beyond the limit.
Task<Result<void>> AttachFiles(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId request,
                               std::vector<FileId> files, Lane lane, std::optional<MessageId> entry);

// In their order, each once.
template <class T>
std::vector<T> Distinct(const std::vector<T>& values) {
  std::vector<T> distinct;
  for (const T& value : values) {
    if (std::ranges::find(distinct, value) == distinct.end()) distinct.push_back(value);
  }
  return distinct;
}

}  // namespace aplus::requests
