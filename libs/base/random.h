// Randomness, injected so that simulations can replay. Tokens and keys use SystemRandom only.
#pragma once

#include <cstdint>
#include <span>

namespace aplus {

class Random {
 public:
  virtual ~Random() = default;
  // Fills the whole span or ends the process: there is no safe way on without randomness.
  virtual void Fill(std::span<std::uint8_t> out) = 0;
};

// getrandom(2). Thread-safe.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> out) override;
};

// xoshiro256** from a seed: for tests and simulations, never for secrets. Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void Fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t Next();
  std::uint64_t state_[4];
};

}  // namespace aplus
