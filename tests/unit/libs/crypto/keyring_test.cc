#include "libs/crypto/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "libs/crypto/key_file.h"
#include "libs/crypto/key_status.h"

namespace aplus {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::string_view kOne = "8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d";
constexpr std::string_view kTwo = "45c48cce2e2d7fbdea1afc51c7c6ad26d3d9446802a44259755d38e6d163e820";

class KeyringTest : public ::testing::Test {
 protected:
  KeyringTest() {
    std::string name = (fs::temp_directory_path() / "aplus-keyring-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~KeyringTest() override { fs::remove_all(folder_); }

  fs::path Write(const fs::path& name, std::string_view text, mode_t mode = 0400) {
    const fs::path path = folder_ / name;
    fs::remove(path);
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string WhyRefused(const fs::path& path) {
    const auto key = ReadKeyFile(path);
    return key ? "" : key.error().diagnostic;
  }
  std::string WhyRefused() {
    const auto ring = Keyring::Load(folder_);
    return ring ? "" : ring.error().diagnostic;
  }

  fs::path folder_;
};

TEST_F(KeyringTest, AKeyFileIs64DigitsWithOrWithoutALineEnd) {
  for (std::string_view end : {"", "\n", "\r\n"}) {
    const auto key = ReadKeyFile(Write("key", std::string(kOne) + std::string(end)));
    ASSERT_TRUE(key) << key.error().diagnostic;
    EXPECT_EQ(ToHex(key->Reveal()), kOne);
  }
  for (mode_t mode : {0400, 0440, 0600, 0640}) EXPECT_EQ(WhyRefused(Write("key", kOne, mode)), "") << mode;
}

TEST_F(KeyringTest, T_CFG_01_AFileThatOthersCanReadOrChangeIsRefused) {
  for (mode_t mode : {0404, 0644, 0604, 0402, 0401, 0444}) {
    EXPECT_THAT(WhyRefused(Write("key", kOne, mode)), HasSubstr("open to everybody")) << mode;
  }
  for (mode_t mode : {0420, 0660})
    EXPECT_THAT(WhyRefused(Write("key", kOne, mode)), HasSubstr("group")) << mode;
  if (geteuid() == 0) {
    const fs::path foreign = Write("key", kOne);
    ASSERT_EQ(chown(foreign.c_str(), 65534, 65534), 0);
    EXPECT_THAT(WhyRefused(foreign), HasSubstr("another user"));
  }
}

TEST_F(KeyringTest, T_CFG_01_EmptyDefaultAndMalformedKeysAreRefused) {
  EXPECT_THAT(WhyRefused(Write("key", "")), HasSubstr("empty"));
  EXPECT_THAT(WhyRefused(Write("key", "\n")), HasSubstr("empty"));
  for (std::string text : {std::string("changeme"), std::string(kOne.substr(1)), std::string(kOne) + "0",
                           std::string(kOne) + "00", " " + std::string(kOne), std::string(kOne) + "\n\nx",
                           std::string(63, '0') + "g"}) {
    EXPECT_THAT(WhyRefused(Write("key", text)), HasSubstr("not 64 hexadecimal digits")) << text;
  }
  Bytes counting(32), stepping(32);
  for (std::size_t i = 0; i < 32; ++i) {
    counting[i] = static_cast<std::uint8_t>(i);
    stepping[i] = static_cast<std::uint8_t>(255 - 7 * i);
  }
  for (const Bytes& invented :
       {Bytes(32, 0x00), Bytes(32, 0xff), counting, stepping,
        FromHex("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef").value(),
        Bytes(AsBytes("the quick brown fox jumps over 1").begin(),
              AsBytes("the quick brown fox jumps over 1").end())}) {
    EXPECT_THAT(WhyRefused(Write("key", ToHex(invented))), HasSubstr("not random")) << ToHex(invented);
  }
  EXPECT_THAT(WhyRefused(folder_ / "missing"), HasSubstr("No such file"));
  EXPECT_THAT(WhyRefused(folder_), HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0400), 0);
  EXPECT_THAT(WhyRefused(folder_ / "fifo"), HasSubstr("not a regular file"));
}

TEST_F(KeyringTest, GeneratedKeysNeverLookInvented) {
  SystemRandom random;
  for (int i = 0; i < 100'000; ++i) ASSERT_FALSE(LooksInvented(Key::Generate(random).Reveal()));
}

TEST_F(KeyringTest, NoDiagnosticShowsTheKey) {
  EXPECT_THAT(WhyRefused(Write("key", std::string(kOne) + "00")),
              ::testing::Not(HasSubstr(std::string(kOne))));
}

TEST_F(KeyringTest, OneVersionIsActiveByItself) {
  Write("1.key", kOne);
  const auto ring = Keyring::Load(folder_);
  ASSERT_TRUE(ring) << ring.error().diagnostic;
  EXPECT_EQ(ring->active_version(), 1);
  EXPECT_EQ(ToHex(ring->active().Reveal()), kOne);
  EXPECT_EQ(ring->Find(2), nullptr);
}

TEST_F(KeyringTest, P64_SeveralVersionsNeedOneNamedActive) {
  Write("1.key", kOne);
  Write("12.key", kTwo);
  EXPECT_THAT(WhyRefused(), HasSubstr("several versions"));
  Write("active", "1\n", 0444);
  const auto ring = Keyring::Load(folder_);
  ASSERT_TRUE(ring) << ring.error().diagnostic;
  EXPECT_EQ(ring->active_version(), 1);
  ASSERT_NE(ring->Find(12), nullptr);
  EXPECT_EQ(ToHex(ring->Find(12)->Reveal()), kTwo);
  EXPECT_EQ(ring->keys().size(), 2u);
}

TEST_F(KeyringTest, RefusesWhatWouldSurpriseLater) {
  EXPECT_THAT(WhyRefused(), HasSubstr("holds no key"));
  Write("1.key", kOne);
  for (std::string_view text : {"", "0", "-1", "01", "1 2", "99999999999", "two"}) {
    Write("active", text);
    EXPECT_THAT(WhyRefused(), HasSubstr("does not hold a version number")) << text;
  }
  Write("active", "2");
  EXPECT_THAT(WhyRefused(), HasSubstr("version 2 has no key"));
  Write("active", "1");
  Write("2.key", kOne);
  EXPECT_THAT(WhyRefused(), HasSubstr("hold the same key"));
  Write("2.key", kTwo, 0644);
  EXPECT_THAT(WhyRefused(), HasSubstr("open to everybody"));
  fs::remove(folder_ / "2.key");
  for (std::string name : {"02.key", "two.key", "2.key.bak", "2", "0.key", "+2.key"}) {
    Write(name, kTwo);
    EXPECT_THAT(WhyRefused(), HasSubstr("is no `<version>.key`")) << name;
    fs::remove(folder_ / name);
  }
  EXPECT_EQ(WhyRefused(), "");
  folder_ /= "missing";
  EXPECT_THAT(WhyRefused(), HasSubstr("No such file"));
  folder_ = folder_.parent_path();
}

// A mounted Kubernetes secret: links into `..data`, itself a link to a folder with the time in its name.
TEST_F(KeyringTest, ReadsTheLayoutOfAMountedSecret) {
  fs::create_directory(folder_ / "..2026_05_12");
  Write("..2026_05_12/3.key", std::string(kOne) + "\n", 0440);
  fs::create_directory_symlink("..2026_05_12", folder_ / "..data");
  fs::create_symlink("..data/3.key", folder_ / "3.key");
  const auto ring = Keyring::Load(folder_);
  ASSERT_TRUE(ring) << ring.error().diagnostic;
  EXPECT_EQ(ring->active_version(), 3);
}

TEST_F(KeyringTest, P103_StatusShowsWhatIsSealedUnderWhichVersion) {
  Write("1.key", kOne);
  Write("2.key", kTwo);
  Write("active", "2\n");
  const auto ring = Keyring::Load(folder_);
  ASSERT_TRUE(ring) << ring.error().diagnostic;
  EXPECT_THAT(
      KeyStatus("files", "kek", *ring, {{2, 7}, {5, 1}}),
      ::testing::ElementsAre(
          R"({"service":"files","key":"kek","version":1,"present":true,"active":false,"sealed":0})",
          R"({"service":"files","key":"kek","version":2,"present":true,"active":true,"sealed":7})",
          R"({"service":"files","key":"kek","version":5,"present":false,"active":false,"sealed":1})"));
}

}  // namespace
}  // namespace aplus
