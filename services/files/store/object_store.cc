#include "services/files/store/object_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace aplus::files {
namespace object_store {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

// Without paths: names of objects stand in no log.
tl::unexpected<Error> Refuse(std::string_view what) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE || error == EIO;
  return Fail(full ? Reason::kUnavailable : Reason::kInternal,
              fmt::format("object store: {}: {}", what, std::strerror(error)));
}

bool IsName(std::string_view name) {
  return name.size() == 32 &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<void> CheckName(std::string_view name) {
  if (!IsName(name)) return Fail(Reason::kInternal, "object store: not the name of an object");
  return {};
}

Result<void> SyncFolder(const fs::path& folder) {
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open() || fsync(descriptor.get()) != 0) return Refuse("fsync of a folder");
  return {};
}

// True when it was not there before.
Result<bool> MakeFolder(const fs::path& folder) {
  if (mkdir(folder.c_str(), kFolderMode) == 0) return true;
  if (errno == EEXIST) return false;
  return Refuse("mkdir");
}

Result<bool> RemoveFile(const fs::path& path) {
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return Refuse("unlink");
}

Result<void> ReadFully(int descriptor, std::uint64_t offset, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Refuse("read");
    if (got == 0) return Fail(Reason::kInternal, "object store: an object is shorter than it was");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace object_store

std::string NewObjectName(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.Fill(bytes);
  return ToHex(bytes);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Result<void> ObjectReader::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  return object_store::ReadFully(descriptor_.get(), offset, out);
}

// ---- Writing ----

ObjectWriter& ObjectWriter::operator=(ObjectWriter&& other) noexcept {
  if (this == &other) return *this;
  Abandon();
  descriptor_ = std::move(other.descriptor_);
  incoming_ = std::exchange(other.incoming_, {});
  final_ = std::move(other.final_);
  size_ = other.size_;
  return *this;
}

ObjectWriter::~ObjectWriter() { Abandon(); }

void ObjectWriter::Abandon() noexcept {
  if (!incoming_.empty()) unlink(incoming_.c_str());
}

Result<void> ObjectWriter::Write(BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return object_store::Refuse("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> ObjectWriter::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  return object_store::ReadFully(descriptor_.get(), offset, out);
}

Result<void> ObjectWriter::Commit() {
  using namespace object_store;
  if (fdatasync(descriptor_.get()) != 0) return Refuse("fdatasync");
  TRY(const bool made, MakeFolder(final_.parent_path()));
  if (made) TRY_VOID(SyncFolder(final_.parent_path().parent_path()));
  if (rename(incoming_.c_str(), final_.c_str()) != 0) {
    // Whoever erased the file in the middle of its upload has taken it away.
    if (errno == ENOENT) return Fail(Reason::kErased, "object store: removed while it was received");
    return Refuse("rename");
  }
  incoming_.clear();
  return SyncFolder(final_.parent_path());
}

// ---- The store ----

Result<ObjectStore> ObjectStore::Open(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Fail(Reason::kInternal, fmt::format("object store {}: {}", directory.string(), error.message()));
  }
  for (const char* folder : {"incoming", "objects"}) TRY_VOID(object_store::MakeFolder(directory / folder));
  if (access((directory / "incoming").c_str(), R_OK | W_OK | X_OK) != 0)
    return object_store::Refuse("access");
  return ObjectStore(directory);
}

std::filesystem::path ObjectStore::Incoming(std::string_view name) const {
  return directory_ / "incoming" / name;
}

std::filesystem::path ObjectStore::Final(std::string_view name) const {
  return directory_ / "objects" / name.substr(0, 2) / name;
}

Result<ObjectWriter> ObjectStore::Create(std::string_view name) {
  TRY_VOID(object_store::CheckName(name));
  std::filesystem::path incoming = Incoming(name);
  Descriptor descriptor(
      open(incoming.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, object_store::kFileMode));
  if (!descriptor.is_open()) return object_store::Refuse("create");
  return ObjectWriter(std::move(descriptor), std::move(incoming), Final(name));
}

Result<ObjectReader> ObjectStore::OpenObject(std::string_view name) const {
  TRY_VOID(object_store::CheckName(name));
  Descriptor descriptor(open(Final(name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.is_open()) {
    if (errno == ENOENT) return Fail(Reason::kErased, "object store: no such object");
    return object_store::Refuse("open");
  }
  struct stat status{};
  if (fstat(descriptor.get(), &status) != 0) return object_store::Refuse("fstat");
  return ObjectReader(std::move(descriptor), static_cast<std::uint64_t>(status.st_size));
}

// First where it is received, then where it lies: an upload that commits in between is caught by the second.
Result<int> ObjectStore::Remove(std::string_view name) {
  TRY_VOID(object_store::CheckName(name));
  int gone = 0;
  for (const std::filesystem::path& path : {Incoming(name), Final(name)}) {
    TRY(const bool removed, object_store::RemoveFile(path));
    if (!removed) continue;
    ++gone;
    TRY_VOID(object_store::SyncFolder(path.parent_path()));
  }
  return gone;
}

Result<bool> ObjectStore::Exists(std::string_view name) const {
  TRY_VOID(object_store::CheckName(name));
  return access(Incoming(name).c_str(), F_OK) == 0 || access(Final(name).c_str(), F_OK) == 0;
}

Result<std::vector<StoredObject>> ObjectStore::List(int shelf) const {
  namespace fs = std::filesystem;
  const fs::path folder =
      shelf == kShelves - 1 ? directory_ / "incoming" : directory_ / "objects" / fmt::format("{:02x}", shelf);
  std::vector<StoredObject> found;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  const auto now = fs::file_time_type::clock::now();
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!object_store::IsName(name)) continue;
    std::error_code gone;
    const fs::file_time_type written = entry->last_write_time(gone);
    if (gone) continue;
    found.push_back({std::move(name), std::chrono::duration_cast<std::chrono::seconds>(now - written)});
  }
  if (error) return Fail(Reason::kInternal, "object store: list: " + error.message());
  return found;
}

}  // namespace aplus::files
