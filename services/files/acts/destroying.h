// How a file ceases to exist (P50, P52), whatever the reason: at the end of its life, taken back, refused,
// infected, broken off, or with its request. One path, in steps that are written down, so that whoever finds
// a task after a crash goes on where it stood:
//
//   key → object → row and event → requests told → read back → proof
//
// The key goes first: from then on no copy of the object can be read.
#pragma once

#include <string_view>

#include "services/files/acts/workshop.h"
#include "services/files/store/erasure_rows.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

// Rules that a proof may name.
namespace rule {
inline constexpr std::string_view kEndOfLife = "P50", kTakenBack = "P36", kRequestErased = "P51",
                                  kRefused = "P60", kInfected = "P62";
}  // namespace rule

// The file is in this state from the commit on, unless it had ended before, and destroyed as soon as a worker
// gets to it. Answers whether this ended it.
Task<Result<bool>> EndFile(Transaction& tx, FileId file, FileState state, std::string_view rule);

class Destroyer {
 public:
  // `shop` outlives this and is complete before the first call.
  explicit Destroyer(const Workshop& shop) : shop_(shop) {}

  // Runs the steps of a claimed task to the proof. An error leaves the task for later.
  Task<Result<void>> Run(ErasureTask task);

  // Destroys a file whose task is due, now. Does nothing while somebody else is at it. Never fails: what
  // could not be done stays a due task.
  Task<> Now(FileId file);

  // Tells requests the present state; nothing to do when it knows.
  Task<Result<void>> Tell(FileId file);

 private:
  enum Step : std::int16_t { kNothing, kKeyGone, kObjectGone, kRowDone };
  Task<Result<void>> DestroyKey(ErasureTask& task);
  Task<Result<void>> RemoveObject(ErasureTask& task, const FileRow& file);
  Task<Result<void>> EndRow(ErasureTask& task);
  Task<Result<void>> ReadBack(const FileRow& file);
  Task<Result<void>> Prove(const ErasureTask& task, const FileRow& file);
  Task<Result<void>> WriteStep(ErasureTask& task, Step step);

  const Workshop& shop_;
};

}  // namespace aplus::files
