// The life of a file: receiving → scanning → available → erased, with rejected and broken off beside it.
#pragma once

#include <cstdint>

namespace aplus::files {

enum class FileState : std::uint8_t {
  kNone,       // of no file
  kReceiving,  // its row and key stand, its bytes are coming
  kScanning,   // complete, waiting for the scanner's verdict (P62)
  kAvailable,  // the only state in which it is given out
  kRejected,   // refused by its contents or by the scanner, destroyed
  kErased,     // destroyed at the end of its life, or taken back
  kBrokenOff,  // the sender went, destroyed
};

// Whether there is, or may be, anything left to destroy.
constexpr bool IsAlive(FileState state) {
  return state == FileState::kReceiving || state == FileState::kScanning || state == FileState::kAvailable;
}

}  // namespace aplus::files
