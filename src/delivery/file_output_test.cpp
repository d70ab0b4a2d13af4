#include "delivery/file_output.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

class FileOutputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "file-output-XXXXXX";
    folder_ = mkdtemp(name.data());
    output_.emplace("lines", folder_ / "file", [](const omniwriter::Run& /*run*/, const FileOutput::Put& put) {
      for (int i = 0; i < kLines; ++i) put(line(i));
    });
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string line(int i) { return fmt::format("{:0>99}\n", i); }
  std::vector<OutputItem> items() {
    std::vector<OutputItem> items;
    output_->encode(testing::sample_run(), [&](OutputItem item) { items.push_back(std::move(item)); });
    return items;
  }
  SendReport send(const OutputItem& item) { return output_->send({&item, 1}, std::chrono::seconds(1)); }
  std::string content() {
    std::ifstream in(folder_ / "file");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static constexpr int kLines = 30'000;  // 3 MB
  fs::path folder_;
  std::optional<FileOutput> output_;
};

TEST_F(FileOutputTest, ALongFileGoesInPiecesAndIsSeenWhole) {
  const auto all = items();
  ASSERT_EQ(all.size(), 3U);
  std::uint64_t samples = 0;
  for (const OutputItem& item : all) {
    EXPECT_LT(item.bytes.size(), std::size_t{2} << 20);
    EXPECT_EQ(content(), "");
    EXPECT_TRUE(send(item).retryable.empty());
    samples += item.samples;
  }
  EXPECT_EQ(samples, testing::kSampleRunRequests);
  std::string expected;
  for (int i = 0; i < kLines; ++i) expected += line(i);
  EXPECT_TRUE(content() == expected);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(FileOutputTest, WhatIsGoneIsNotWrittenAround) {
  const auto all = items();
  EXPECT_TRUE(send(all[0]).retryable.empty());
  const SendReport report = send(all[2]);
  EXPECT_EQ(report.retryable.size(), 1U);
  EXPECT_EQ(report.retry, Retry::blocked);
  EXPECT_EQ(content(), "");
}

}  // namespace
}  // namespace omniwriter
