#include "libs/crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <cstring>
#include <string>

#include "libs/base/secret.h"

namespace aplus {
namespace key_file {

class File {
 public:
  // Links are followed: Kubernetes mounts secrets behind them. What counts is the file at their end.
  explicit File(const std::filesystem::path& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string Complain(const std::filesystem::path& path, std::string_view what) {
  return "key file " + path.string() + ": " + std::string(what);
}

// Empty: the file is guarded well enough.
std::string_view WhatIsWrongWith(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return "not a regular file";
  if (file.st_uid != 0 && file.st_uid != geteuid()) return "belongs to another user";
  if ((file.st_mode & S_IRWXO) != 0) return "open to everybody; chmod 0400";
  if ((file.st_mode & S_IWGRP) != 0) return "its group may write it; chmod 0440";
  return {};
}

}  // namespace key_file

bool LooksInvented(BytesView key) {
  std::bitset<256> seen;
  for (std::uint8_t byte : key) seen.set(byte);
  if (seen.count() < 16) return true;
  if (std::ranges::all_of(key, [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; })) return true;
  const auto step = static_cast<std::uint8_t>(key[1] - key[0]);
  return std::ranges::adjacent_find(key, [step](std::uint8_t a, std::uint8_t b) {
           return static_cast<std::uint8_t>(b - a) != step;
         }) == key.end();
}

Result<Key> ReadKeyFile(const std::filesystem::path& path) {
  using key_file::Complain;
  const key_file::File file(path);
  if (file.descriptor() < 0) return Fail(Reason::kInternal, Complain(path, std::strerror(errno)));
  struct stat status;
  if (fstat(file.descriptor(), &status) != 0)
    return Fail(Reason::kInternal, Complain(path, std::strerror(errno)));
  if (const auto wrong = key_file::WhatIsWrongWith(status); !wrong.empty()) {
    return Fail(Reason::kInternal, Complain(path, wrong));
  }
  // One byte more than a key and its line end (CR LF), to see that nothing follows.
  std::array<char, 2 * Key::kSize + 3> text;
  ssize_t size;
  do {
    size = read(file.descriptor(), text.data(), text.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return Fail(Reason::kInternal, Complain(path, std::strerror(errno)));
  std::string_view digits(text.data(), static_cast<std::size_t>(size));
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) digits.remove_suffix(1);
  std::optional<Bytes> bytes = FromHex(digits);
  const bool empty = digits.empty();
  Wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  if (empty) return Fail(Reason::kInternal, Complain(path, "empty; openssl rand -hex 32"));
  std::optional<Key> key = bytes ? Key::FromBytes(*bytes) : std::nullopt;
  if (bytes) Wipe(*bytes);
  if (!key) return Fail(Reason::kInternal, Complain(path, "not 64 hexadecimal digits; openssl rand -hex 32"));
  if (LooksInvented(key->Reveal())) {
    return Fail(Reason::kInternal, Complain(path, "not random, perhaps a placeholder; openssl rand -hex 32"));
  }
  return *std::move(key);
}

}  // namespace aplus
