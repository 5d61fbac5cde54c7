// aplus-openapi PROTOSET: the API's description on standard output.
#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <fstream>

#include "gateway/openapi/document.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: aplus-openapi PROTOSET\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  google::protobuf::FileDescriptorSet files;
  if (!files.ParseFromIstream(&file)) {
    std::fprintf(stderr, "%s is no descriptor set\n", argv[1]);
    return 1;
  }
  const auto document = aplus::openapi::Describe(files);
  if (!document) {
    std::fprintf(stderr, "%s\n", document.error().diagnostic.c_str());
    return 1;
  }
  std::fwrite(document->data(), 1, document->size(), stdout);
  return 0;
}
