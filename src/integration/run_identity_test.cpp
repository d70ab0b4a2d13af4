#include "integration/run_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace omniwriter {
namespace {

Run run_of_one(const std::string& endpoint, std::int64_t duration_ns) {
  Run run;
  run.started_ns = 1'795'447'776'590'000'000;  // 2026-11-23T15:29:36.590Z
  run.ended_ns = run.started_ns + duration_ns;
  run.outcomes = {{"200", ""}};
  Series& series = run.series.emplace_back();
  series.endpoint = endpoint;
  series.total.response_time.add(duration_ns);
  series.total.outcomes.add(0, 1);
  return run;
}

TEST(RunIdentity, TheTestNameIsTheFileWithoutFolderAndEndings) {
  EXPECT_EQ(test_name_of("small.jtl"), "small");
  EXPECT_EQ(test_name_of("/a/b.c/small.jtl.gz"), "small");
  EXPECT_EQ(test_name_of("run.json.zst"), "run");
  EXPECT_EQ(test_name_of("v1.2.csv"), "v1.2");
  EXPECT_EQ(test_name_of("plain"), "plain");
  EXPECT_EQ(test_name_of(".csv"), ".csv");
  EXPECT_EQ(test_name_of("a.csv.csv"), "a.csv");
  EXPECT_EQ(test_name_of("-"), "stdin");
  EXPECT_EQ(test_name_of("folder/"), "test");
  EXPECT_EQ(test_name_of("bad\xff\n.csv"), "bad?");
}

FileReport file_with(std::int64_t start_ms, std::int64_t duration_ms, const std::string& endpoint) {
  FileReport report;
  report.first = FirstSample{start_ms * 1'000'000, duration_ms * 1'000'000, 100, endpoint, {"200", ""}};
  return report;
}

// Whatever comes behind: the id is known while the test goes on.
TEST(RunIdentity, TheIdDependsOnTheFirstSampleAndTheName) {
  constexpr std::int64_t kStart = 1'795'447'776'590;
  const auto id_of = [](const std::vector<FileReport>& files, const std::string& name = "test") {
    return run_id_of(run_of_one("/", 5), files, name);
  };
  const FileReport first = file_with(kStart, 12, "/");
  const std::string id = id_of({first});
  EXPECT_THAT(id, ::testing::MatchesRegex("20261123T152936Z-[0-9a-f]{6}"));
  EXPECT_TRUE(check_run_id(id));
  EXPECT_EQ(id, run_id_of(run_of_one("/other", 6), {first}, "test"));
  EXPECT_NE(id, id_of({first}, "other"));
  EXPECT_NE(id, id_of({file_with(kStart, 13, "/")}));
  EXPECT_NE(id, id_of({file_with(kStart + 1, 12, "/")}));
  EXPECT_NE(id, id_of({file_with(kStart, 12, "/x")}));
  // Parts of a file, in any order: the second may begin with a sample that took long.
  const FileReport slow = file_with(kStart - 3, 900, "/");
  EXPECT_EQ(id, id_of({first, slow}));
  EXPECT_EQ(id, id_of({slow, first}));
  EXPECT_EQ(id, id_of({FileReport(), first}));
}

TEST(RunIdentity, WithoutSamplesTheIdDependsOnAllNumbers) {
  const auto id_of = [](const omniwriter::Run& run) { return run_id_of(run, {}, "test"); };
  const std::string id = id_of(run_of_one("/", 5));
  EXPECT_THAT(id, ::testing::MatchesRegex("20261123T152936Z-[0-9a-f]{6}"));
  EXPECT_EQ(id, id_of(run_of_one("/", 5)));
  EXPECT_NE(id, id_of(run_of_one("/", 6)));
  EXPECT_NE(id, id_of(run_of_one("/x", 5)));
  EXPECT_NE(id, run_id_of(run_of_one("/", 5), {}, "other"));
  auto failed = run_of_one("/", 5);
  failed.outcomes = {{"500", "http_500"}};
  EXPECT_NE(id, id_of(failed));
}

TEST(RunIdentity, AnIdMayStandAnywhere) {
  EXPECT_TRUE(check_run_id("build-42:a_b.c"));
  for (const std::string& id : {std::string(), std::string("latest"), std::string("a b"), std::string("a/b"),
                                std::string("é"), std::string(129, 'a')}) {
    EXPECT_FALSE(check_run_id(id)) << id;
  }
}

}  // namespace
}  // namespace omniwriter
