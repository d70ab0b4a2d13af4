#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace omniwriter {
namespace {

class AtomicFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "omniwriter_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(AtomicFileTest, ReplacesAndLeavesNothingElse) {
  const auto path = folder_ / "a.prom";
  ASSERT_TRUE(write_file_atomically(path, "old and longer"));
  ASSERT_TRUE(write_file_atomically(path, "new"));
  EXPECT_EQ(read(path), "new");
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(AtomicFileTest, FailsWithoutATrace) {
  const auto missing = write_file_atomically(folder_ / "none" / "a", "x");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
  std::filesystem::create_directories(folder_ / "taken" / "x");
  EXPECT_FALSE(write_file_atomically(folder_ / "taken", "x"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace omniwriter
