#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <thread>

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
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(AtomicFileTest, KeepsTheModeOfTheFileOrHeedsTheUmask) {
  const auto mode_of = [](const std::filesystem::path& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777U;
  };
  const mode_t usual = umask(0027);
  ASSERT_TRUE(write_file_atomically(folder_ / "new", "x"));
  ASSERT_TRUE(write_file_atomically(folder_ / "secret", "x", FileAccess::owner_only));
  umask(usual);
  EXPECT_EQ(mode_of(folder_ / "new"), 0640U);
  EXPECT_EQ(mode_of(folder_ / "secret"), 0600U);
  ASSERT_EQ(chmod((folder_ / "new").c_str(), 0604), 0);
  ASSERT_TRUE(write_file_atomically(folder_ / "new", "y"));
  EXPECT_EQ(mode_of(folder_ / "new"), 0604U);
  ASSERT_EQ(chmod((folder_ / "secret").c_str(), 0644), 0);
  ASSERT_TRUE(write_file_atomically(folder_ / "secret", "y", FileAccess::owner_only));
  EXPECT_EQ(mode_of(folder_ / "secret"), 0600U);
}

TEST_F(AtomicFileTest, ALinkStaysALink) {
  std::filesystem::create_symlink("file", folder_ / "link");
  ASSERT_TRUE(write_file_atomically(folder_ / "file", "old"));
  ASSERT_TRUE(write_file_atomically(folder_ / "link", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(read(folder_ / "file"), "new");
}

TEST_F(AtomicFileTest, PipesAreWrittenTo) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto unread = write_file_atomically(pipe, "x");
  ASSERT_FALSE(unread) << "nobody reads";
  EXPECT_EQ(unread.error().code, ErrorCode::io);
  std::string text;
  std::jthread reader([&] { text = read(pipe); });
  const std::string sent(1'000'000, 'x');
  while (!write_file_atomically(pipe, sent)) std::this_thread::yield();  // until it is open
  reader.join();
  EXPECT_EQ(text, sent);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST_F(AtomicFileTest, PiecesAreSeenOnceAllAreThere) {
  const auto file = folder_ / "file";
  ASSERT_TRUE(write_file_atomically(file, "before"));
  ASSERT_TRUE(write_piece(file, 0, "one,", false));
  ASSERT_TRUE(write_piece(file, 4, "two,", false));
  EXPECT_EQ(read(file), "before");
  ASSERT_TRUE(write_piece(file, 4, "TWO,", false)) << "once more, after a kill";
  ASSERT_TRUE(write_piece(file, 8, "three", true));
  EXPECT_EQ(read(file), "one,TWO,three");
  EXPECT_TRUE(write_piece(file, 8, "three", true)) << "once more, after a kill";
  EXPECT_FALSE(write_piece(file, 8, "other", true));
  EXPECT_EQ(read(file), "one,TWO,three");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(AtomicFileTest, PiecesThatAreGoneAreNoFile) {
  const auto file = folder_ / "file";
  ASSERT_TRUE(write_piece(file, 0, "one,", false));
  const auto hole = write_piece(file, 8, "three", true);
  ASSERT_FALSE(hole);
  EXPECT_NE(hole.error().message.find("before is gone"), std::string::npos) << hole.error().message;
  drop_pieces(file);
  EXPECT_FALSE(write_piece(file, 4, "two", true));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(AtomicFileTest, OneFileUnderTwoNames) {
  const auto file = folder_ / "file";
  ASSERT_TRUE(write_file_atomically(file, "x"));
  ASSERT_TRUE(write_file_atomically(folder_ / "other", "x"));
  std::filesystem::create_symlink("file", folder_ / "link");
  std::filesystem::create_hard_link(file, folder_ / "hard");
  std::filesystem::create_directory_symlink(folder_, folder_ / "folder");
  for (const char* name : {"file", "link", "hard", "folder/file", "./file"}) {
    EXPECT_TRUE(is_same_file(file, folder_ / name)) << name;
    EXPECT_TRUE(is_same_file(folder_ / name, file)) << name;
  }
  EXPECT_FALSE(is_same_file(file, folder_ / "other"));
  EXPECT_FALSE(is_same_file(file, folder_ / "none"));
  EXPECT_TRUE(is_same_file(folder_ / "none", folder_ / "folder" / "none"));
  EXPECT_FALSE(is_same_file("/dev/null", "/dev/null"));
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
