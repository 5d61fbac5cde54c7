// The versions of one key: all may open, one seals. A folder of a mounted secret holds `1.key`, `2.key` … and
// `active` with the number of the one that seals. Rotating is: put the new file everywhere, then move
// `active`, then rewrap what the old version sealed, then remove its file; so no replica ever meets a version
// it does not have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "libs/base/result.h"
#include "libs/crypto/key.h"

namespace aplus {

// Immutable once made; reading is thread-safe. To take up rotated keys, load another one.
class Keyring {
 public:
  using Version = std::int32_t;  // from 1

  // kInternal when a file is refused (see key_file.h), two versions hold one key, a file is there that is
  // neither a key nor `active` (a mistyped name must not silently be a missing key), or the active version is
  // missing. Without an `active` file the folder must hold one version only. Blocks: file I/O.
  static Result<Keyring> Load(const std::filesystem::path& folder);
  // The same from keys at hand. `active` must be among them.
  static Result<Keyring> Make(std::map<Version, Key> keys, Version active);

  Version active_version() const { return active_; }
  const Key& active() const { return keys_.at(active_); }
  // nullptr: no such version (any more).
  const Key* Find(Version version) const;
  const std::map<Version, Key>& keys() const { return keys_; }

 private:
  Keyring(std::map<Version, Key> keys, Version active) : keys_(std::move(keys)), active_(active) {}

  std::map<Version, Key> keys_;
  Version active_;
};

}  // namespace aplus
