// How C++ values travel to and from PostgreSQL, in the binary format. One specialisation per type; a type
// without one does not compile. Start-up compares these types with the real schema (statement.h), so decoding
// never guesses; it still checks every length, so that nothing a server sends is undefined behaviour.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus {

using PgOid = std::uint32_t;

// What PostgreSQL calls its own types, from pg_type.dat; fixed for ever.
namespace pg_oid {
inline constexpr PgOid kBool = 16, kBytea = 17, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25,
                       kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTimestamptz = 1184,
                       kInterval = 1186, kUuid = 2950, kXid8 = 5069;
inline constexpr PgOid kBoolArray = 1000, kByteaArray = 1001, kInt2Array = 1005, kInt4Array = 1007,
                       kTextArray = 1009, kInt8Array = 1016, kFloat8Array = 1022, kDateArray = 1182,
                       kTimestamptzArray = 1185, kUuidArray = 2951;
}  // namespace pg_oid

// Codec<T> has
//   kOid, kArrayOid                       the type a parameter is declared as, and its array type (0: none)
//   bool Reads(PgOid)                     whether a result column of that type decodes into T
//   void Encode(const T&, std::string&)   appends the binary form
//   bool Decode(std::string_view, T&)     false: not the binary form of T
// std::optional<T> is T with NULL allowed; a NULL for anything else is an error of the call, not a default.
template <class T>
struct Codec;

// How an enum is stored. Specialise for each enum that stands in a Row or parameter list:
//   template <> struct DbEnum<State> { static constexpr State kLast = State::kClosed; };          // smallint
//   template <> struct DbEnum<Side> { static constexpr std::array<std::string_view, 2> kTexts{"a", "b"}; };
// With kTexts the enumerators count from 0. A stored value outside the declared ones is an error.
template <class E>
struct DbEnum;

template <class T>
concept DbValue = requires { Codec<T>::kOid; };

// One result column or parameter as the compiler knows it.
struct DbType {
  PgOid oid;
  bool (*reads)(PgOid);
  bool nullable;
};

namespace codec {

template <class Int>
void PutBig(Int value, std::string& out) {
  using U = std::make_unsigned_t<Int>;
  for (int shift = static_cast<int>(sizeof(Int)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<U>(value) >> shift & 0xff));
  }
}

// The caller has checked the length.
template <class Int>
Int GetBig(const char* in) {
  using U = std::make_unsigned_t<Int>;
  U value = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    value = static_cast<U>(static_cast<std::uint64_t>(value) << 8 | static_cast<std::uint8_t>(in[i]));
  }
  return static_cast<Int>(value);
}

template <class Int, PgOid oid, PgOid array_oid>
struct Integer {
  static constexpr PgOid kOid = oid, kArrayOid = array_oid;
  static bool Reads(PgOid type) { return type == oid; }
  static void Encode(const Int& value, std::string& out) { PutBig(value, out); }
  static bool Decode(std::string_view in, Int& out) {
    if (in.size() != sizeof(Int)) return false;
    out = GetBig<Int>(in.data());
    return true;
  }
};

// PostgreSQL counts microseconds and days from 2000-01-01.
inline constexpr std::chrono::sys_days kEpoch{std::chrono::year{2000} / 1 / 1};

}  // namespace codec

template <>
struct Codec<std::int16_t> : codec::Integer<std::int16_t, pg_oid::kInt2, pg_oid::kInt2Array> {};
template <>
struct Codec<std::int32_t> : codec::Integer<std::int32_t, pg_oid::kInt4, pg_oid::kInt4Array> {};
template <>
struct Codec<std::int64_t> : codec::Integer<std::int64_t, pg_oid::kInt8, pg_oid::kInt8Array> {};
// Transaction numbers (xid8).
template <>
struct Codec<std::uint64_t> : codec::Integer<std::uint64_t, pg_oid::kXid8, 0> {};

template <>
struct Codec<bool> {
  static constexpr PgOid kOid = pg_oid::kBool, kArrayOid = pg_oid::kBoolArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(bool value, std::string& out) { out.push_back(value ? 1 : 0); }
  static bool Decode(std::string_view in, bool& out) {
    if (in.size() != 1 || (in[0] != 0 && in[0] != 1)) return false;
    out = in[0] == 1;
    return true;
  }
};

template <>
struct Codec<double> {
  static constexpr PgOid kOid = pg_oid::kFloat8, kArrayOid = pg_oid::kFloat8Array;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(double value, std::string& out) {
    codec::PutBig(__builtin_bit_cast(std::int64_t, value), out);
  }
  static bool Decode(std::string_view in, double& out) {
    if (in.size() != 8) return false;
    out = __builtin_bit_cast(double, codec::GetBig<std::int64_t>(in.data()));
    return true;
  }
};

