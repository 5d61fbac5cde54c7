// Tink's AES-GCM-HKDF streaming a second time, for tests: the whole file at once, written from the table of
// the wire format, sharing no code with libs/crypto.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"

namespace aplus::testing {

// `header` is 0x28 || salt || nonce prefix.
Bytes ReferenceSeal(BytesView dek, std::string_view associated, BytesView header, BytesView plaintext,
                    std::uint32_t segment_size);
std::optional<Bytes> ReferenceOpen(BytesView dek, std::string_view associated, BytesView object,
                                   std::uint32_t segment_size);

}  // namespace aplus::testing
