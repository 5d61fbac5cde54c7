#include "gateway/openapi/json_out.h"

#include "gateway/transcode/json_text.h"

namespace aplus::openapi {

void JsonOut::Text(std::string_view value) {
  transcode::JsonBuffer quoted;
  transcode::AppendJsonString(value, quoted);
  text_ += quoted.view();
}

}  // namespace aplus::openapi
