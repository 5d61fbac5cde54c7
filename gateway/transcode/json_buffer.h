// Growing memory for JSON text: unlike std::string it does not clear what is about to be overwritten, and it
// hands out room to write into.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace aplus::transcode {

class JsonBuffer {
 public:
  JsonBuffer() = default;

  // At least `size` writable bytes; Advance says how many were used.
  char* Room(std::size_t size) {
    if (capacity_ - size_ < size) Grow(size);
    return bytes_.get() + size_;
  }
  void Advance(std::size_t used) { size_ += used; }

  void Append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(Room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void Append(char c) {
    *Room(1) = c;
    ++size_;
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  void Clear() { size_ = 0; }
  // Drops what was written after `size`.
  void CutTo(std::size_t size) { size_ = size; }
  char back() const { return bytes_[size_ - 1]; }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  void Grow(std::size_t more) {
    std::size_t capacity = capacity_ < 512 ? 1024 : capacity_ * 2;
    while (capacity - size_ < more) capacity *= 2;
    void* grown = std::realloc(bytes_.get(), capacity);
    if (grown == nullptr) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(static_cast<char*>(grown));
    capacity_ = capacity;
  }

  std::unique_ptr<char[], Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace aplus::transcode
