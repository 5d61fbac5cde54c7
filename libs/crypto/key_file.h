// One key in one file: 64 hexadecimal digits, a line end allowed (`openssl rand -hex 32`). Files are mounted
// secrets, read at start-up and when keys are rotated.
#pragma once

#include <filesystem>

#include "libs/base/result.h"
#include "libs/crypto/key.h"

namespace aplus {

// kInternal, with a diagnostic that says what to do, when the file is missing, is not a regular file, belongs
// to anybody but us or root, can be read or written by everybody or written by its group, is empty or not a
// key, or holds what nobody drew at random: a passphrase, a pattern, a placeholder (SECURITY 2.12). Blocks:
// file I/O.
Result<Key> ReadKeyFile(const std::filesystem::path& path);

// True for bytes that a generator gives less than once in 10^13 times: printable text, fewer than 16
// different bytes of 32, a constant step from each byte to the next.
bool LooksInvented(BytesView key);

}  // namespace aplus
