// A service's own key under its heads: loaded, refused, read back from the log, checked by the program that
// an auditor runs.
#include "libs/audit/audit_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/audit/sealing.h"
#include "libs/audit/verify/public_keys.h"
#include "libs/audit/verify/shipped_heads.h"
#include "libs/base/bytes.h"
#include "libs/telemetry/log.h"
#include "tests/unit/libs/audit/audit_bench.h"

namespace aplus::audit_key_test {

using testing::AuditScratch;
using testing::Bench;
using ::testing::HasSubstr;

// What a generator could have given.
constexpr std::string_view kSeed = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
constexpr std::string_view kOtherSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

std::string lines;

class AuditKeys : public ::testing::Test {
 protected:
  AuditKeys()
      : folder_(std::filesystem::temp_directory_path() / ("aplus-audit-key-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    lines.clear();
    log::CaptureForTest([](std::string_view line) { lines.append(line).push_back('\n'); });
  }
  ~AuditKeys() override {
    log::CaptureForTest(nullptr);
    std::filesystem::remove_all(folder_);
  }

  std::string Write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  static Config With(const std::string& secrets) {
    return Config::Parse(R"({"service": "sample", "environment": "test", "listen": "127.0.0.1:0",
      "admin_listen": "127.0.0.1:0", "tls": {"ca": "a", "certificate": "b", "key": "c"}, "secrets": {)" +
                             secrets + "}}",
                         "test.json");
  }
  static Config WithKey(const std::string& path) { return With(R"("audit_key": ")" + path + "\""); }

  // Exit code of aplus-audit-verify; what it says goes to `said`.
  int Verify(const Bench& bench, const std::string& more, std::string* said) const {
    const std::string out = folder_ / "said";
    const std::string command = std::string(APLUS_AUDIT_VERIFY_PROGRAM) +
                                " --chain sample --grace 0 --database '" +
                                bench.scratch.superuser_conninfo() + "' " + more + " > " + out + " 2>&1";
    const int code = std::system(command.c_str());
    std::stringstream text;
    text << std::ifstream(out).rdbuf();
    *said = text.str();
    return WEXITSTATUS(code);
  }

