#include "gateway/http/static_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gateway/http/head_scanner.h"

namespace aplus::gateway {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("aplus-static-" + std::to_string(::getpid()));
    fs::remove_all(root_);
    Write("web/index.html", "<!doctype html>");
    Write("web/assets/app-DiwrgTda.js", "code()");
    Write("web/assets/app-DiwrgTda.js.gz", "GZIP");
    Write("web/assets/app-DiwrgTda.js.br", "BROTLI");
    Write("web/assets/logo.svg", "<svg/>");
    Write("web/favicon.ico", "icon");
    Write("web/api/index.html", "the api");
    Write("web/secret.key", "not served");
    Write("web/.env", "not served");
    Write("outside.txt", "outside");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << content;
  }

  std::optional<Response> Find(const StaticFiles& files, std::string path, std::string fields = "") {
    bytes_ = "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    static const std::vector<std::string> kNames = {"a"};
    HeadScanner scanner(kNames);
    if (scanner.Scan(bytes_) != HeadScanner::Verdict::kComplete) return std::nullopt;
    return files.Find(scanner.head());
  }
  std::string Body(const StaticFiles& files, std::string path, std::string fields = "") {
    const auto response = Find(files, path, fields);
    return response ? std::string(response->Body()) : "none";
  }

  fs::path root_;
  std::string bytes_;
};

TEST_F(StaticFilesTest, ServesPagesAndTheirParts) {
  const auto files = StaticFiles::Load((root_ / "web").string());
  ASSERT_TRUE(files) << files.error().diagnostic;
  EXPECT_EQ(Body(*files, "/"), "<!doctype html>");
  EXPECT_EQ(Body(*files, "/index.html"), "<!doctype html>");
  EXPECT_EQ(Body(*files, "/connexion"), "<!doctype html>");
  EXPECT_EQ(Body(*files, "/demandes/0190-1234?onglet=1"), "<!doctype html>");
  EXPECT_EQ(Body(*files, "/api"), "the api");
  EXPECT_EQ(Body(*files, "/api/"), "the api");
  EXPECT_EQ(Body(*files, "/assets/nothing.js"), "none");
  const auto page = Find(*files, "/connexion");
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page->cache_control, "no-cache");
  const auto script = Find(*files, "/assets/app-DiwrgTda.js");
  EXPECT_EQ(script->cache_control, "public, max-age=31536000, immutable");
  EXPECT_EQ(Find(*files, "/assets/logo.svg")->cache_control, "no-cache");
}

TEST_F(StaticFilesTest, NeverLeavesItsFolderNorShowsWhatIsNoPage) {
  const auto files = StaticFiles::Load((root_ / "web").string());
  ASSERT_TRUE(files);
  for (const char* path :
       {"/secret.key", "/.env", "/outside.txt", "/web/outside.txt", "/assets/app-DiwrgTda.js.gz",
        "/..%2foutside.txt", "/../outside.txt", "/assets/../secret.key", "//outside.txt"}) {
    const std::string body = Body(*files, path);
    EXPECT_TRUE(body == "none") << path << ": " << body;
  }
  fs::create_symlink(root_ / "outside.txt", root_ / "web" / "link.txt");
  EXPECT_FALSE(StaticFiles::Load((root_ / "web").string()));
  EXPECT_FALSE(StaticFiles::Load((root_ / "nothing").string()));
}

TEST_F(StaticFilesTest, CompressedFormsWhereTheyAreAccepted) {
  const auto files = StaticFiles::Load((root_ / "web").string());
  ASSERT_TRUE(files);
  const std::string script = "/assets/app-DiwrgTda.js";
  EXPECT_EQ(Body(*files, script), "code()");
  EXPECT_EQ(Body(*files, script, "Accept-Encoding: gzip, deflate, br\r\n"), "BROTLI");
  EXPECT_EQ(Body(*files, script, "Accept-Encoding: gzip;q=0.5\r\n"), "GZIP");
  EXPECT_EQ(Body(*files, script, "Accept-Encoding: br;q=0, gzip\r\n"), "GZIP");
  EXPECT_EQ(Body(*files, script, "Accept-Encoding: identity\r\n"), "code()");
  EXPECT_EQ(Body(*files, "/favicon.ico", "Accept-Encoding: br\r\n"), "icon");
}

TEST_F(StaticFilesTest, UnchangedFilesAreNotSentAgain) {
  const auto files = StaticFiles::Load((root_ / "web").string());
  ASSERT_TRUE(files);
  const auto first = Find(*files, "/");
  const std::string etag = first->fields.front().second;
  const auto second = Find(*files, "/", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(second->status, 304);
  EXPECT_EQ(second->Body(), "");
  EXPECT_EQ(Find(*files, "/", "If-None-Match: W/\"other\"\r\n")->status, 200);
}

}  // namespace
}  // namespace aplus::gateway
