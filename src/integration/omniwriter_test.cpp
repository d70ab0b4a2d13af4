#include "omniwriter/omniwriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

constexpr std::chrono::sys_time<std::chrono::nanoseconds> kStart{1'760'000'000s};

class OmniWriterTest : public ::testing::Test {
 protected:
  OmniWriterTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("config.json", R"({"outputs": {"ndjson": ")" + delivered_.string() + R"("}})");
  }
  ~OmniWriterTest() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }
  OmniWriter open() const {
    auto opened = OmniWriter::open({.config = folder_ / "config.json", .store = folder_ / "runs.db"});
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  fs::path results(int last_ms = 300) const {
    return write("shop.csv",
                 "timestamp,duration_ms,endpoint,status\n1760000000000,100,/cart,200\n"
                 "1760000000500,200,/cart,200\n1760000001000," +
                     std::to_string(last_ms) + ",/pay,500\n");
  }

  const fs::path folder_ = fs::temp_directory_path() / ("omniwriter-face-" + std::to_string(::getpid()));
  const fs::path delivered_ = folder_ / "delivered.ndjson";
};

TEST_F(OmniWriterTest, IngestsReadsAndDelivers) {
  OmniWriter omni = open();
  const auto run = omni.ingest({results()}, {.tags = {{"build", "7"}}});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->info.test_name, "shop");
  const Tally total = run->total();
  EXPECT_EQ(total.samples(), 3U);
  EXPECT_EQ(run->errors(total), 1U);
  EXPECT_NEAR(total.quantile(0.5).value(), 0.2, 0.001);
  std::vector<std::uint64_t> seconds;
  run->for_each_total([&](std::int64_t /*slot*/, const Tally& tally) { seconds.push_back(tally.samples()); });
  EXPECT_THAT(seconds, ElementsAre(2, 1));

  const auto rows = omni.runs();
  ASSERT_TRUE(rows);
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_EQ(rows->front().tags.at("build"), "7");
  const auto loaded = omni.load("latest");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->info.run_id, run->info.run_id);

  EXPECT_FALSE(fs::exists(delivered_));
  EXPECT_EQ(omni.ledger("shop")->front().pending, 3U) << "any later process can deliver it";
  const auto ledger = omni.deliver(run->info.run_id);
  ASSERT_TRUE(ledger) << ledger.error().message;
  ASSERT_THAT(*ledger, SizeIs(1));
  EXPECT_TRUE(ledger->front().closed());
  EXPECT_EQ(ledger->front().accepted, 3U);
  EXPECT_TRUE(fs::exists(delivered_));

  fs::remove(delivered_);
  EXPECT_TRUE(omni.deliver("shop")->front().closed());
  EXPECT_FALSE(fs::exists(delivered_)) << "what was delivered is not sent again";
  EXPECT_TRUE(omni.ingest({results()})) << "the same results once more";
  EXPECT_TRUE(omni.ledger("shop")->front().closed());
}

TEST_F(OmniWriterTest, KeepsARunThatIsToBeDeliveredLater) {
  OmniWriter omni = open();
  ASSERT_TRUE(omni.ingest({results()}, {.run_id = "a", .deliver = false}));
  EXPECT_THAT(*omni.ledger("a"), IsEmpty());
  EXPECT_EQ(omni.deliver("a")->front().accepted, 3U);
}

TEST_F(OmniWriterTest, RecordsATestOfSeveralThreads) {
  OmniWriter omni = open();
  auto recorder = omni.record({.test_name = "own"});
  ASSERT_TRUE(recorder) << recorder.error().message;
  constexpr int kThreads = 4;
  constexpr int kEach = 3'000;  // several batches
  recorder->set_active_users(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          recorder->add({.endpoint = "query",
                         .start = kStart + i * 1ms,
                         .duration = 5ms,
                         .status = "error",
                         .error_type = i == 0 ? "timeout" : "",
                         .bytes_received = 10});
        }
      });
    }
  }
  recorder->add({.endpoint = "query", .start = kStart, .duration = -1ms});
  const auto run = recorder->finish();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->total().samples(), kThreads * kEach);
  EXPECT_EQ(run->errors(run->total()), kThreads);
  EXPECT_EQ(run->bytes_received(run->total()), 10U * kThreads * kEach);
  EXPECT_EQ(run->bytes_sent(run->total()), std::nullopt) << "nobody told them";
  EXPECT_EQ(run->active_users_max(), kThreads);
  EXPECT_THAT(run->info.files, IsEmpty());
  ASSERT_EQ(run->bad_records, 1U);
  EXPECT_EQ(run->bad_record_reports.front().line, kThreads * kEach + 1U);
  EXPECT_EQ(recorder->finish().error().code, ErrorCode::input) << "nothing is left";
  EXPECT_EQ(omni.deliver("own")->front().accepted, kThreads * kEach);
}

TEST_F(OmniWriterTest, TellsWhatIsNotThere) {
  OmniWriter omni = open();
  EXPECT_EQ(omni.load("absent").error().code, ErrorCode::not_found);
  EXPECT_EQ(omni.deliver("absent").error().code, ErrorCode::not_found);
  EXPECT_EQ(omni.ingest({folder_ / "absent.jtl"}).error().code, ErrorCode::not_found);
}

TEST_F(OmniWriterTest, TellsWhatCannotBe) {
  OmniWriter omni = open();
  EXPECT_EQ(omni.ingest({}).error().code, ErrorCode::usage);
  EXPECT_EQ(omni.ingest({results(), results()}).error().code, ErrorCode::usage) << "the same file twice";
  EXPECT_EQ(omni.ingest({results()}, {.run_id = "a b"}).error().code, ErrorCode::usage);
  EXPECT_EQ(omni.ingest({results()}, {}, {.map = {"nothing"}}).error().code, ErrorCode::usage);
  EXPECT_EQ(omni.ingest({write("page.html", "<html></html>")}).error().code, ErrorCode::input);
  EXPECT_EQ(omni.record({}).error().code, ErrorCode::usage) << "it needs a name";
  EXPECT_EQ(OmniWriter::open({.config = folder_ / "absent.json"}).error().code, ErrorCode::usage);
  EXPECT_THAT(*omni.runs(), IsEmpty());
}

TEST_F(OmniWriterTest, OtherResultsUnderAnIdThatWasDeliveredAreAConflict) {
  OmniWriter omni = open();
  ASSERT_TRUE(omni.ingest({results(300)}, {.run_id = "a"}));
  ASSERT_TRUE(omni.deliver("a"));
  EXPECT_EQ(omni.ingest({results(400)}, {.run_id = "a"}).error().code, ErrorCode::conflict);
  EXPECT_NEAR(omni.load("a")->total().maximum().value(), 0.3, 1e-9) << "the run is as it was";
  EXPECT_TRUE(omni.ingest({results(400)}, {.run_id = "b"}));
}

}  // namespace
}  // namespace omniwriter
