// Text as people type it: strict UTF-8 in, one canonical form kept (NFC), and the folding under which search
// compares (P32: case and accents ignored). Pure functions; invalid UTF-8 answers nullopt, never throws.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aplus {

// Unicode's definition: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsValidUtf8(std::string_view text);

// The form that is stored for texts of several lines: NFC, line ends as "\n", without bidirectional controls
// (they make a text read as something else than it is) and without control characters but "\n" and tab. Empty
// when nothing of it can be seen.
std::optional<std::string> NormaliseText(std::string_view text);

// The form for one line (names, subjects, file names): as above, every run of white space one space, none at
// the ends.
std::optional<std::string> NormaliseLine(std::string_view text);

// Unicode code points: what the limits of the product count, on normalised text. nullopt: not UTF-8.
std::optional<std::size_t> CountCharacters(std::string_view text);

// Case, accents and compatibility forms removed, ligatures opened: "Élodie CŒUR" → "elodie coeur".
// FoldForSearch(FoldForSearch(x)) == FoldForSearch(x).
std::optional<std::string> FoldForSearch(std::string_view text);

// The folded words in their order, repeats kept: letters and digits; everything else separates
// ("l’allocation d’Été" → l, allocation, d, ete).
std::optional<std::vector<std::string>> FoldedWords(std::string_view text);

}  // namespace aplus
