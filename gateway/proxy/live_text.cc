#include "gateway/proxy/live_text.h"

#include <fmt/format.h>

#include "gateway/transcode/json_text.h"

namespace aplus::gateway {
namespace live_text {

// Codes and cursors are one word of visible ASCII; whatever else a backend sends, it cannot add a line.
std::string Word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c > 0x20 && c < 0x7f) word.push_back(c);
  }
  return word;
}

}  // namespace live_text

std::string LiveGreeting(unsigned retry_milliseconds) {
  return fmt::format("retry: {}\n\n", retry_milliseconds);
}

std::string ToLiveText(const api::v1::LiveEvent& event) {
  transcode::JsonBuffer data;
  data.Append('{');
  if (!event.request_id().empty()) {
    data.Append("\"requestId\":");
    transcode::AppendJsonString(live_text::Word(event.request_id()), data);
    data.Append(',');
  }
  data.Append("\"kind\":");
  transcode::AppendJsonString(live_text::Word(event.kind()), data);
  data.Append('}');
  std::string text;
  if (!event.cursor().empty()) text += fmt::format("id: {}\n", live_text::Word(event.cursor()));
  if (!event.event().empty()) text += fmt::format("event: {}\n", live_text::Word(event.event()));
  // Without data nothing is told to the page; it keeps the id.
  text += event.event().empty() ? std::string("\n") : fmt::format("data: {}\n\n", data.view());
  return text;
}

}  // namespace aplus::gateway
