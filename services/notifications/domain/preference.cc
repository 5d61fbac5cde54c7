#include "services/notifications/domain/preference.h"

namespace aplus::notifications {

Departure DepartureOf(Kind kind, Frequency frequency) {
  switch (Describe(kind).urgency) {
    case Urgency::kAtOnce:
      return Departure::kNow;
    case Urgency::kScreenOnly:
      return Departure::kNever;
    case Urgency::kOnceADay:
      if (frequency == Frequency::kEach) return Departure::kLate;
      break;
    case Urgency::kTogether:
      if (frequency == Frequency::kEach) return Departure::kTogether;
      break;
    case Urgency::kPreference:
      break;
  }
  switch (frequency) {
    case Frequency::kEach:
      return Departure::kNow;
    case Frequency::kTwiceADay:
      return Departure::kTwiceADay;
    case Frequency::kDaily:
      return Departure::kDaily;
    case Frequency::kNone:
      break;
  }
  return Departure::kNever;
}

Departure DepartureToMailbox(Kind kind) {
  return Describe(kind).urgency == Urgency::kScreenOnly ? Departure::kNever : Departure::kNow;
}

}  // namespace aplus::notifications
