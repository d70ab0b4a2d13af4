#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/bounded_name.h"
#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_gatling();

namespace {

using test::ParsedFile;

std::string testdata(const std::string& name) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/gatling/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  EXPECT_TRUE(input_gatling().recognises(content));
  const auto session = input_gatling().open(content, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

const std::string kRun = "RUN\tSim\tsim\t1795447509141\t \t3.10.5\n";
const std::string kRequest = "REQUEST\t\thome\t1795447511034\t1795447511239\tOK\t \n";

// Records of each kind out of a run of Gatling 3.10.5, and a failure of each kind.
TEST(Gatling, AGenuineExcerpt) {
  const ParsedFile file = parse(testdata("excerpt.log"));
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.count(SampleKind::request), 17U);
  EXPECT_EQ(file.count(SampleKind::request, true), 4U);
  EXPECT_EQ(file.count(SampleKind::transaction), 6U);

  EXPECT_EQ(file.samples[0].endpoint, "order");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"ok", ""}));
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'511'034'000'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 205'000'000);
  EXPECT_EQ(file.samples[1].endpoint, "home group / home");

  const auto group = std::find_if(file.samples.begin(), file.samples.end(), [](const test::ParsedSample& s) {
    return s.sample.kind == SampleKind::transaction && s.endpoint == "home group / nested";
  });
  ASSERT_NE(group, file.samples.end());
  EXPECT_EQ(group->sample.start_ns, 1'795'447'511'276'000'000);
  EXPECT_EQ(group->sample.duration_ns, 6'000'000);  // of 8 from start to end

  std::vector<std::string> failures;
  for (const test::ParsedSample& s : file.samples) {
    EXPECT_EQ(s.message.empty(), s.sample.kind != SampleKind::request || s.outcome.error_type.empty());
    if (!s.outcome.error_type.empty()) failures.push_back(s.outcome.error_type);
  }
  std::sort(failures.begin(), failures.end());
  EXPECT_EQ(failures, (std::vector<std::string>{"connection_closed", "http_404", "http_500", "timeout"}));
}

TEST(Gatling, UsersAreCounted) {
  const ParsedFile file =
      parse(kRun + "USER\tBuy\tSTART\t1795447511000\nUSER\tBuy\tSTART\t1795447511001\n" +
            "REQUEST\t\thome\t1795447511034\t1795447515239\tOK\t \n" +
            "USER\tBuy\tEND\t1795447516000\nUSER\tBuy\tEND\t1795447516001\n" + "USER\tBuy\tEND\t1795447516002\n");
  std::vector<std::uint32_t> users;
  for (const ActiveUsers& point : file.active_users) users.push_back(point.users);
  EXPECT_EQ(users, (std::vector<std::uint32_t>{1, 2, 2, 1, 0, 0}));
  EXPECT_EQ(file.active_users[2].time_ns, 1'795'447'515'239'000'000);
}

// Editors and git hooks cut blanks at the end of lines.
TEST(Gatling, TheBlankAtTheEndMayBeGone) {
  const ParsedFile file = parse(kRun + "REQUEST\t\thome\t1795447511034\t1795447511239\tOK\n" +
                                "REQUEST\tg\thome\t1795447511034\t1795447511239\tKO\n" +
                                "REQUEST\t\thome\t1795447511034\t1795447511239\tOK\t\n" +
                                "REQUEST\t\thome\t1795447511034\t1795447511239\tKO\tOK\n" + kRequest);
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.count(SampleKind::request), 5U);
  EXPECT_EQ(file.count(SampleKind::request, true), 2U);
  ASSERT_EQ(file.samples.size(), 5U);
  EXPECT_EQ(file.samples[1].endpoint, "g / home");
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"error", "OK"}));
  EXPECT_EQ(file.samples[1].message, "");
  EXPECT_EQ(file.samples[3].message, "OK");
}

