#include "libs/calendar/holidays.h"

#include <algorithm>
#include <array>

namespace aplus {
namespace holidays {

using std::chrono::April;
using std::chrono::August;
using std::chrono::December;
using std::chrono::January;
using std::chrono::July;
using std::chrono::June;
using std::chrono::May;
using std::chrono::month_day;
using std::chrono::November;

// Code du travail, article L3133-1: eleven days, eight of them with a fixed date …
constexpr std::array kFixed = {
    January / 1,    // Jour de l'An
    May / 1,        // Fête du Travail
    May / 8,        // Victoire de 1945
    July / 14,      // Fête nationale
    August / 15,    // Assomption
    November / 1,   // Toussaint
    November / 11,  // Armistice de 1918
    December / 25,  // Noël
};
// … and three that follow Easter Sunday, by so many days.
constexpr std::array kAfterEaster = {
    1,   // lundi de Pâques
    39,  // Ascension
    50,  // lundi de Pentecôte
};

struct Row {
  HolidaySet set;
  std::string_view code;
  month_day own_day;  // article L3134-13 for Alsace-Moselle, L3422-2 for the abolition of slavery
};
constexpr std::array kSets = {
    Row{HolidaySet::kNational, "national", January / 1},
    Row{HolidaySet::kAlsaceMoselle, "alsace_moselle", December / 26},
    Row{HolidaySet::kGuadeloupe, "guadeloupe", May / 27},
    Row{HolidaySet::kMartinique, "martinique", May / 22},
    Row{HolidaySet::kGuyane, "guyane", June / 10},
    Row{HolidaySet::kReunion, "reunion", December / 20},
    Row{HolidaySet::kMayotte, "mayotte", April / 27},
};
constexpr int kGoodFriday = -2;  // days after Easter Sunday; Alsace-Moselle only

constexpr bool RowsStandInOrder() {
  for (std::size_t i = 0; i < kSets.size(); ++i) {
    if (static_cast<std::size_t>(kSets[i].set) != i) return false;
  }
  return true;
}
static_assert(RowsStandInOrder());

constexpr const Row& RowOf(HolidaySet set) { return kSets[static_cast<std::size_t>(set)]; }

}  // namespace holidays

std::string_view HolidaySetCode(HolidaySet set) { return holidays::RowOf(set).code; }

std::optional<HolidaySet> HolidaySetFromCode(std::string_view code) {
  for (const holidays::Row& row : holidays::kSets) {
    if (row.code == code) return row.set;
  }
  return std::nullopt;
}

// Butcher's Ecclesiastical Calendar (1876), the "anonymous Gregorian" rule; here after H. V. Smith,
// Mathematical Spectrum 11 (1978/79), 23-24, with the letters that are usual today. Valid for every Gregorian
// year.
std::chrono::local_days EasterSunday(std::chrono::year year) {
  const int y = static_cast<int>(year);
  const int a = y % 19;
  const int b = y / 100;
  const int c = y % 100;
  const int d = b / 4;
  const int e = b % 4;
  const int f = (b + 8) / 25;
  const int g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4;
  const int k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return std::chrono::local_days{year / (n / 31) / (n % 31 + 1)};
}

bool IsPublicHoliday(HolidaySet set, std::chrono::local_days day) {
  const std::chrono::year_month_day date{day};
  const std::chrono::month_day in_year = date.month() / date.day();
  if (std::ranges::find(holidays::kFixed, in_year) != holidays::kFixed.end()) return true;
  if (holidays::RowOf(set).own_day == in_year) return true;
  const auto after_easter = (day - EasterSunday(date.year())).count();
  if (set == HolidaySet::kAlsaceMoselle && after_easter == holidays::kGoodFriday) return true;
  return std::ranges::find(holidays::kAfterEaster, after_easter) != holidays::kAfterEaster.end();
}

}  // namespace aplus
