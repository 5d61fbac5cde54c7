#include "services/auth/domain/csv.h"

#include <algorithm>
#include <array>

namespace aplus::auth {
namespace csv {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

char SeparatorOf(std::string_view text) {
  constexpr std::array<char, 3> kSeparators{';', '\t', ','};
  std::array<int, 3> seen{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    for (std::size_t i = 0; i < kSeparators.size(); ++i) seen[i] += c == kSeparators[i] ? 1 : 0;
  }
  return kSeparators[static_cast<std::size_t>(std::max_element(seen.begin(), seen.end()) - seen.begin())];
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), separator_(SeparatorOf(text)) {}

  std::optional<std::vector<CsvRecord>> Read() {
    while (at_ < text_.size()) {
      if (!Record()) return std::nullopt;
    }
    return std::move(records_);
  }

 private:
  bool Record() {
    CsvRecord record{line_, {}};
    bool any = false;
    for (;;) {
      std::string cell;
      if (!Cell(cell)) return false;
      any |= cell.find_first_not_of(" \t") != std::string::npos;
      record.cells.push_back(std::move(cell));
      if (at_ < text_.size() && text_[at_] == separator_) {
        ++at_;
        continue;
      }
      EndOfLine();
      break;
    }
    if (any) records_.push_back(std::move(record));
    return true;
  }

  bool Cell(std::string& cell) {
    if (at_ < text_.size() && text_[at_] == '"') return Quoted(cell);
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
      cell.push_back(text_[at_++]);
    }
    return true;
  }

  bool Quoted(std::string& cell) {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell.push_back(c);
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell.push_back('"');
        ++at_;
      } else {
        ++at_;
        // What spreadsheets never write, people do: text after the closing quote belongs to the cell.
        while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
          cell.push_back(text_[at_++]);
        }
        return true;
      }
    }
    return false;
  }

  void EndOfLine() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<CsvRecord> records_;
};

}  // namespace csv

std::optional<std::vector<CsvRecord>> ReadCsv(std::string_view text) {
  if (text.starts_with(csv::kByteOrderMark)) text.remove_prefix(csv::kByteOrderMark.size());
  return csv::Reader(text).Read();
}

}  // namespace aplus::auth