  std::filesystem::path folder_;
};

TEST_F(AuditKeys, AKeyNamesItself) {
  auto one = AuditKey::Load(Write("one", kSeed)),
       same = AuditKey::Load(Write("same", std::string(kSeed) + "\n"));
  auto other = AuditKey::Load(Write("other", kOtherSeed));
  ASSERT_TRUE(one && same && other);
  EXPECT_THAT(one->id(), ::testing::MatchesRegex("audit-[0-9a-f]+"));
  EXPECT_EQ(one->id().size(), 22u);
  EXPECT_EQ(one->id(), same->id());
  EXPECT_NE(one->id(), other->id());
  EXPECT_EQ(one->Sign("x").size(), 64u);
}

TEST_F(AuditKeys, T_CFG_01_NoTrailWithoutAGoodKey) {
  const auto refusal = [](const Config& config) {
    const auto loaded = LoadSealing(config);
    return loaded ? std::string("accepted") : loaded.error().diagnostic;
  };
  EXPECT_THAT(refusal(With("")), HasSubstr("audit_key"));
  EXPECT_THAT(refusal(WithKey(folder_ / "missing")), HasSubstr("missing"));
  EXPECT_NE(refusal(WithKey(Write("empty", ""))), "accepted");
  EXPECT_NE(refusal(WithKey(Write("open", kSeed, 0644))), "accepted");
  EXPECT_NE(refusal(WithKey(Write("default", std::string(64, '0')))), "accepted");
  EXPECT_NE(refusal(WithKey(Write("short", kSeed.substr(2)))), "accepted");
  EXPECT_EQ(refusal(WithKey(Write("good", kSeed))), "accepted");
}

TEST_F(AuditKeys, HeadsLeaveAsLogLinesWhateverTheLevelAndComeBack) {
  const auto sealing = LoadSealing(WithKey(Write("key", kSeed)));
  ASSERT_TRUE(sealing);
  EXPECT_EQ(sealing->chain, "sample");
  Checkpoint head;
  head.chain = sealing->chain;
  head.kind = Checkpoint::Kind::kBase;
  head.position = 77;
  head.hash[3] = 9;
  head.at = Time{Duration{1'778'600'000'123'456}};
  head.key_id = sealing->key_id;
  head.signature = sealing->sign(CheckpointText(head));
  Checkpoint elsewhere = head;
  elsewhere.chain = "other";
  log::Warn("something else", {{log::kReason, "unavailable"}});
  sealing->ship(head);
  sealing->ship(elsewhere);
  EXPECT_THAT(lines, HasSubstr("\"event\":\"audit head\""));
  EXPECT_THAT(lines, ::testing::Not(HasSubstr("[redacted]")));

  std::istringstream log("no line of ours at all\n" + lines + CheckpointJson(head) + "\n");
  const auto back = audit::ReadShippedHeads(log, "sample");
  ASSERT_TRUE(back) << back.error().diagnostic;
  ASSERT_EQ(back->size(), 2u);
  audit::PublicKeys keys;
  ASSERT_TRUE(audit::AddPublicKey(keys, ToHex(AuditKey::Load(folder_ / "key")->PublicKey().bytes()) + "\n"));
  for (const Checkpoint& each : *back) {
    EXPECT_EQ(CheckpointText(each), CheckpointText(head));
    EXPECT_TRUE(keys.at(each.key_id).Verify(AsBytes(CheckpointText(each)), AsBytes(each.signature)));
  }

  // A head that was cut or altered does not pass for one that never came.
  const std::string line = lines.substr(lines.find("{\"time\"", 1));
  const std::size_t chain = line.find("\"chain\"");
  for (std::size_t length = chain + 7; length + 1 < line.find('\n'); length += 11) {
    std::istringstream cut(line.substr(0, length));
    EXPECT_FALSE(audit::ReadShippedHeads(cut, "sample")) << length;
  }
}

TEST_F(AuditKeys, PublicKeysAreReadAsTheyAreWritten) {
  audit::PublicKeys keys;
  const std::string digits = ToHex(testing::TestKey().PublicKey().bytes());
  EXPECT_TRUE(audit::AddPublicKey(keys, digits));
  EXPECT_TRUE(audit::AddPublicKey(keys, "2026a=" + digits));
  EXPECT_TRUE(keys.contains(AuditKeyId(testing::TestKey().PublicKey())) && keys.contains("2026a"));
  for (const std::string& bad :
       {std::string(), digits.substr(1), digits + "00", "=" + digits, "x" + digits}) {
    EXPECT_FALSE(audit::AddPublicKey(keys, bad)) << bad;
  }
  EXPECT_FALSE(audit::AddPublicKeys(keys, folder_ / "nowhere"));
  EXPECT_FALSE(audit::AddPublicKeys(keys, folder_)) << "an empty folder proves nothing";
  Write("a.pub", digits + "\n");
  EXPECT_TRUE(audit::AddPublicKeys(keys, folder_));
  Write("b.pub", "no key");
  EXPECT_FALSE(audit::AddPublicKeys(keys, folder_));
}

TEST_F(AuditKeys, T_AUD_02_TheProgramJudgesByTheKeyAndTheLog) {
  AuditScratch bench;
  static Result<SealerOptions> sealing;
  sealing = LoadSealing(WithKey(Write("key", kSeed)));
  ASSERT_TRUE(sealing);
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    AuditSealer sealer(*sealing, *at.db, at.executor());
    for (int i = 0; i < 12; ++i) {
      EXPECT_TRUE(
          co_await at.db->Transact(at.Write(), [i](Transaction& tx) { return testing::RecordOne(tx, i); }));
      if (i % 4 != 3) continue;
      EXPECT_TRUE(co_await sealer.SealCommitted());
      EXPECT_TRUE((co_await sealer.WriteCheckpoint(true)).value_or(false));
    }
  });
  Write("service.log", lines);
  Write("right.pub", ToHex(AuditKey::Load(folder_ / "key")->PublicKey().bytes()));
  const std::string keys = "--keys " + folder_.string(),
                    heads = " --checkpoints " + (folder_ / "service.log").string();
  const std::string other = "--key " + ToHex(AuditKey::Load(Write("k2", kOtherSeed))->PublicKey().bytes());
  std::string said;
  EXPECT_EQ(Verify(bench, keys + heads, &said), 0) << said;
  EXPECT_THAT(said, HasSubstr("proven to 12 by 3 shipped heads: whole"));
  EXPECT_EQ(Verify(bench, other + heads, &said), 1) << "signed by a key that the auditor does not know";
  // Who can write to the database signs a head of his own: not with this key.
  bench.scratch.Sql(
      "UPDATE audit_checkpoint SET signature = decode(repeat('ab', 64), 'hex') WHERE position = 8");
  EXPECT_EQ(Verify(bench, keys + heads, &said), 1);
  EXPECT_THAT(said, HasSubstr("stored head at 8 is not signed by its key"));
  // The whole end cut off, tidily: only what left the database shows it.
  bench.scratch.Sql(
      "DELETE FROM audit_checkpoint WHERE position >= 8; DELETE FROM audit_entry WHERE id IN (SELECT "
      "audit_id FROM audit_seal "
      "WHERE position > 4); DELETE FROM audit_seal WHERE position > 4");
  EXPECT_EQ(Verify(bench, keys, &said), 0) << said;
  EXPECT_EQ(Verify(bench, keys + heads, &said), 1);
  EXPECT_THAT(said, HasSubstr("shipped head at 12: the chain ends before"));
  Write("service.log", "{\"chain\":\"sample\",\"kind\":\"he");
  EXPECT_EQ(Verify(bench, keys + heads, &said), 2) << "a cut head";
  EXPECT_EQ(Verify(bench, "--key 00 " + heads, &said), 2);
}

}  // namespace aplus::audit_key_test
