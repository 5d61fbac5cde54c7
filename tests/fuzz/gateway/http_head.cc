// Any bytes as the head of a request: the verdict does not depend on packets, and what the strict check
// takes, Beast understands in the same way.
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/http/cookies.h"
#include "gateway/http/head_scanner.h"

namespace {

using aplus::gateway::HeadScanner;

[[noreturn]] void Disagree(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void CompareWithBeast(const HeadScanner& scanner, std::string_view bytes) {
  namespace http = boost::beast::http;
  const auto& head = scanner.head();
  http::request_parser<http::empty_body> parser;
  parser.header_limit(1 << 20);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), scanner.size()), error);
  if (error == http::error::need_more) error = {};
  if (error) return;
  if (used != scanner.size() || !parser.is_header_done()) Disagree("another size");
  const auto& message = parser.get();
  if (std::string_view(message.target()) != head.target) Disagree("another target");
  if (std::string_view(message.method_string()) != aplus::transcode::NameOf(head.method))
    Disagree("another method");
  if (parser.content_length().value_or(0) != head.content_length) Disagree("another length");
  if (static_cast<std::size_t>(std::distance(message.begin(), message.end())) != head.field_count) {
    Disagree("other fields");
  }
  // Beast keeps fields of one name together, wherever they came.
  std::multiset<std::pair<std::string, std::string>> ours;
  std::multiset<std::pair<std::string, std::string>> theirs;
  for (std::size_t i = 0; i < head.field_count; ++i) ours.emplace(head.fields[i].name, head.fields[i].value);
  for (const auto& field : message)
    theirs.emplace(std::string(field.name_string()), std::string(field.value()));
  if (ours != theirs) Disagree("other values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> hosts = {"a"};
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  HeadScanner whole(hosts);
  const auto verdict = whole.Scan(bytes);
  // In two packets, cut where the input says.
  HeadScanner cut(hosts);
  auto cut_verdict = cut.Scan(bytes.substr(0, size == 0 ? 0 : data[size - 1] * 64u % size));
  if (cut_verdict == HeadScanner::Verdict::kMore) cut_verdict = cut.Scan(bytes);
  if (cut_verdict != verdict || cut.fault() != whole.fault()) Disagree("the verdict depends on packets");
  if (verdict != HeadScanner::Verdict::kComplete) return 0;
  if (cut.size() != whole.size()) Disagree("the size depends on packets");
  CompareWithBeast(whole, bytes);
  const aplus::gateway::Cookies cookies(true, std::chrono::hours(1));
  const auto value = cookies.Find(whole.head().Find("Cookie"), aplus::gateway::Cookie::kSession);
  if (!value.empty() && !cookies.Set(aplus::gateway::Cookie::kSession, value))
    Disagree("found what we never set");
  return 0;
}
