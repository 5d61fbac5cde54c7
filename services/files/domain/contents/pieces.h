// Cuts a stream into the pieces that a parser asks for, however the bytes arrive.
//
//   pieces.Next(0, 8);                         // first the signature
//   pieces.Feed(input, [&](BytesView piece) { …; pieces.Next(length, 12); return Flaw::kNone; });
#pragma once

#include <algorithm>
#include <cstdint>

#include "libs/base/bytes.h"
#include "services/files/domain/contents/flaw.h"

namespace aplus::files {

class Pieces {
 public:
  // Leave `skip` bytes out, then gather `need` of them, at least one. Callers bound `need`.
  void Next(std::uint64_t skip, std::size_t need) {
    skip_ = skip;
    need_ = need;
    stopped_ = false;
  }
  // Leave `skip` bytes out and take no more.
  void SkipAndStop(std::uint64_t skip) {
    skip_ = skip;
    need_ = 0;
    stopped_ = false;
  }
  // Nothing more is wanted: what follows stays in the input.
  void Stop() {
    skip_ = 0;
    need_ = 0;
    stopped_ = true;
  }
  bool stopped() const { return stopped_; }

  // Takes from the front of `input` until it is empty or Stop was called; on_piece(BytesView) -> Flaw says
  // what comes next. The view is good during the call.
  template <class OnPiece>
  Flaw Feed(BytesView& input, OnPiece on_piece) {
    while (!stopped_) {
      const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, input.size()));
      input = input.subspan(skipped);
      skip_ -= skipped;
      if (skip_ > 0) return Flaw::kNone;
      if (need_ == 0) {
        Stop();
        break;
      }
      if (input.empty()) return Flaw::kNone;
      const Flaw flaw = GatherOrPass(input, on_piece);
      if (flaw != Flaw::kNone) return flaw;
    }
    return Flaw::kNone;
  }

 private:
  template <class OnPiece>
  Flaw GatherOrPass(BytesView& input, OnPiece& on_piece) {
    if (gathered_.empty() && input.size() >= need_) {
      const BytesView piece = input.first(need_);
      input = input.subspan(need_);
      return on_piece(piece);
    }
    const std::size_t taken = std::min(need_ - gathered_.size(), input.size());
    gathered_.insert(gathered_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    input = input.subspan(taken);
    if (gathered_.size() < need_) return Flaw::kNone;
    // The parser asks for its next piece while it looks at this one.
    const Bytes piece = std::move(gathered_);
    gathered_ = {};
    return on_piece(piece);
  }

  std::uint64_t skip_ = 0;
  std::size_t need_ = 0;
  bool stopped_ = false;
  Bytes gathered_;
};

// Numbers as formats write them; the caller has checked that `at` and what follows lie within.
inline std::uint16_t Little16(BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}
inline std::uint32_t Little32(BytesView bytes, std::size_t at) {
  return Little16(bytes, at) | static_cast<std::uint32_t>(Little16(bytes, at + 2)) << 16;
}
inline std::uint16_t Big16(BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline std::uint32_t Big32(BytesView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(Big16(bytes, at)) << 16 | Big16(bytes, at + 2);
}

// P60: at most 50 megapixels, counted before anybody decodes them. A picture without pixels is none.
inline Flaw CheckPixels(std::uint64_t width, std::uint64_t height) {
  constexpr std::uint64_t kMostPixels = 50'000'000;
  if (width == 0 || height == 0) return Flaw::kDamaged;
  return width > kMostPixels || height > kMostPixels / width ? Flaw::kPixels : Flaw::kNone;
}

}  // namespace aplus::files
