#include "services/files/store/object_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <numeric>
#include <optional>
#include <set>

namespace aplus::files {
namespace {

class ObjectStoreTest : public testing::Test {
 protected:
  ObjectStoreTest() {
    std::string pattern = testing::TempDir() + "objects-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_.emplace(ObjectStore::Open(folder_).value());
  }
  ~ObjectStoreTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> AllFiles() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) found.push_back(std::filesystem::relative(entry.path(), folder_));
    }
    return found;
  }

  SystemRandom random_;
  std::filesystem::path folder_;
  std::optional<ObjectStore> store_;
};

Bytes Counting(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

TEST_F(ObjectStoreTest, P61_an_object_is_seen_whole_or_not_at_all) {
  const std::string name = NewObjectName(random_);
  ObjectWriter writer = store_->Create(name).value();
  ASSERT_TRUE(writer.Write(Counting(100'000)));
  EXPECT_EQ(store_->OpenObject(name).error().reason, Reason::kErased);
  Bytes back(1'000);
  ASSERT_TRUE(writer.Read(99'000, back));
  EXPECT_EQ(back[0], static_cast<std::uint8_t>(99'000));
  ASSERT_TRUE(writer.Write(Counting(5)));
  EXPECT_EQ(writer.size(), 100'005u);
  ASSERT_TRUE(writer.Commit());
  const ObjectReader reader = store_->OpenObject(name).value();
  EXPECT_EQ(reader.size(), 100'005u);
  Bytes all(reader.size());
  ASSERT_TRUE(reader.Read(0, all));
  EXPECT_EQ(all[99'999], static_cast<std::uint8_t>(99'999));
  Bytes beyond(6);
  EXPECT_FALSE(reader.Read(100'000, beyond));
}

TEST_F(ObjectStoreTest, T_FIL_04_an_abandoned_object_leaves_nothing) {
  {
    ObjectWriter writer = store_->Create(NewObjectName(random_)).value();
    ASSERT_TRUE(writer.Write(Counting(10)));
    ObjectWriter moved = std::move(writer);
    moved = store_->Create(NewObjectName(random_)).value();
    EXPECT_EQ(AllFiles().size(), 1u);
  }
  EXPECT_TRUE(AllFiles().empty());
}

TEST_F(ObjectStoreTest, P52_removing_takes_every_state_of_an_object) {
  const std::string name = NewObjectName(random_);
  EXPECT_EQ(store_->Remove(name).value(), 0);
  ObjectWriter writer = store_->Create(name).value();
  ASSERT_TRUE(writer.Write(Counting(10)));
  EXPECT_TRUE(store_->Exists(name).value());
  EXPECT_EQ(store_->Remove(name).value(), 1);
  // Erased in the middle of its upload: it cannot come back.
  EXPECT_EQ(writer.Commit().error().reason, Reason::kErased);
  EXPECT_FALSE(store_->Exists(name).value());

  ObjectWriter again = store_->Create(name).value();
  ASSERT_TRUE(again.Commit());
  // Readers that hold it open finish, nobody opens it anew.
  const ObjectReader reader = store_->OpenObject(name).value();
  EXPECT_EQ(store_->Remove(name).value(), 1);
  EXPECT_FALSE(store_->Exists(name).value());
  EXPECT_EQ(store_->OpenObject(name).error().reason, Reason::kErased);
  EXPECT_TRUE(AllFiles().empty());
}

TEST_F(ObjectStoreTest, T_FIL_04_the_sweep_sees_everything) {
  std::set<std::string> names;
  std::vector<ObjectWriter> receiving;
  for (int i = 0; i < 40; ++i) {
    const std::string name = NewObjectName(random_);
    names.insert(name);
    ObjectWriter writer = store_->Create(name).value();
    if (i % 2 == 0) {
      ASSERT_TRUE(writer.Commit());
    } else {
      receiving.push_back(std::move(writer));
    }
  }
  std::ofstream(folder_ / "objects" / "lost+found") << "not ours";
  std::set<std::string> seen;
  for (int shelf = 0; shelf < ObjectStore::kShelves; ++shelf) {
    const std::vector<StoredObject> objects = store_->List(shelf).value();
    for (const StoredObject& object : objects) {
      EXPECT_TRUE(seen.insert(object.name).second);
      EXPECT_GE(object.age, std::chrono::seconds(0));
      EXPECT_LT(object.age, std::chrono::seconds(60));
    }
  }
  EXPECT_EQ(seen, names);
}

TEST_F(ObjectStoreTest, P26_files_are_their_owners_alone_and_names_are_no_paths) {
  const std::string name = NewObjectName(random_);
  ObjectWriter writer = store_->Create(name).value();
  ASSERT_TRUE(writer.Commit());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    struct stat status{};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0u) << entry.path();
  }
  for (const std::string bad : {"", "a", "../../../../../../../../etc/passwd",
                                "0123456789ABCDEF0123456789ABCDEF", "../0123456789abcdef0123456789abc"}) {
    EXPECT_FALSE(store_->Create(bad));
    EXPECT_FALSE(store_->OpenObject(bad));
    EXPECT_FALSE(store_->Remove(bad));
  }
}

TEST(ObjectName, P64_names_are_random) {
  SystemRandom random;
  std::set<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.insert(NewObjectName(random));
  EXPECT_EQ(names.size(), 10'000u);
}

}  // namespace
}  // namespace aplus::files
