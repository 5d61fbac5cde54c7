// Where sealed files lie: a local directory (P64). Objects have random names and hold ciphertext only.
//
//   <directory>/incoming/<name>        being received, or left behind by a crash
//   <directory>/objects/ab/<name>      complete: fsynced, then renamed here, so that no half object is ever
//   seen
//
// Every function blocks for file I/O: call it on the blocking pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/random.h"
#include "libs/base/result.h"

namespace aplus::files {

// 128 random bits as 32 hexadecimal digits.
std::string NewObjectName(Random& random);

// Move-only owner of a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Reads of one object, from any thread, one after the other.
class ObjectReader {
 public:
  std::uint64_t size() const { return size_; }
  // Fills `out` from `offset`. kInternal when the object ends before.
  Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  friend class ObjectStore;
  ObjectReader(Descriptor descriptor, std::uint64_t size) : descriptor_(std::move(descriptor)), size_(size) {}
  Descriptor descriptor_;
  std::uint64_t size_;
};

// An object that is being received. Destroyed before Commit, it leaves nothing behind.
class ObjectWriter {
 public:
  ObjectWriter(ObjectWriter&& other) noexcept = default;
  ObjectWriter& operator=(ObjectWriter&& other) noexcept;
  ~ObjectWriter();

  std::uint64_t size() const { return size_; }
  // kUnavailable when the disk is full.
  Result<void> Write(BytesView bytes);
  // What was written so far.
  Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const;
  // Puts the object where readers find it, durably. Nothing may follow. kImpossible: it was removed
  // meanwhile.
  Result<void> Commit();

 private:
  friend class ObjectStore;
  ObjectWriter(Descriptor descriptor, std::filesystem::path incoming, std::filesystem::path final)
      : descriptor_(std::move(descriptor)), incoming_(std::move(incoming)), final_(std::move(final)) {}
  void Abandon() noexcept;

  Descriptor descriptor_;
  std::filesystem::path incoming_, final_;  // incoming_ empty: committed
  std::uint64_t size_ = 0;
};

struct StoredObject {
  std::string name;
  std::chrono::seconds age{};  // since its last write, by the file system's clock
};

class ObjectStore {
 public:
  // Makes the folders. kInternal, naming what is wrong, when they cannot be used.
  static Result<ObjectStore> Open(const std::filesystem::path& directory);

  // Names come from NewObjectName or from List; anything else is refused with kInternal.
  Result<ObjectWriter> Create(std::string_view name);
  // kErased: there is no such object.
  Result<ObjectReader> OpenObject(std::string_view name) const;
  // Whatever is left of it, received or receiving. Answers how many files went; none is no error.
  Result<int> Remove(std::string_view name);
  Result<bool> Exists(std::string_view name) const;

  // One of kShelves parts of the store, for sweeps; the last one holds what is being received.
  static constexpr int kShelves = 257;
  Result<std::vector<StoredObject>> List(int shelf) const;

 private:
  explicit ObjectStore(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path Incoming(std::string_view name) const;
  std::filesystem::path Final(std::string_view name) const;

  std::filesystem::path directory_;
};

}  // namespace aplus::files