// text; reads varchar, char and name too. Anything else (inet, jsonb, enum types) is cast in the statement.
template <>
struct Codec<std::string> {
  static constexpr PgOid kOid = pg_oid::kText, kArrayOid = pg_oid::kTextArray;
  static bool Reads(PgOid type) {
    return type == kOid || type == pg_oid::kVarchar || type == pg_oid::kBpchar || type == pg_oid::kName;
  }
  static void Encode(std::string_view value, std::string& out) { out.append(value); }
  static bool Decode(std::string_view in, std::string& out) {
    out.assign(in);
    return true;
  }
};

// Parameters only: they are encoded before Query, Run and Send return, so a view is safe there.
template <>
struct Codec<std::string_view> : Codec<std::string> {
  static bool Decode(std::string_view, std::string_view&) = delete;
};

template <>
struct Codec<Bytes> {
  static constexpr PgOid kOid = pg_oid::kBytea, kArrayOid = pg_oid::kByteaArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(BytesView value, std::string& out) { out.append(AsText(value)); }
  static bool Decode(std::string_view in, Bytes& out) {
    out.assign(in.begin(), in.end());
    return true;
  }
};

// Parameters only, as std::string_view.
template <>
struct Codec<BytesView> : Codec<Bytes> {
  static bool Decode(std::string_view, BytesView&) = delete;
};

// bytea of exactly N bytes: hashes, keys, MACs. 16 bytes are a uuid, below.
template <std::size_t N>
struct Codec<std::array<std::uint8_t, N>> {
  static constexpr PgOid kOid = pg_oid::kBytea, kArrayOid = pg_oid::kByteaArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const std::array<std::uint8_t, N>& value, std::string& out) {
    out.append(AsText(value));
  }
  static bool Decode(std::string_view in, std::array<std::uint8_t, N>& out) {
    if (in.size() != N) return false;
    __builtin_memcpy(out.data(), in.data(), N);
    return true;
  }
};

template <>
struct Codec<UuidBytes> {
  static constexpr PgOid kOid = pg_oid::kUuid, kArrayOid = pg_oid::kUuidArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const UuidBytes& value, std::string& out) { out.append(AsText(value)); }
  static bool Decode(std::string_view in, UuidBytes& out) {
    if (in.size() != out.size()) return false;
    __builtin_memcpy(out.data(), in.data(), out.size());
    return true;
  }
};

template <class Tag>
struct Codec<Id<Tag>> {
  static constexpr PgOid kOid = pg_oid::kUuid, kArrayOid = pg_oid::kUuidArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const Id<Tag>& value, std::string& out) { Codec<UuidBytes>::Encode(value.bytes, out); }
  static bool Decode(std::string_view in, Id<Tag>& out) { return Codec<UuidBytes>::Decode(in, out.bytes); }
};

// timestamptz. Time::max() is 'infinity' and Time::min() '-infinity', both ways.
template <>
struct Codec<Time> {
  static constexpr PgOid kOid = pg_oid::kTimestamptz, kArrayOid = pg_oid::kTimestamptzArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const Time& value, std::string& out) {
    std::int64_t since = value.time_since_epoch().count();
    if (value != Time::max() && __builtin_sub_overflow(since, kEpochMicros, &since)) since = INT64_MIN;
    codec::PutBig(since, out);
  }
  static bool Decode(std::string_view in, Time& out) {
    if (in.size() != 8) return false;
    const auto since = codec::GetBig<std::int64_t>(in.data());
    std::int64_t micros = since;
    const bool infinite = since == INT64_MAX || since == INT64_MIN;
    if (!infinite && __builtin_add_overflow(since, kEpochMicros, &micros)) return false;
    out = Time{Duration{micros}};
    return true;
  }

 private:
  static constexpr std::int64_t kEpochMicros = Duration{codec::kEpoch.time_since_epoch()}.count();
};

// date
template <>
struct Codec<std::chrono::year_month_day> {
  static constexpr PgOid kOid = pg_oid::kDate, kArrayOid = pg_oid::kDateArray;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const std::chrono::year_month_day& value, std::string& out) {
    codec::PutBig(static_cast<std::int32_t>((std::chrono::sys_days{value} - codec::kEpoch).count()), out);
  }
  static bool Decode(std::string_view in, std::chrono::year_month_day& out) {
    if (in.size() != 4) return false;
    const auto days = codec::GetBig<std::int32_t>(in.data());
    if (days == INT32_MAX || days == INT32_MIN) return false;
    out = std::chrono::year_month_day{codec::kEpoch + std::chrono::days{days}};
    return true;
  }
};

// interval: as a parameter, a number of microseconds. In a result, days count 24 hours; months do not decode.
template <>
struct Codec<Duration> {
  static constexpr PgOid kOid = pg_oid::kInterval, kArrayOid = 0;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const Duration& value, std::string& out) {
    codec::PutBig<std::int64_t>(value.count(), out);
    codec::PutBig<std::int32_t>(0, out);
    codec::PutBig<std::int32_t>(0, out);
  }
  static bool Decode(std::string_view in, Duration& out) {
    if (in.size() != 16 || codec::GetBig<std::int32_t>(in.data() + 12) != 0) return false;
    constexpr std::int64_t kDay = Duration{std::chrono::days{1}}.count();
    std::int64_t days, total;
    if (__builtin_mul_overflow(codec::GetBig<std::int32_t>(in.data() + 8), kDay, &days)) return false;
    if (__builtin_add_overflow(codec::GetBig<std::int64_t>(in.data()), days, &total)) return false;
    out = Duration{total};
    return true;
  }
};

