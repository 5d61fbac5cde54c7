// The API's description is what the protos say, and holds together.
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "gateway/openapi/document.h"

namespace aplus::openapi {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Generated() {
  google::protobuf::FileDescriptorSet files;
  EXPECT_TRUE(files.ParseFromString(ReadFile(APLUS_PROTOSET)));
  const auto document = Describe(files);
  EXPECT_TRUE(document);
  return document ? *document : "";
}

// Every "$ref" below, and every operation id.
void Walk(simdjson::dom::element element, std::set<std::string>& references,
          std::multiset<std::string>& ids) {
  if (element.is_object()) {
    for (const auto member : simdjson::dom::object(element)) {
      if (member.key == "$ref") references.insert(std::string(std::string_view(member.value)));
      if (member.key == "operationId") ids.insert(std::string(std::string_view(member.value)));
      Walk(member.value, references, ids);
    }
  } else if (element.is_array()) {
    for (const auto item : simdjson::dom::array(element)) Walk(item, references, ids);
  }
}

TEST(OpenApi, P102_CheckedInDocumentIsWhatTheProtosSay) {
  EXPECT_TRUE(ReadFile(APLUS_OPENAPI) == Generated())
      << "the protos changed: ninja -C <build> gateway_openapi writes gateway/openapi.json anew";
}

TEST(OpenApi, P102_ReferencesLeadSomewhereAndIdsAreUnique) {
  simdjson::dom::parser parser;
  const std::string text = Generated();
  simdjson::dom::element document;
  ASSERT_FALSE(parser.parse(text).get(document));
  std::set<std::string> references;
  std::multiset<std::string> ids;
  Walk(document, references, ids);
  EXPECT_GT(references.size(), 10u);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    EXPECT_FALSE(document.at_pointer(reference.substr(1)).error()) << reference;
  }
  for (const std::string& id : ids) EXPECT_EQ(ids.count(id), 1u) << id;
}

TEST(OpenApi, P102_NothingOfTheEdgeShows) {
  const std::string text = Generated();
  for (const char* word :
       {"clientAddress", "\"binding\"", "\"userAgent\"", "\"session\": {\n              \"type\""}) {
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace aplus::openapi