// Gatling writes names as they are; its own report fails on such a file.
TEST(Gatling, ATabInANameStaysThere) {
  const ParsedFile file = parse(testdata("tab-in-name.log"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, "flaky\ttab, \"q\"");
}

TEST(Gatling, UpTo33UsersHaveNumbers) {
  for (const std::string version : {"3.0.0", "3.3.1"}) {
    const ParsedFile file =
        parse("RUN\tSim\tsim\t1544443200000\t \t" + version + "\nUSER\tBuy\t1\tSTART\t1544443200100\t1544443200100\n" +
              "REQUEST\t1\tcart,items\tadd\t1544443200110\t1544443200150\tOK\t \n" +
              "GROUP\t1\tcart,"
              "items\t1544443200110\t1544443200150\t40\tOK\nUSER\tBuy\t1\tEND\t1544443200100\t1544443200270\n");
    EXPECT_EQ(file.bad_record_count, 0U);
    ASSERT_EQ(file.samples.size(), 2U);
    EXPECT_EQ(file.samples[0].endpoint, "cart / items / add");
    EXPECT_EQ(file.samples[1].endpoint, "cart / items");
    ASSERT_EQ(file.active_users.size(), 2U);
    EXPECT_EQ(file.active_users[1].time_ns, 1'544'443'200'270'000'000);
    EXPECT_EQ(file.active_users[1].users, 0U);
  }
}

// As LogFileDataWriter of Gatling 2.3.1 writes them.
TEST(Gatling, Version2HasScenariosAndUsersInFrontAndMoreBehind) {
  const ParsedFile file = parse(
      "RUN\tSim\t\tsim\t1510843766393\t \t2.0\nUSER\tBuy\t1\tSTART\t1510843766900\t1510843766901\n"
      "REQUEST\tBuy\t1\tcart,items\tadd\t1510843767043\t1510843767234\tOK\t \t200\tOK\n"
      "REQUEST\tBuy\t1\t\thome\t1510843767300\t1510843767400\tKO\tstatus.find.is(200), but actually found 500\n"
      "GROUP\tBuy\t1\tcart,items\t1510843767043\t1510843767234\t191\tOK\n"
      "GROUP\tno attribute named 'x' is defined\t1510843767500\nUSER\tBuy\t1\tEND\t1510843766900\t1510843767600\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].endpoint, "cart / items / add");
  EXPECT_EQ(file.samples[0].outcome.error_type, "");
  EXPECT_EQ(file.samples[0].sample.duration_ns, 191'000'000);
  EXPECT_EQ(file.samples[1].endpoint, "home");
  EXPECT_EQ(file.samples[1].outcome.error_type, "http_500");
  EXPECT_EQ(file.samples[2].endpoint, "cart / items");
  EXPECT_EQ(file.active_users.back().users, 0U);
}

TEST(Gatling, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::vector<std::string> bad{
      "REQUEST",
      "REQUEST\t\thome\t1795447511034\t1795447511239\tMAYBE\t ",
      "REQUEST\t\thome\t1795447511034\t-9223372036854775808\tOK\t ",
      "REQUEST\t\thome\t1795447511034\t99999999999999999999\tOK\t ",
      "REQUEST\t\thome\t1795447511239\t1795447511034\tOK\t ",
      "REQUEST\t\thome\t1795447511.5\t1795447511239\tOK\t ",
      "REQUEST\thome\t1795447511034\t1795447511239\tOK\t ",
      "GROUP\ta\t1795447511034\t1795447511239\t-1\tOK",
      "GROUP\t1795447511034\t1795447511239\t1\tOK",
      "USER\tBuy\tSTOP\t1795447511034",
      "USER\tBuy\tSTART\t17",
      "request\t\thome\t1795447511034\t1795447511239\tOK\t ",
      std::string("\0\xFF\t\t\t\t\t\t", 8),
  };
  std::string content = kRun + kRequest;
  for (const std::string& line : bad) content += line + "\n";
  const ParsedFile file = parse(content + "\n" + kRequest);
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << bad[i];
}

TEST(Gatling, TheFileOfAKilledRunLosesOneRecord) {
  const ParsedFile file = parse(kRun + kRequest + kRequest.substr(0, 30));
  EXPECT_EQ(file.samples.size(), 1U);
  ASSERT_EQ(file.bad_records.size(), 1U);
  EXPECT_EQ(file.bad_records[0].line, 3U);
  EXPECT_NE(file.bad_records[0].reason.find("the file ends within a record"), std::string::npos);
}

TEST(Gatling, HugeLinesAndHostileNamesAreRead) {
  const std::string name = std::string(3'000'000, 'x') + "\xFF\"\x1B[31m";
  const ParsedFile file =
      parse(kRun + "REQUEST\ta,,b\t" + name + "\t1795447511034\t1795447511239\tKO\t" + name + "\n" + kRequest);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, bounded_name("a /  / b / " + name));
  EXPECT_LE(file.samples[0].outcome.error_type.size(), 64U);
}

TEST(Gatling, TheResultDoesNotDependOnTheChunks) {
  const std::string content = testdata("excerpt.log");
  const auto session = input_gatling().open(content, {});
  const ParsedFile whole = parse(content);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    const ParsedFile parts = parse(content, {cut});
    ASSERT_EQ(test::difference(**session, whole, parts), "") << "cut at " << cut;
    ASSERT_EQ(parts.active_users.back().users, whole.active_users.back().users) << "cut at " << cut;
  }
}

