#include "integration/run_environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace omniwriter {
namespace {

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

class RunEnvironmentTest : public ::testing::Test {
 protected:
  RunEnvironmentTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "run_environment_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~RunEnvironmentTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(const std::string& file, const std::string& content) const {
    std::filesystem::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << content << "\n";
  }
  std::string value(const std::string& name, const std::string& folder = "project/deep") const {
    std::filesystem::create_directories(folder_ / folder);
    const auto nothing = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    const auto known = run_environment({}, nothing, folder_ / folder);
    const auto found = known.find(name);
    return found == known.end() ? "" : found->second;
  }

  std::filesystem::path folder_;
};

TEST_F(RunEnvironmentTest, ACheckoutIsReadWithoutGit) {
  write("project/.git/HEAD", "ref: refs/heads/feature/x");
  EXPECT_EQ(value("git_branch"), "feature/x");
  EXPECT_EQ(value("git_commit"), "");
  write("project/.git/packed-refs", "# pack-refs\n" + kCommit + " refs/heads/feature/x");
  EXPECT_EQ(value("git_commit"), kCommit);
  write("project/.git/refs/heads/feature/x", std::string(40, 'a'));
  EXPECT_EQ(value("git_commit"), std::string(40, 'a'));
  write("tree/.git", "gitdir: ../project/.git/worktrees/tree");
  write("project/.git/worktrees/tree/HEAD", kCommit);
  EXPECT_EQ(value("git_commit", "tree"), kCommit);
  write("project/.git/worktrees/tree/HEAD", "ref: refs/heads/feature/x");
  write("project/.git/worktrees/tree/commondir", "../..");
  EXPECT_EQ(value("git_commit", "tree"), std::string(40, 'a'));
}

TEST_F(RunEnvironmentTest, ContinuousIntegrationKnowsBetter) {
  const auto github = [](const std::string& name) -> std::optional<std::string> {
    if (name == "GITHUB_SHA") return kCommit;
    if (name == "GITHUB_HEAD_REF") return "";
    if (name == "GITHUB_REF_NAME") return "main";
    return std::nullopt;
  };
  const auto known = run_environment({}, github, folder_);
  EXPECT_EQ(known.at("git_commit"), kCommit);
  EXPECT_EQ(known.at("git_branch"), "main");
  EXPECT_FALSE(known.at("host").empty());
  EXPECT_FALSE(known.at("kernel").empty());
  EXPECT_FALSE(known.contains("configuration"));
}

TEST(MaskedCommand, KeepsNoSecret) {
  EXPECT_EQ(masked_command({"k6", "run", "--vus", "10", "script.js"}), "k6 run --vus 10 script.js");
  for (const auto& argv : std::vector<std::vector<std::string>>{{"k6", "-e", "TOKEN=canary"},
                                                                {"hey", "-a", "user:canary", "http://host/"},
                                                                {"x", "--password", "canary"},
                                                                {"x", "--api-key=canary"},
                                                                {"jmeter", "-Jpassword=canary"},
                                                                {"wrk", "-H", "Authorization: Bearer canary"},
                                                                {"ab", "http://user:canary@host/?token=canary"}}) {
    EXPECT_EQ(masked_command(argv).find("canary"), std::string::npos) << masked_command(argv);
  }
}

}  // namespace
}  // namespace omniwriter
