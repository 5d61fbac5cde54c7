// The words of a request (PRODUCT §4) as values. The numbers are those of
// protos/aplus/requests/v1/types.proto (rpc/ proves it at compile time) and those that the database stores:
// never renumbered.
#pragma once

#include <cstdint>

namespace aplus::requests {

enum class State : std::int16_t { kNew = 1, kInProgress = 2, kProcessed = 3, kClosed = 4 };

enum class CloseReason : std::int16_t {
  kSolved = 1,     // by its helper side
  kRevoked = 2,    // mandate revoked (P23)
  kWithdrawn = 3,  // by its creator before any instructor opened it (P36)
  kInactive = 4,   // processed, nothing for 60 days (P35)
  kNoAnswer = 5,   // nothing for 120 days (P35)
};

enum class Usefulness : std::int16_t { kGood = 1, kNeutral = 2, kBad = 3 };

enum class MandateKind : std::int16_t { kPaper = 1, kSms = 2, kPhone = 3 };

// Where an addressed group stands (P29).
enum class GroupState : std::int16_t {
  kWaiting = 1,
  kInCharge = 2,
  kAnswered = 3,
  kDeclined = 4,
  kProcessed = 5
};

// Which lane a line of the thread runs in (P28). Everything that a helper-side reader or an expert gets is
// computed over kAll alone.
enum class Lane : std::int16_t { kAll = 1, kInstructors = 2 };

enum class EntryKind : std::int16_t {
  kCreated = 1,
  kMessage = 2,
  kTakenInCharge = 3,
  kDeclined = 4,
  kProcessed = 5,
  kClosed = 6,
  kReopened = 7,
  kGroupInvited = 8,
  kHelperInvited = 9,
  kExpertInvited = 10,
  kMandateRevoked = 11,
  kWithdrawn = 12,
  kFileAdded = 13,
  kFileDownloaded = 14,
  kFileErased = 15,
  kOpened = 16,
  kCitizenCorrected = 17,
  kLate = 18,
  kErased = 19,
  kOwnerLeft = 20,
  kEndAnnounced = 21,
  kRaised = 22,
};

// How a person takes part, apart from membership of an addressed group.
enum class ParticipantKind : std::int16_t { kCreator = 1, kHelper = 2, kExpert = 3, kInstructor = 4 };

enum class FileState : std::int16_t {
  kReceiving = 1,
  kScanning = 2,
  kAvailable = 3,
  kRejected = 4,
  kErased = 5
};

// Who wrote: decides what a message does to state and clock.
enum class Author : std::uint8_t { kHelperSide, kInstructorSide, kExpert, kSystem };

}  // namespace aplus::requests
