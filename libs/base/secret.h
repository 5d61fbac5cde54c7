// Values that must not outlive their use: wiped when destroyed, moved from or replaced; nothing prints them
// and nothing copies them by accident. Keys have stricter memory of their own (libs/crypto/key.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aplus {

// Overwrites memory in a way that the compiler does not remove.
void Wipe(std::span<std::uint8_t> memory) noexcept;
// Overwrites the whole capacity, spare bytes included, and leaves the container empty.
void Wipe(std::string& text) noexcept;
void Wipe(std::vector<std::uint8_t>& bytes) noexcept;

// T is std::string or std::vector<std::uint8_t>. Move-only; Copy() where a second one is really meant.
// A Secret takes the buffer it is given: wipe what was copied on the way there. Same thread rules as T.
template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T&& value) noexcept : value_(std::move(value)) { Wipe(value); }
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { Wipe(other.value_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe(value_);
      value_ = std::move(other.value_);
      Wipe(other.value_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(value_); }

  Secret Copy() const { return Secret(T(value_)); }

  // The value itself. Each call is a place where a secret may escape; keep what it answers short-lived.
  const T& Reveal() const& { return value_; }
  const T& Reveal() const&& = delete;

  std::size_t size() const { return value_.size(); }
  bool empty() const { return value_.empty(); }

 private:
  T value_;
};

using SecretString = Secret<std::string>;
using SecretBytes = Secret<std::vector<std::uint8_t>>;

}  // namespace aplus
