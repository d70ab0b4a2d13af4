#include "reading/followed_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "model/aggregator.h"
#include "reading/reader.h"
#include "support/fake_clock.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class FollowedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "followed-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "results.log";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void append(const std::string& text, const char* name = "results.log") {
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << text;
  }
  void open() {
    auto file = FollowedFile::open(path_.string(), options_, clock_);
    ASSERT_TRUE(file) << file.error().message;
    file_ = *std::move(file);
  }
  std::string read() {
    std::array<char, 1000> block{};
    const auto n = file_->read(block.data(), block.size());
    return n ? std::string(block.data(), *n) : n.error().message;
  }

  testing::FakeClock clock_;
  FollowOptions options_;
  fs::path folder_;
  fs::path path_;
  std::unique_ptr<FollowedFile> file_;
};

TEST_F(FollowedFileTest, WaitsForWhatIsWrittenLater) {
  append("one\n");
  int looks = 0;
  options_.goes_on = [&] {
    if (++looks == 5) append("two\n");
    return true;
  };
  open();
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "two\n");
  EXPECT_GE(clock_.sleeps().size(), 1U);
}

TEST_F(FollowedFileTest, ReadsToTheEndOnceTheWriterIsDone) {
  append("one\n");
  options_.goes_on = [] { return false; };
  open();
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::done);
  EXPECT_TRUE(clock_.sleeps().empty());
}

TEST_F(FollowedFileTest, ReadsNoLongerThanThereIsTimeToEnd) {
  append(std::string(3000, 'x'));
  options_.goes_on = [] { return false; };
  options_.time_to_end = 2s;
  open();
  EXPECT_EQ(read().size(), 1000U);
  clock_.advance(1s);
  EXPECT_EQ(read().size(), 1000U);
  clock_.advance(2s);
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::stopped);
}

// What was written just before the writer said that it is done must not be missed.
TEST_F(FollowedFileTest, ReadsWhatCameWithTheLastWord) {
  append("one\n");
  bool done = false;
  options_.goes_on = [&] {
    if (!done && file_ != nullptr && file_->raw_bytes_read() == 4) {
      append("two\n");
      done = true;
    }
    return !done;
  };
  open();
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "two\n");
  EXPECT_EQ(read(), "");
}

TEST_F(FollowedFileTest, EndsWhenNothingCameForAWhile) {
  options_.idle = 30s;
  append("one\n");
  open();
  EXPECT_EQ(read(), "one\n");
  const auto before = clock_.steady();
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::idle);
  EXPECT_GE(clock_.steady() - before, 30s);
}

TEST_F(FollowedFileTest, EndsWithTheMarkOfTheFormat) {
  append("<x>\n</x>\n ");
  open();
  file_->set_end_mark("</x>");
  EXPECT_EQ(read(), "<x>\n</x>\n ");
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::mark);
}

TEST_F(FollowedFileTest, ReadsARotatedFileToItsEnd) {
  append("one\n");
  open();
  EXPECT_EQ(read(), "one\n");
  fs::rename(path_, folder_ / "results.log.1");
  append("two\n", "results.log.1");  // its writer has not noticed yet
  append("three\n");
  EXPECT_EQ(read(), "two\n");
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::rotated);
}

TEST_F(FollowedFileTest, NoticesThatItWasCut) {
  append("one\ntwo\n");
  open();
  EXPECT_EQ(read(), "one\ntwo\n");
  fs::resize_file(path_, 0);
  append("3\n");
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::truncated);
}

TEST_F(FollowedFileTest, NoticesThatItWasCutAndHasGrownPastItsPlaceAgain) {
  append("one\n");
  open();
  EXPECT_EQ(read(), "one\n");
  fs::resize_file(path_, 0);
  append("another, and longer\n");
  EXPECT_EQ(read(), "");
  EXPECT_EQ(file_->ended_by(), FollowedFile::End::truncated);
}

TEST_F(FollowedFileTest, KnowsTheFileUnderAnotherName) {
  append("one\n");
  open();
  EXPECT_EQ(read(), "one\n");
  append("two\n");
  fs::rename(path_, folder_ / "x");
  append("one\n");
  EXPECT_TRUE(file_->identity().is_still(*identity_of((folder_ / "x").string())));
  EXPECT_FALSE(file_->identity().is_still(*identity_of(path_.string())));
  EXPECT_FALSE(identity_of((folder_ / "none").string()));
}

TEST_F(FollowedFileTest, WaitsForAFileThatIsNotThereYet) {
  int looks = 0;
  options_.goes_on = [&] {
    if (++looks == 3) append("x");
    return true;
  };
  EXPECT_TRUE(wait_for_file(path_.string(), options_, clock_));
  options_.goes_on = [] { return false; };
  EXPECT_FALSE(wait_for_file((folder_ / "none").string(), options_, clock_));
}

TEST_F(FollowedFileTest, RefusesAFolder) {
  EXPECT_EQ(FollowedFile::open(folder_.string(), options_, clock_).error().message,
            folder_.string() + " is a folder: name the result file in it");
}

/// What reading gives that begins at a place and goes to the end.
struct Part {
  std::uint64_t samples = 0;
  std::uint64_t bad_records = 0;
  std::vector<std::optional<ReadPlace>> places;  // told while it was read
  std::vector<std::uint64_t> samples_before;     // so many were read by then
};

class FollowedPlaces : public FollowedFileTest {
 protected:
  Part follow(const std::optional<ReadPlace>& from = {}) {
    Part part;
    Aggregator aggregator;
    FileReport report;
    options_.goes_on = [&] {
      part.places.push_back(report.place);
      part.samples_before.push_back(aggregator.samples());
      return false;
    };
    open();
    const auto read = follow_file(*file_, aggregator, {}, report, from);
    EXPECT_TRUE(read) << read.error().message;
    part.samples = aggregator.samples();
    part.bad_records = report.bad_records;
    return part;
  }
};

TEST_F(FollowedPlaces, ReadingGoesOnAtAnyOfThem) {
  std::string text = "timestamp,duration_ms,endpoint,status\n";
  for (int i = 0; i < 20'000; ++i) {
    text += i % 50 == 7 ? "broken\n" : fmt::format("{},{},\"/{}\nb\",200\n", 1795447776590 + i, 1 + i % 90, i % 7);
  }
  append(text);
  const Part whole = follow();
  ASSERT_EQ(whole.samples, 19'600U);
  std::size_t places = 0;
  for (std::size_t i = 0; i < whole.places.size(); ++i) {
    if (!whole.places[i]) continue;
    ++places;
    const Part rest = follow(whole.places[i]);
    EXPECT_EQ(whole.samples_before[i] + rest.samples, whole.samples) << whole.places[i]->bytes;
    EXPECT_LE(rest.bad_records, whole.bad_records);
  }
  EXPECT_GE(places, 3U);
}

TEST_F(FollowedPlaces, ThereAreNoneWhereRecordsNeedThoseBefore) {
  append("timeStamp,elapsed,label,responseCode,threadName,success\n1795447776590,5,a,200,t 1-1,true\n");
  for (const auto& place : follow().places) EXPECT_FALSE(place);
}

TEST_F(FollowedPlaces, ThereAreNoneInAnotherEncoding) {
  append("\xEF\xBB\xBFtimestamp,duration_ms,endpoint,status\n1795447776590,5,/a,200\n");
  const Part whole = follow();
  EXPECT_EQ(whole.samples, 1U);
  EXPECT_FALSE(whole.places.back());
}

}  // namespace
}  // namespace omniwriter
