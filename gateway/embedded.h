// Files that travel inside the program: the API's description and its page.
#pragma once

#include <span>
#include <string_view>

namespace aplus::gateway {

struct EmbeddedFile {
  std::string_view path;  // as in the URL
  std::string_view content;
};

std::span<const EmbeddedFile> EmbeddedFiles();

}  // namespace aplus::gateway
