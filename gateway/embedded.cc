#include "gateway/embedded.h"

#include <iterator>

// The assembler reads the files while compiling (CMake recompiles when one changes): no generated source, no
// tool.
#define APLUS_EMBED(symbol, file)             \
  asm(".pushsection .rodata\n"                \
      ".balign 16\n"                          \
      ".global " #symbol "_begin\n" #symbol   \
      "_begin:\n"                             \
      ".incbin \"" APLUS_GATEWAY_DIR "/" file \
      "\"\n"                                  \
      ".global " #symbol "_end\n" #symbol     \
      "_end:\n"                               \
      ".popsection\n");                       \
  extern "C" const char symbol##_begin[];     \
  extern "C" const char symbol##_end[]

APLUS_EMBED(aplus_openapi_json, "openapi.json");
APLUS_EMBED(aplus_api_index_html, "api_page/index.html");
APLUS_EMBED(aplus_api_css, "api_page/api.css");
APLUS_EMBED(aplus_api_js, "api_page/api.js");

namespace aplus::gateway {
namespace embedded_detail {

std::string_view View(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace embedded_detail

std::span<const EmbeddedFile> EmbeddedFiles() {
  using embedded_detail::View;
  static const EmbeddedFile files[] = {
      {"/v1/openapi.json", View(aplus_openapi_json_begin, aplus_openapi_json_end)},
      {"/api/index.html", View(aplus_api_index_html_begin, aplus_api_index_html_end)},
      {"/api/api.css", View(aplus_api_css_begin, aplus_api_css_end)},
      {"/api/api.js", View(aplus_api_js_begin, aplus_api_js_end)},
  };
  return files;
}

}  // namespace aplus::gateway
