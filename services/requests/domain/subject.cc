#include "services/requests/domain/subject.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/text.h"

namespace aplus::requests {
namespace subject {

constexpr std::size_t kIdentifierDigits = 7;

using Words = std::vector<std::string>;

Words WordsOf(const std::string& text) { return FoldedWords(text).value_or(Words{}); }

bool Holds(const Words& text, const Words& name) {
  return !name.empty() && !std::ranges::search(text, name).empty();
}

// A first letter written large says that a name is meant, not a word; accents are of no account.
bool IsWrittenAsName(const std::string& subject, const std::string& name) {
  const auto words = [](const std::string& text) {
    std::vector<std::string> out(1);
    for (const char c : text) {
      if (c == ' ' || c == ',' || c == ':' || c == ';' || c == '(' || c == ')') {
        out.emplace_back();
      } else {
        out.back().push_back(c);
      }
    }
    return out;
  };
  const Words folded = WordsOf(name);
  const std::vector<std::string> written = words(subject);
  for (std::size_t i = 0; i < written.size(); ++i) {
    const Words here = WordsOf(written[i]);
    if (here.empty() || here.front() != folded.front()) continue;
    const bool small = std::islower(static_cast<unsigned char>(written[i].front())) != 0;
    // The first word of a sentence begins large whatever it is.
    const bool all_large =
        written[i].size() > 1 && std::isupper(static_cast<unsigned char>(written[i][1])) != 0;
    const bool begins = i == 0 && folded.size() == 1 && !all_large;
    if (!small && !begins) return true;
  }
  return false;
}

bool Names(const std::string& subject, const std::string& name) {
  const Words folded = WordsOf(name);
  if (folded.empty() || (folded.size() == 1 && folded.front().size() < 3)) return false;
  return Holds(WordsOf(subject), folded) && IsWrittenAsName(subject, name);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) {
  return IsDigit(c) || std::isalpha(static_cast<unsigned char>(c)) != 0 ||
         static_cast<unsigned char>(c) >= 0x80;
}

// A number with blanks in it counts as one; the letter at the end of a CAF number belongs to it.
bool HoldsNumber(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsDigit(text[at]) || (at > 0 && IsWordPart(text[at - 1]))) continue;
    std::size_t digits = 0, end = at;
    while (end < text.size() && (IsDigit(text[end]) || text[end] == ' '))
      digits += IsDigit(text[end++]) ? 1 : 0;
    const bool letter_follows = end < text.size() && IsWordPart(text[end]) && text[end - 1] != ' ';
    const bool word_follows = letter_follows && end + 1 < text.size() && IsWordPart(text[end + 1]);
    if (digits >= kIdentifierDigits && !word_follows) return true;
    at = end;
  }
  return false;
}

bool HoldsAddress(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || !IsWordPart(text[at - 1])) return false;
  const std::string_view domain = text.substr(at + 1, text.find(' ', at) - at - 1);
  return domain.find('.') != std::string_view::npos;
}

// What is wrong with the text, as people read it after its name; nothing: nullptr.
const char* FlawOf(const std::string& text, const Citizen& citizen) {
  for (const std::string* name : {&citizen.last_name, &citizen.birth_name}) {
    if (Names(text, *name)) return "ne doit pas contenir le nom de l’usager.";
  }
  if (HoldsNumber(text)) return "ne doit contenir ni identifiant ni numéro de téléphone.";
  if (HoldsAddress(text)) return "ne doit pas contenir d’adresse e-mail.";
  return nullptr;
}

Result<void> Check(const char* path, const std::string& called, const std::string& text,
                   const Citizen& citizen) {
  const char* flaw = FlawOf(text, citizen);
  if (flaw == nullptr) return {};
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({path, "personal", called + " " + flaw});
  return Fail(std::move(error));
}

}  // namespace subject

Result<void> CheckSubject(const std::string& subject, const Citizen& citizen) {
  return subject::Check("subject", "L’objet", subject, citizen);
}

Result<void> CheckComment(const std::string& comment, const Citizen& citizen) {
  return subject::Check("comment", "Le commentaire", comment, citizen);
}

}  // namespace aplus::requests
