#include "libs/audit/verify/public_keys.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "libs/audit/audit_key.h"
#include "libs/base/bytes.h"

namespace aplus::audit {

Result<void> AddPublicKey(PublicKeys& keys, std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  const std::size_t equals = text.find('=');
  const std::string_view digits = equals == std::string_view::npos ? text : text.substr(equals + 1);
  const auto bytes = FromHex(digits);
  auto key = bytes ? Ed25519PublicKey::FromBytes(*bytes) : std::nullopt;
  if (!key || equals == 0) return Fail(Reason::kInternal, "a public key is 64 hexadecimal digits");
  const std::string id =
      equals == std::string_view::npos ? AuditKeyId(*key) : std::string(text.substr(0, equals));
  keys.emplace(id, *std::move(key));
  return {};
}

Result<void> AddPublicKeys(PublicKeys& keys, const std::filesystem::path& folder) {
  std::error_code problem;
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (entry.path().extension() != ".pub") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (Result<void> added = AddPublicKey(keys, text); !added) {
      return Fail(Reason::kInternal, entry.path().string() + ": " + added.error().diagnostic);
    }
    any = true;
  }
  if (problem || !any) return Fail(Reason::kInternal, folder.string() + " holds no public key");
  return {};
}

}  // namespace aplus::audit
