#include "libs/runtime/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/runtime/config.h"

namespace aplus {
namespace secret_file {

constexpr std::size_t kMaxBytes = 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) throw ConfigError(path + " cannot be read: " + std::strerror(errno));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The open file is what is checked, so that nobody swaps it between check and reading.
std::string ReadAll(const Descriptor& file, const std::string& path) {
  std::string contents;
  contents.reserve(4096);  // no growing, and so no stray copies, for anything the size of a secret
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ConfigError(path + " cannot be read: " + std::strerror(errno));
    if (n == 0) break;
    if (contents.size() + static_cast<std::size_t>(n) > kMaxBytes)
      throw ConfigError(path + " is larger than 1 MiB");
    contents.append(buffer, static_cast<std::size_t>(n));
  }
  Wipe({reinterpret_cast<std::uint8_t*>(buffer), sizeof buffer});
  return contents;
}

}  // namespace secret_file

SecretString ReadSecretFile(const std::string& path) {
  secret_file::Descriptor file(path);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) throw ConfigError(path + " cannot be read: " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) throw ConfigError(path + " is no regular file");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw ConfigError(path + " is open to group or others; make it readable by its owner alone (chmod 600)");
  }
  std::string contents = secret_file::ReadAll(file, path);
  if (contents.ends_with('\n')) contents.pop_back();
  if (contents.empty()) throw ConfigError(path + " is empty");
  return SecretString(std::move(contents));
}

std::string ReadWholeFile(const std::string& path) {
  secret_file::Descriptor file(path);
  return secret_file::ReadAll(file, path);
}

}  // namespace aplus
