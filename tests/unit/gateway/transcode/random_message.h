// Random messages of any type by reflection, replayable by seed: SEED=… in the environment, printed
// otherwise.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>

namespace aplus::transcode::test {

// From the environment, or fresh; printed once.
std::uint64_t Seed();

struct RandomOptions {
  int depth = 4;
  bool only_known_enums = true;  // false: numbers that the enum does not name, too
  bool non_finite = false;       // NaN and infinities
};

class RandomMessages {
 public:
  RandomMessages(std::uint64_t seed, const RandomOptions& options) : random_(seed), options_(options) {}

  void Fill(google::protobuf::Message& message) { Fill(message, options_.depth); }

  std::string Text();
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

 private:
  void Fill(google::protobuf::Message& message, int depth);
  void SetField(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                int depth);
  bool SetWellKnown(google::protobuf::Message& message);
  std::uint64_t Interesting();
  double Real();

  std::mt19937_64 random_;
  RandomOptions options_;
};

// protobuf's JSON reader drops the sign of -0: takes it away everywhere, so that the rest can be compared.
void DropNegativeZeros(google::protobuf::Message& message);

}  // namespace aplus::transcode::test
