// Writes indented JSON, member by member, so that a changed line in the checked-in document is a changed line
// in the protos.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aplus::openapi {

class JsonOut {
 public:
  void BeginObject() { Begin('{'); }
  void BeginObject(std::string_view key) { Key(key), Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray(std::string_view key) { Key(key), Begin('['); }
  void EndArray() { End(']'); }

  void Member(std::string_view key, std::string_view value) { Key(key), Text(value); }
  void Member(std::string_view key, const char* value) { Member(key, std::string_view(value)); }
  void Member(std::string_view key, bool value) { Key(key), text_ += value ? "true" : "false"; }
  void Member(std::string_view key, std::int64_t value) { Key(key), text_ += std::to_string(value); }
  void Element(std::string_view value) { Next(), Text(value); }
  void BeginElement() { Next(), Begin('{'); }
  // A member that holds nothing but a reference to a component.
  void Reference(std::string_view key, std::string_view target) {
    BeginObject(key);
    Member("$ref", target);
    EndObject();
  }

  std::string Take() {
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void Begin(char open) {
    text_ += open;
    ++depth_;
    first_ = true;
  }
  void End(char close) {
    --depth_;
    if (!first_) Line();
    text_ += close;
    first_ = false;
  }
  void Next() {
    if (!first_) text_ += ',';
    first_ = false;
    Line();
  }
  void Line() {
    text_ += '\n';
    text_.append(depth_ * 2, ' ');
  }
  void Key(std::string_view key) {
    Next();
    Text(key);
    text_ += ": ";
  }
  void Text(std::string_view value);

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

}  // namespace aplus::openapi
