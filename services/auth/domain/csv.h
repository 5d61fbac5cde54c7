// CSV as spreadsheets write it (RFC 4180, French flavours): separated by semicolons, commas or tabs, quoted
// where needed, any line end, with or without a byte order mark.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aplus::auth {

struct CsvRecord {
  int line = 0;  // where it begins, from 1
  std::vector<std::string> cells;
};

// Records without any text are left out. The separator is the one of the three that the first record holds
// most often, outside quotes. nullopt: a quote is opened and never closed.
std::optional<std::vector<CsvRecord>> ReadCsv(std::string_view text);

}  // namespace aplus::auth
