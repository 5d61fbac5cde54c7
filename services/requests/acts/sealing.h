// Where each sealed field stands: the associated data that binds a value to its table, column and row
// (SECURITY 2.6).
#pragma once

#include <optional>
#include <string>

#include "libs/crypto/field_cipher.h"

namespace aplus::requests {

inline FieldPlace SubjectPlace(const RequestId& id) { return {"request_content", "subject", id.ToString()}; }
inline FieldPlace DescriptionPlace(const RequestId& id) {
  return {"request_content", "description", id.ToString()};
}
inline FieldPlace CitizenPlace(const RequestId& id, std::int32_t version) {
  return {"request_content", "citizen", id.ToString(), version};
}
inline FieldPlace CreatorSignerPlace(const RequestId& id) {
  return {"request_content", "signed_by", id.ToString()};
}
inline FieldPlace TextPlace(const MessageId& id) { return {"message_content", "text", id.ToString()}; }
inline FieldPlace SignerPlace(const MessageId& id) { return {"message_content", "signed_by", id.ToString()}; }
inline FieldPlace FileNamePlace(const FileId& id) { return {"file_content", "name", id.ToString()}; }
inline FieldPlace DraftPlace(const RequestId& id, std::int32_t version) {
  return {"draft_content", "body", id.ToString(), version};
}

// One per author: his id is part of the place.
inline FieldPlace MessageDraftPlace(const RequestId& id, const UserId& author, std::int32_t version) {
  return {"message_draft", "body", id.ToString() + "/" + author.ToString(), version};
}

// Empty text is NULL.
inline std::optional<Bytes> SealOptional(const FieldCipher& cipher, Random& random, const FieldPlace& place,
                                         const std::string& text) {
  if (text.empty()) return std::nullopt;
  return cipher.Seal(random, place, text);
}
inline Result<std::string> OpenOptional(const FieldCipher& cipher, const FieldPlace& place,
                                        const std::optional<Bytes>& sealed) {
  if (!sealed) return std::string();
  return cipher.Open(place, *sealed);
}

}  // namespace aplus::requests
