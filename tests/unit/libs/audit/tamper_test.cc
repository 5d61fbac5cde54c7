// T-AUD-02: whoever has the database superuser can change anything in it; what he changes shows. Each
// tampering is done in a transaction, judged inside it by both verifiers, and rolled back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <sstream>

#include "libs/audit/verify/database_reader.h"
#include "libs/base/bytes.h"
#include "tests/unit/libs/audit/audit_bench.h"

namespace aplus::tamper_test {

constexpr int kLines = 60;
constexpr int kHeadEvery = 20;

std::vector<Checkpoint> shipped;

struct Finish {
  void operator()(PGconn* conn) const { PQfinish(conn); }
};

class Intruder {
 public:
  explicit Intruder(const std::string& conninfo) : conn_(PQconnectdb(conninfo.c_str())) {}

  std::vector<std::string> Sql(const std::string& sql) {
    PGresult* result = PQexec(conn_.get(), sql.c_str());
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
      ADD_FAILURE() << sql << ": " << PQresultErrorMessage(result);
    std::vector<std::string> rows;
    for (int i = 0; i < PQntuples(result); ++i) rows.emplace_back(PQgetvalue(result, i, 0));
    PQclear(result);
    return rows;
  }

  void Begin() { Sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL session_replication_role = replica"); }
  void Undo() { Sql("ROLLBACK"); }

  // Makes the chain fit what the lines say now, as someone who knows the format would.
  void Rechain() {
    PGresult* rows = PQexec(
        conn_.get(),
        "SELECT s.position, e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.actor_kind, e.actor, "
        "e.signed_by, e.session, e.address, e.operation, e.object_kind, e.object_id, e.outcome, e.reason, "
        "e.policy, e.request_id FROM audit_seal s JOIN audit_entry e ON e.id = s.audit_id ORDER BY 1");
    ChainHash hash{};
    std::string values;
    const auto text = [&](int row, int column) { return std::string(PQgetvalue(rows, row, column)); };
    const auto uuid = [&](int row, int column) {
      return PQgetisnull(rows, row, column) != 0 ? std::nullopt : ParseUuid(text(row, column));
    };
    for (int i = 0; i < PQntuples(rows); ++i) {
      AuditRecord record;
      record.id = AuditId{*uuid(i, 1)};
      record.at = Time{Duration{std::stoll(text(i, 2))}};
      record.entry = {static_cast<AuditActor>(std::stoi(text(i, 3))),
                      uuid(i, 4),
                      text(i, 5),
                      text(i, 6),
                      text(i, 7),
                      text(i, 8),
                      text(i, 9),
                      uuid(i, 10),
                      static_cast<AuditOutcome>(std::stoi(text(i, 11))),
                      text(i, 12),
                      std::stoi(text(i, 13)),
                      text(i, 14)};
      hash = NextInChain(hash, record);
      values += (i == 0 ? "(" : ", (") + text(i, 0) + ", decode('" + ToHex(hash) + "', 'hex'))";
    }
    PQclear(rows);
    if (values.empty()) return;
    Sql("UPDATE audit_seal AS s SET hash = v.hash FROM (VALUES " + values +
        ") AS v (position, hash) WHERE s.position = v.position");
  }

  bool FirstSaysWhole() {
    audit::ChainVerifier verifier(std::string(testing::kChain), testing::TestKeys(), shipped);
    auto report =
        audit::VerifyDatabase(conn_.get(), std::string(testing::kChain), std::move(verifier), 0, true);
    if (!report) {
      ADD_FAILURE() << report.error().diagnostic;
      return true;
    }
    return report->problems.empty();
  }

  // Through export.sql and the program in JavaScript.
  bool SecondSaysWhole() {
    const std::string folder = std::string(APLUS_AUDIT_VERIFY) + "/";
    std::ifstream file(folder + "export.sql");
    std::stringstream all;
    all << file.rdbuf();
    std::string sql = all.str();
    sql.replace(sql.find(":grace"), 6, "0");
    const std::string base = "/tmp/aplus-tamper-" + std::to_string(getpid());
    std::ofstream trail(base + ".jsonl"), heads(base + "-heads.jsonl");
    for (std::size_t start = 0, end; (end = sql.find(";\n", start)) != std::string::npos; start = end + 2) {
      const std::string statement = sql.substr(start, end - start);
      if (statement.find("SELECT") == std::string::npos) continue;  // its own BEGIN and COMMIT
      for (const std::string& row : Sql(statement)) trail << row << "\n";
    }
    for (const Checkpoint& head : shipped) heads << CheckpointJson(head) << "\n";
    trail.close();
    heads.close();
    const std::string command = "node " + folder + "second.mjs " + std::string(testing::kChain) + " " +
                                std::string(testing::kKeyId) + "=" +
                                ToHex(testing::TestKey().PublicKey().bytes()) + " " + base +
                                "-heads.jsonl < " + base + ".jsonl > " + base + ".out";
    const int code = std::system(command.c_str());
    EXPECT_TRUE(WEXITSTATUS(code) == 0 || WEXITSTATUS(code) == 1) << "the second verifier did not run";
    for (const char* end : {".jsonl", "-heads.jsonl", ".out"}) std::remove((base + end).c_str());
    return code == 0;
  }

 private:
  std::unique_ptr<PGconn, Finish> conn_;
};

using Random = std::minstd_rand;
int Position(Random& random, int from = 1, int to = kLines) {
  return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
}
std::string LineAt(int position) {
  return "(SELECT audit_id FROM audit_seal WHERE position = " + std::to_string(position) + ")";
}

std::string EditOneField(Random& random) {
  static const std::vector<std::string> kEdits{"at = at + interval '1 microsecond'",
                                               "at = at - interval '3 days'",
                                               "actor_kind = (actor_kind + 1) % 5",
                                               "actor = gen_random_uuid()",
                                               "signed_by = signed_by || ' '",
                                               "session = 'ffffffff'",
                                               "address = '198.51.100.1'",
                                               "operation = operation || '1'",
                                               "object_kind = object_kind || 'x'",
                                               "object_id = gen_random_uuid()",
                                               "outcome = 1 - outcome",
                                               "reason = reason || 'y'",
                                               "policy = policy + 1",
                                               "request_id = 'req-0'",
                                               "signed_by = E'\\nsession:8:0a1b2c3d'"};
  return "UPDATE audit_entry SET " + kEdits[random() % kEdits.size()] +
         " WHERE id = " + LineAt(Position(random));
}

const char* kInsertLine =
    "INSERT INTO audit_entry (id, at, actor_kind, signed_by, session, address, operation, object_kind, "
    "outcome, reason, policy, "
    "request_id) VALUES ('018f0000-0000-7000-8000-0000000000ff', '2026-01-01', 0, '', '', '', 'R2', '', 0, "
    "'', 1, '')";

std::string Head(int number) { return std::to_string(number * kHeadEvery); }

struct Kind {
  const char* name;
  std::function<void(Intruder&, Random&)> tamper;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds{
      {"edit", [](Intruder& by, Random& r) { by.Sql(EditOneField(r)); }},
      {"edit and rechain",
       [](Intruder& by, Random& r) {
         by.Sql(EditOneField(r));
         by.Rechain();
       }},
      {"edit, rechain, no stored heads",
       [](Intruder& by, Random& r) {
         by.Sql(EditOneField(r));
         by.Rechain();
         by.Sql("DELETE FROM audit_checkpoint");
       }},
      {"delete a line",
       [](Intruder& by, Random& r) { by.Sql("DELETE FROM audit_entry WHERE id = " + LineAt(Position(r))); }},
      {"delete a line and its seal",
       [](Intruder& by, Random& r) {
         by.Sql("WITH s AS (DELETE FROM audit_seal WHERE position = " + std::to_string(Position(r)) +
                " RETURNING audit_id) DELETE FROM audit_entry WHERE id IN (SELECT audit_id FROM s)");
       }},
      {"delete, close the gap, rechain",
       [](Intruder& by, Random& r) {
         const std::string at = std::to_string(Position(r));
         by.Sql("WITH s AS (DELETE FROM audit_seal WHERE position = " + at +
                " RETURNING audit_id) DELETE FROM audit_entry WHERE id IN (SELECT audit_id FROM s)");
         by.Sql("UPDATE audit_seal SET position = -position WHERE position > " + at);
         by.Sql("UPDATE audit_seal SET position = -position - 1 WHERE position < 0");
         by.Rechain();
       }},
      {"insert outside the chain", [](Intruder& by, Random&) { by.Sql(kInsertLine); }},
      {"insert in the middle and rechain",
       [](Intruder& by, Random& r) {
         const std::string at = std::to_string(Position(r));
         by.Sql(kInsertLine);
         by.Sql("UPDATE audit_seal SET position = -position WHERE position >= " + at);
         by.Sql("UPDATE audit_seal SET position = -position + 1 WHERE position < 0");
         by.Sql("INSERT INTO audit_seal (position, audit_id, hash) VALUES (" + at +
                ", '018f0000-0000-7000-8000-0000000000ff', decode(repeat('11', 32), 'hex'))");
         by.Rechain();
         by.Sql("DELETE FROM audit_checkpoint");
       }},
      {"swap two lines",
       [](Intruder& by, Random& r) {
         const int one = Position(r, 1, kLines - 1), other = Position(r, one + 1, kLines);
         by.Sql("UPDATE audit_seal SET position = 0 WHERE position = " + std::to_string(one));
         by.Sql("UPDATE audit_seal SET position = " + std::to_string(one) +
                " WHERE position = " + std::to_string(other));
         by.Sql("UPDATE audit_seal SET position = " + std::to_string(other) + " WHERE position = 0");
         if (r() % 2 == 0) by.Rechain();
       }},
      {"truncate the tail",
       [](Intruder& by, Random& r) {
         const std::string from = std::to_string(Position(r));
         by.Sql("WITH s AS (DELETE FROM audit_seal WHERE position >= " + from +
                " RETURNING audit_id) DELETE FROM audit_entry WHERE id IN (SELECT audit_id FROM s)");
         by.Sql("DELETE FROM audit_checkpoint WHERE position >= " + from);
       }},
      {"empty everything",
       [](Intruder& by, Random&) {
         by.Sql("DELETE FROM audit_seal; DELETE FROM audit_entry; DELETE FROM audit_checkpoint");
       }},
      {"replace the whole chain",
       [](Intruder& by, Random& r) {
         by.Sql("UPDATE audit_entry SET request_id = '" + std::to_string(r()) + "'");
         by.Rechain();
         by.Sql("DELETE FROM audit_checkpoint");
       }},
      {"edit a hash",
       [](Intruder& by, Random& r) {
         by.Sql("UPDATE audit_seal SET hash = sha256(hash) WHERE position = " + std::to_string(Position(r)));
       }},
      {"edit a stored head",
       [](Intruder& by, Random& r) {
         static const std::vector<std::string> kEdits{
             "hash = sha256(hash)", "at = at + interval '1 second'", "key_id = 'other'",
             "signature = set_byte(signature, 5, get_byte(signature, 5) # 1)", "position = position - 1"};
         by.Sql("UPDATE audit_checkpoint SET " + kEdits[r() % kEdits.size()] +
                " WHERE position = " + Head(Position(r, 1, 3)));
       }},
      {"begin anew from an ordinary head",
       [](Intruder& by, Random& r) {
         const std::string at = Head(Position(r, 1, 2));
         by.Sql(
             "INSERT INTO audit_base SELECT position, hash, at, key_id, signature FROM audit_checkpoint "
             "WHERE position = " +
             at);
         by.Sql("WITH s AS (DELETE FROM audit_seal WHERE position <= " + at +
                " RETURNING audit_id) DELETE FROM audit_entry WHERE id IN (SELECT audit_id FROM s)");
       }},
      {"begin anew from a base signed by another key",
       [](Intruder& by, Random& r) {
         const int at = Position(r, 1, kLines - 1);
         Checkpoint base;
         base.chain = testing::kChain;
         base.kind = Checkpoint::Kind::kBase;
         base.position = at;
         base.key_id = testing::kKeyId;
         base.at = Time{Duration{1'770'000'000'000'000}};
         const auto hash = FromHex(
             by.Sql("SELECT encode(hash, 'hex') FROM audit_seal WHERE position = " + std::to_string(at))
                 .front());
         std::copy(hash->begin(), hash->end(), base.hash.begin());
         const Ed25519Signature signature = testing::TestKey(9).Sign(AsBytes(CheckpointText(base)));
         by.Sql("INSERT INTO audit_base VALUES (" + std::to_string(at) + ", decode('" + ToHex(base.hash) +
                "', 'hex'), to_timestamp(1770000000), '" + base.key_id + "', decode('" + ToHex(signature) +
                "', 'hex'))");
         by.Sql("WITH s AS (DELETE FROM audit_seal WHERE position <= " + std::to_string(at) +
                " RETURNING audit_id) DELETE FROM audit_entry WHERE id IN (SELECT audit_id FROM s)");
       }},
  };
  return kinds;
}

// A few of each kind in the gate; tampers_test.py asks for a thousand.
int Rounds() {
  const char* wanted = std::getenv("APLUS_TAMPERINGS");
  return wanted != nullptr ? std::atoi(wanted) : 3 * static_cast<int>(Kinds().size());
}

TEST(AuditTamper, T_AUD_02_RandomTamperingsAreDetectedAndTwoVerifiersAgree) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  testing::AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](testing::Bench& at) -> Task<> {
    CO_ASSERT(co_await testing::FillTrail(*at.db, at.executor(), kLines, kHeadEvery, &shipped));
  });
  ASSERT_EQ(shipped.size(), 3u);
  const bool has_node = std::system("node --version > /dev/null 2>&1") == 0;
  Intruder intruder(bench.scratch.superuser_conninfo());
  intruder.Begin();
  EXPECT_TRUE(intruder.FirstSaysWhole()) << "before anything was done";
  if (has_node) EXPECT_TRUE(intruder.SecondSaysWhole()) << "before anything was done";
  intruder.Rechain();
  EXPECT_TRUE(intruder.FirstSaysWhole()) << "the test's own chain is the sealer's";
  intruder.Undo();

  const int rounds = Rounds();
  int detected = 0, agreed = 0, asked = 0;
  for (int i = 0; i < rounds; ++i) {
    const Kind& kind = Kinds()[static_cast<std::size_t>(i) % Kinds().size()];
    intruder.Begin();
    kind.tamper(intruder, random);
    const bool whole = intruder.FirstSaysWhole();
    EXPECT_FALSE(whole) << kind.name << " (" << i << ") was not detected";
    if (!whole) ++detected;
    // Starting a program a thousand times would prove no more.
    if (has_node && i < rounds / 2 && i < 3 * static_cast<int>(Kinds().size())) {
      ++asked;
      const bool second = intruder.SecondSaysWhole();
      EXPECT_EQ(second, whole) << kind.name << ": the verifiers disagree";
      if (second == whole) ++agreed;
    }
    intruder.Undo();
  }
  std::printf("detected %d of %d, the second verifier agreed %d of %d times\n", detected, rounds, agreed,
              asked);
  EXPECT_EQ(detected, rounds);
}

}  // namespace aplus::tamper_test