TEST(Gatling, IsKnownByItsRunRecord) {
  const InputFormat& format = input_gatling();
  EXPECT_TRUE(format.recognises(kRun));
  EXPECT_TRUE(format.recognises("ASSERTION\tAAEDAA==\nRUN\tSim\tsim\t1795447509141\ta\tb\t3.4.0\r\n"));
  EXPECT_FALSE(format.recognises("ASSERTION\tAAEDAA==\nREQUEST\t\n"));
  EXPECT_FALSE(format.recognises("RUN\tfast\n"));
  EXPECT_FALSE(format.recognises("RUN\ta\tb\tc\td\te\n"));
}

TEST(Gatling, UsersAreCountedByScenario) {
  const auto run = test::run_of_file(
      input_gatling(), kRun + "USER\tBuy\tSTART\t1795447511000\nUSER\tBrowse, \"shop\"\tSTART\t1795447511001\n" +
                           "USER\tBuy\tSTART\t1795447511002\nREQUEST\t\thome\t1795447511034\t1795447515239\tOK\t \n" +
                           "USER\tBuy\tEND\t1795447516000\nUSER\tBuy\tEND\t1795447517001\n");
  EXPECT_EQ(run.active_users_max(), 3U);
  ASSERT_EQ(run.users_by_scenario.size(), 2U);
  using Users = std::map<std::int64_t, std::uint32_t>;
  EXPECT_EQ(run.users_by_scenario.at("Buy"),
            (Users{{1'795'447'511, 2}, {1'795'447'515, 2}, {1'795'447'516, 1}, {1'795'447'517, 0}}));
  EXPECT_EQ(run.users_by_scenario.at("Browse, \"shop\""), (Users{{1'795'447'511, 1}, {1'795'447'515, 1}}));
}

TEST(Gatling, GroupsAndScenariosAreDimensions) {
  const std::string content =
      "RUN\tSim\t\tsim\t1510843766393\t \t2.0\n"
      "REQUEST\tBuy\t1\tcart,items\tadd\t1510843767043\t1510843767234\tOK\t \n"
      "REQUEST\tBuy\t1\t\thome\t1510843767300\t1510843767400\tKO\tstatus.find.is(200), but actually found 500\n"
      "REQUEST\tLook\t1\t\thome\t1510843767300\t1510843767400\tOK\t \n";
  const auto run = test::run_of_file(input_gatling(), content, {.dimensions = {"scenario", "group"}});
  EXPECT_EQ(run.find("group=cart / items", SampleKind::dimension)->total.samples(), 1U);
  EXPECT_EQ(run.find("scenario=Buy", SampleKind::dimension)->total.samples(), 2U);
  EXPECT_EQ(run.errors(run.find("scenario=Buy", SampleKind::dimension)->total), 1U);
  const auto session = input_gatling().open(content + content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by scenario (--by auto)");
}

}  // namespace
}  // namespace omniwriter