template <class E>
  requires std::is_enum_v<E> && requires { DbEnum<E>::kLast; }
struct Codec<E> {
  static constexpr PgOid kOid = pg_oid::kInt2, kArrayOid = pg_oid::kInt2Array;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const E& value, std::string& out) {
    codec::PutBig(static_cast<std::int16_t>(value), out);
  }
  static bool Decode(std::string_view in, E& out) {
    std::int16_t value;
    if (!Codec<std::int16_t>::Decode(in, value)) return false;
    if (value < 0 || value > static_cast<std::int16_t>(DbEnum<E>::kLast)) return false;
    out = static_cast<E>(value);
    return true;
  }
};

template <class E>
  requires std::is_enum_v<E> && requires { DbEnum<E>::kTexts; }
struct Codec<E> {
  static constexpr PgOid kOid = pg_oid::kText, kArrayOid = pg_oid::kTextArray;
  static bool Reads(PgOid type) { return Codec<std::string>::Reads(type); }
  static void Encode(const E& value, std::string& out) {
    out.append(DbEnum<E>::kTexts.at(static_cast<std::size_t>(value)));
  }
  static bool Decode(std::string_view in, E& out) {
    for (std::size_t i = 0; i < DbEnum<E>::kTexts.size(); ++i) {
      if (DbEnum<E>::kTexts[i] != in) continue;
      out = static_cast<E>(i);
      return true;
    }
    return false;
  }
};

// One-dimensional arrays without NULLs. An empty array is an empty vector.
template <class T>
  requires DbValue<T> && (Codec<T>::kArrayOid != 0) && (!std::is_same_v<T, std::uint8_t>)
struct Codec<std::vector<T>> {
  static constexpr PgOid kOid = Codec<T>::kArrayOid, kArrayOid = 0;
  static bool Reads(PgOid type) { return type == kOid; }
  static void Encode(const std::vector<T>& values, std::string& out) {
    codec::PutBig<std::int32_t>(values.empty() ? 0 : 1, out);
    codec::PutBig<std::int32_t>(0, out);  // no NULLs
    codec::PutBig<std::int32_t>(static_cast<std::int32_t>(Codec<T>::kOid), out);
    if (values.empty()) return;
    codec::PutBig<std::int32_t>(static_cast<std::int32_t>(values.size()), out);
    codec::PutBig<std::int32_t>(1, out);  // lower bound
    for (const T& value : values) {
      const std::size_t at = out.size();
      codec::PutBig<std::int32_t>(0, out);
      Codec<T>::Encode(value, out);
      std::string length;
      codec::PutBig<std::int32_t>(static_cast<std::int32_t>(out.size() - at - 4), length);
      out.replace(at, 4, length);
    }
  }
  static bool Decode(std::string_view in, std::vector<T>& out) {
    out.clear();
    if (in.size() < 12) return false;
    const auto dimensions = codec::GetBig<std::int32_t>(in.data());
    if (dimensions == 0) return in.size() == 12;
    if (dimensions != 1 || in.size() < 20) return false;
    if (!Codec<T>::Reads(codec::GetBig<std::uint32_t>(in.data() + 8))) return false;
    const auto count = codec::GetBig<std::int32_t>(in.data() + 12);
    in.remove_prefix(20);
    // Every element takes at least its length: a count that lies cannot make us allocate.
    if (count < 0 || static_cast<std::size_t>(count) > in.size() / 4) return false;
    out.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) {
      if (in.size() < 4) return false;
      const auto length = codec::GetBig<std::int32_t>(in.data());
      in.remove_prefix(4);
      if (length < 0 || static_cast<std::size_t>(length) > in.size()) return false;
      T value{};
      if (!Codec<T>::Decode(in.substr(0, static_cast<std::size_t>(length)), value)) return false;
      out.push_back(std::move(value));
      in.remove_prefix(static_cast<std::size_t>(length));
    }
    return in.empty();
  }
};

namespace codec {

template <class T>
struct Nullable {
  using Value = T;
  static constexpr bool kValue = false;
};
template <class T>
struct Nullable<std::optional<T>> {
  using Value = T;
  static constexpr bool kValue = true;
};

}  // namespace codec

// What a column or parameter of C++ type T is in the database.
template <class T>
constexpr DbType DbTypeOf() {
  using Value = typename codec::Nullable<T>::Value;
  return {Codec<Value>::kOid, &Codec<Value>::Reads, codec::Nullable<T>::kValue};
}

}  // namespace aplus
