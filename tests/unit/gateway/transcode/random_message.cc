#include "tests/unit/gateway/transcode/random_message.h"

#include <google/protobuf/descriptor.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace aplus::transcode::test {

namespace pb = google::protobuf;

std::uint64_t Seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("SEED");
    const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return seed;
}

std::uint64_t RandomMessages::Interesting() {
  switch (Below(6)) {
    case 0:
      return 0;
    case 1:
      return Below(300);
    case 2:
      return ~std::uint64_t{0} - Below(3);
    case 3:
      return std::uint64_t{1} << Below(64);
    case 4:
      return (std::uint64_t{1} << Below(64)) - 1;
    default:
      return random_();
  }
}

double RandomMessages::Real() {
  switch (Below(5)) {
    case 0:
      return static_cast<double>(static_cast<std::int64_t>(Interesting()));
    case 1:
      return 0.1 * static_cast<double>(Below(1000));
    case 2:
      return -std::ldexp(static_cast<double>(Below(1000)), static_cast<int>(Below(200)) - 100);
    default:
      break;
  }
  const double value = std::bit_cast<double>(random_());
  return std::isfinite(value) || options_.non_finite ? value : 1.5;
}

std::string RandomMessages::Text() {
  static const char* const kPieces[] = {"a",   "Zoé",    "\"",   "\\",   "/",     "\n",
                                        "\t",  "\x01",   "\x1f", "\x7f", "€",     "𝄞",
                                        "<b>", "\u2028", "été",  "0",    "n’est", "long plain ascii text",
                                        "ÿ",   "\ufeff"};
  std::string text;
  for (std::uint64_t i = Below(5) == 0 ? 40 : Below(6); i > 0; --i)
    text += kPieces[Below(std::size(kPieces))];
  return text;
}

bool RandomMessages::SetWellKnown(pb::Message& message) {
  const pb::Descriptor& type = *message.GetDescriptor();
  const pb::Reflection& reflection = *message.GetReflection();
  const bool timestamp = type.full_name() == "google.protobuf.Timestamp";
  if (timestamp || type.full_name() == "google.protobuf.Duration") {
    static const int kNanos[] = {0, 1, 500'000'000, 1'000, 999'999'999, 120'000'000, 123'456'000};
    std::int64_t seconds;
    int nanos = kNanos[Below(std::size(kNanos))];
    if (timestamp) {
      seconds = static_cast<std::int64_t>(Below(315537897600)) - 62135596800;
    } else {
      seconds = static_cast<std::int64_t>(Below(Below(2) == 0 ? 10 : 315576000000));
      if (Below(2) == 0) {
        seconds = -seconds;
        nanos = -nanos;
      }
    }
    reflection.SetInt64(&message, type.FindFieldByName("seconds"), seconds);
    reflection.SetInt32(&message, type.FindFieldByName("nanos"), nanos);
    return true;
  }
  if (type.full_name() == "google.protobuf.FieldMask") {
    static const char* const kPaths[] = {"a", "citizen.birth_date", "user.display_name", "x1.y_z"};
    for (std::uint64_t i = Below(4); i > 0; --i) {
      reflection.AddString(&message, type.FindFieldByName("paths"), kPaths[Below(std::size(kPaths))]);
    }
    return true;
  }
  return false;
}

void RandomMessages::Fill(pb::Message& message, int depth) {
  if (SetWellKnown(message)) return;
  const pb::Descriptor& type = *message.GetDescriptor();
  // Sometimes dense, sometimes nearly empty.
  const std::uint64_t sparse = 1 + Below(8);
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (Below(sparse) != 0) continue;
    if (field.type() == pb::FieldDescriptor::TYPE_MESSAGE && depth == 0) continue;
    for (std::uint64_t n = field.is_repeated() ? Below(4) : 1; n > 0; --n) SetField(message, field, depth);
  }
}

void RandomMessages::SetField(pb::Message& message, const pb::FieldDescriptor& field, int depth) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto put = [&](auto add, auto set, auto value) {
    many ? (reflection.*add)(&message, &field, value) : (reflection.*set)(&message, &field, value);
  };
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return put(&pb::Reflection::AddBool, &pb::Reflection::SetBool, Below(2) == 1);
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return put(&pb::Reflection::AddInt32, &pb::Reflection::SetInt32,
                 static_cast<std::int32_t>(Interesting()));
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return put(&pb::Reflection::AddUInt32, &pb::Reflection::SetUInt32,
                 static_cast<std::uint32_t>(Interesting()));
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return put(&pb::Reflection::AddInt64, &pb::Reflection::SetInt64,
                 static_cast<std::int64_t>(Interesting()));
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return put(&pb::Reflection::AddUInt64, &pb::Reflection::SetUInt64, Interesting());
    case pb::FieldDescriptor::CPPTYPE_FLOAT: {
      const auto value = static_cast<float>(Real());
      return put(&pb::Reflection::AddFloat, &pb::Reflection::SetFloat,
                 std::isfinite(value) || options_.non_finite ? value : 2.5f);
    }
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&pb::Reflection::AddDouble, &pb::Reflection::SetDouble, Real());
    case pb::FieldDescriptor::CPPTYPE_ENUM: {
      const bool unknown = !options_.only_known_enums && Below(4) == 0;
      const int value = unknown ? static_cast<int>(Interesting())
                                : field.enum_type()
                                      ->value(static_cast<int>(Below(
                                          static_cast<std::uint64_t>(field.enum_type()->value_count()))))
                                      ->number();
      return put(&pb::Reflection::AddEnumValue, &pb::Reflection::SetEnumValue, value);
    }
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      std::string value = Text();
      if (field.type() == pb::FieldDescriptor::TYPE_BYTES) {
        for (char& c : value) c = static_cast<char>(random_());
      }
      many ? reflection.AddString(&message, &field, value) : reflection.SetString(&message, &field, value);
      return;
    }
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: {
      pb::Message* inner =
          many ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field);
      Fill(*inner, depth - 1);
      return;
    }
  }
}

void DropNegativeZeros(pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const bool many = field->is_repeated();
      switch (field->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_FLOAT:
          if (many && reflection.GetRepeatedFloat(message, field, i) == 0) {
            reflection.SetRepeatedFloat(&message, field, i, 0);
          } else if (!many && reflection.GetFloat(message, field) == 0) {
            reflection.SetFloat(&message, field, 0);
          }
          break;
        case pb::FieldDescriptor::CPPTYPE_DOUBLE:
          if (many && reflection.GetRepeatedDouble(message, field, i) == 0) {
            reflection.SetRepeatedDouble(&message, field, i, 0);
          } else if (!many && reflection.GetDouble(message, field) == 0) {
            reflection.SetDouble(&message, field, 0);
          }
          break;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE:
          DropNegativeZeros(many ? *reflection.MutableRepeatedMessage(&message, field, i)
                                 : *reflection.MutableMessage(&message, field));
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace aplus::transcode::test
