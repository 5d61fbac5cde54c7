#include "services/requests/acts/checks.h"

#include <array>
#include <utility>

#include "services/requests/store/file_rows.h"

namespace aplus::requests {
namespace checks {

struct RestrictedField {
  Identifier identifier;
  const char* path;
};
constexpr std::array<RestrictedField, 3> kRestricted{{
    {kNir, "citizen.nir"},
    {kTaxNumber, "citizen.taxNumber"},
    {kCafNumber, "citizen.cafNumber"},
}};

}  // namespace checks

Error Violation(std::string path, std::string code, std::string detail) {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({std::move(path), std::move(code), std::move(detail)});
  return error;
}

Error NotAddressable(std::string path) {
  Error error = Violation(std::move(path), "not_addressable",
                          "Ce groupe ne peut pas être sollicité pour ce territoire.");
  error.reason = Reason::kNotAddressable;
  return error;
}

bool IsAddressable(const GroupCard* card) {
  return card != nullptr && card->instructor_side && card->addressable;
}

bool IsColleague(const Person* person, const GroupId& group) {
  return person != nullptr && person->active && person->helper && person->IsMemberOf(group);
}

Result<void> CheckEntitled(Identifiers given, Identifiers entitled) {
  Error error;
  error.reason = Reason::kNotEntitled;
  for (const checks::RestrictedField& field : checks::kRestricted) {
    if (!(given & field.identifier) || (entitled & field.identifier)) continue;
    error.violations.push_back(
        {field.path, "not_entitled",
         "Aucun des organismes sollicités n’est habilité à recevoir cet identifiant."});
  }
  if (!error.violations.empty()) return Fail(std::move(error));
  return {};
}

Result<SearchTokens> RequestTokens(BlindIndex& index, const std::string& number, const std::string& subject,
                                   const std::string& description, const Citizen& citizen) {
  TRY(const SearchTokens of_subject, index.WordsAndPrefixes(subject));
  TRY(const SearchTokens of_name, index.WordsAndPrefixes(DisplayName(citizen) + " " + citizen.birth_name));
  TRY(const SearchTokens of_text, index.Words(number + " " + description));
  return Union(Union(of_subject, of_name), of_text);
}

Task<Result<void>> AttachFiles(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId request,
                               std::vector<FileId> files, Lane lane, std::optional<MessageId> entry) {
  if (files.empty()) co_return Result<void>();
  if (static_cast<std::int64_t>(files.size()) > shop.rules.files_per_message) {
    co_return Fail(Reason::kTooManyFiles);
  }
  CO_TRY(Affected sent, co_await tx.Run(kAttachFiles, files, request, asker.user, lane, entry));
  if (sent.rows != static_cast<std::int64_t>(files.size())) {
    CO_TRY(const std::vector<FileId> receiving, co_await tx.Run(kFilesReceiving, files, request, asker.user));
    if (!receiving.empty()) {
      Error error = Fail(Reason::kFileNotReady).value();
      error.retry_after_seconds = 1;
      co_return Fail(std::move(error));
    }
    co_return Fail(Violation("fileIds", "unknown", "Un fichier joint n’existe pas ou a déjà été envoyé."));
  }
  co_return Result<void>();
}

}  // namespace aplus::requests
