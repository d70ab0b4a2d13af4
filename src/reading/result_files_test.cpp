#include "reading/result_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kTable = "timestamp,duration_ms,endpoint\n1795447776590,1,/a\n";
const std::string kLines = R"({"timestamp":1795447776590,"duration_ms":1,"endpoint":"/a"})"
                           "\n";

class ResultFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("omniwriter-files-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  std::filesystem::path folder_;
};

TEST_F(ResultFilesTest, AFolderStandsForItsResultFiles) {
  const std::string b = write("b.csv", kTable);
  const std::string a = write("a.csv", kTable);
  write(".hidden.csv", kTable);
  write("deeper/c.csv", kTable);
  const std::string page = write("report.html", "<html></html>");
  const auto found = find_result_files({folder_.string(), "-", "absent.csv"}, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->files, ElementsAre(a, b, "-", "absent.csv"));
  ASSERT_EQ(found->left_aside.size(), 1U);
  EXPECT_EQ(found->left_aside[0].file, page);
  EXPECT_EQ(found->left_aside[0].why, "an HTML page");
}

TEST_F(ResultFilesTest, WithoutAnyItStandsForThoseOneLevelDown) {
  const std::string one = write("generator-1/results.csv", kTable);
  const std::string two = write("generator-2/results.csv", kTable);
  write("generator-2/deeper/results.csv", kTable);
  write("readme.txt", "text\n");
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->files, ElementsAre(one, two));
}

TEST_F(ResultFilesTest, WhatMayTellOfTheSameRequestsIsForTheUserToChoose) {
  write("a.csv", kTable);
  write("a.ndjson", kLines);
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::usage);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("generic-csv"), HasSubstr("a.ndjson")));
}

TEST_F(ResultFilesTest, AnArchiveIsLikeAFolder) {
  const std::string archive = OMNIWRITER_SOURCE_DIR "/src/reading/testdata/kpi.tar.gz";
  const auto found = find_result_files({archive}, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->files, ElementsAre(archive + "/kpi.jtl"));
  std::filesystem::copy(archive, folder_ / "a.tar.gz");
  const std::string page = write("report.html", "<html></html>");
  const auto in_folder = find_result_files({folder_.string()}, {});
  ASSERT_TRUE(in_folder.has_value());
  EXPECT_THAT(in_folder->files, ElementsAre((folder_ / "a.tar.gz/kpi.jtl").string()));
}

TEST_F(ResultFilesTest, WhatIsNoResultIsCalledByItsName) {
  for (const auto& [content, name] :
       {std::pair<std::string, std::string>{"7z\xBC\xAF\x27\x1C", "7z"},
        {"Rar!\x1A\x07", "RAR"},
        {"%PDF-1.7", "PDF"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE HTML>\n<HTML>", "HTML"},
        {"\xD0\xCF\x11\xE0", "Excel"},
        {std::string("PK\x03\x04") + std::string(26, '\0') + "[Content_Types].xml xl/workbook.xml", "Excel"}}) {
    const auto kind = identify_file(write("file", content), {});
    ASSERT_TRUE(kind.has_value());
    EXPECT_THAT(kind->looks_like, HasSubstr(name));
  }
}

// Of two tools, and of one tool in two ways.
const std::string kWrk = "Running 8s test @ http://host/a\n  Thread Stats   Avg\n";
const std::string kVegetaJson = R"({"latencies":{"total":1},"bytes_in":{},"status_codes":{}})";
const std::string kVegetaText = "Requests  [total]  1\nLatencies  [mean]  1s\nStatus Codes  [code:count]  200:1\n";

TEST_F(ResultFilesTest, WhereThereAreNoSamplesASummaryCounts) {
  const std::string summary = write("deeper/wrk.txt", kWrk);
  write("report.html", "<html></html>");
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(found->files, ElementsAre(summary));
  ASSERT_EQ(found->left_aside.size(), 1U);
}

TEST_F(ResultFilesTest, SamplesCountBeforeSummaries) {
  const std::string samples = write("deeper/a.csv", kTable);
  const std::string summary = write("wrk.txt", kWrk);
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(found->files, ElementsAre(samples));
  ASSERT_EQ(found->left_aside.size(), 1U);
  EXPECT_EQ(found->left_aside[0].file, summary);
  EXPECT_EQ(found->left_aside[0].why, "wrk and wrk2 text");
}

TEST_F(ResultFilesTest, OfSummariesByOneToolTheOneThatTellsMostCounts) {
  write("a.txt", kVegetaText);
  const std::string json = write("b.json", kVegetaJson);
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(found->files, ElementsAre(json));
  EXPECT_EQ(found->left_aside.size(), 1U);
}

TEST_F(ResultFilesTest, SummariesByTwoToolsAreForTheUserToChoose) {
  write("a.txt", kVegetaText);
  write("b.txt", kWrk);
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::usage);
}

TEST_F(ResultFilesTest, AFolderWithoutResultFilesSaysWhatItHolds) {
  write("report.html", "<html></html>");
  const auto found = find_result_files({folder_.string()}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::input);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("no result file"), HasSubstr("an HTML page")));
}

FileReport report(const std::string& file, std::int64_t start_seconds, std::int64_t end_seconds,
                  std::uint64_t samples) {
  constexpr std::int64_t kStart = 1'795'447'776;
  FileReport made;
  made.file = file;
  made.started_ns = (kStart + start_seconds) * 1'000'000'000;
  made.ended_ns = (kStart + end_seconds) * 1'000'000'000;
  made.samples = samples;
  return made;
}

TEST(Doubts, GeneratorsOfOneRunRaiseNone) {
  EXPECT_THAT(consistency_warnings({}), IsEmpty());
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9)}), IsEmpty());
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("b", 2, 61, 9), report("c", 50, 90, 9)}), IsEmpty());
  EXPECT_THAT(consistency_warnings({report("a", 0, 600, 9), report("b", 5, 10, 9), report("c", 500, 510, 9)}),
              IsEmpty());
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("empty", -1'000'000, -1'000'000, 0)}), IsEmpty());
}

TEST(Doubts, FilesThatDoNotOverlap) {
  EXPECT_THAT(consistency_warnings({report("late", 3 * 3600 + 2, 3 * 3600 + 70, 9), report("a", 0, 60, 9)}),
              ElementsAre(AllOf(HasSubstr("late begins"), HasSubstr("3 h after a"), HasSubstr("time zones"))));
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("b", 19'800, 19'860, 9)}),
              ElementsAre(AllOf(HasSubstr("5:30 h"), HasSubstr("time zones"))));
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("b", 62, 122, 9)}),
              ElementsAre(AllOf(HasSubstr("62 s after a"), HasSubstr("clocks"))));
}

TEST(Doubts, TheSameTwice) {
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("b", 0, 60, 9)}), ElementsAre(HasSubstr("a and b")));
  EXPECT_THAT(consistency_warnings({report("a", 0, 60, 9), report("b", 0, 60, 10)}), IsEmpty());
}

}  // namespace
}  // namespace omniwriter
