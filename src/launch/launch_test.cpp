#include "launch/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launch/arguments.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

LaunchRequest request(std::vector<std::string> argv) {
  return {std::move(argv), "/tmp/ow", [](const std::string&) { return std::nullopt; }};
}
Launch plan(std::vector<std::string> argv) {
  auto launch = plan_launch(request(std::move(argv)), std::nullopt);
  EXPECT_TRUE(launch) << launch.error().message;
  return launch.value_or(Launch{});
}
std::string error(std::vector<std::string> argv) {
  const auto launch = plan_launch(request(std::move(argv)), std::nullopt);
  return launch ? "" : launch.error().message;
}

struct Case {
  std::vector<std::string> argv;
  std::string command;
  std::string results;
  bool live = true;
};

class Plans : public ::testing::TestWithParam<Case> {};

TEST_P(Plans, MakesTheToolWriteWhatCanBeRead) {
  const Launch launch = plan(GetParam().argv);
  EXPECT_EQ(shell_text(launch.command), GetParam().command);
  EXPECT_EQ(launch.results, GetParam().results);
  EXPECT_EQ(launch.live, GetParam().live);
}

INSTANTIATE_TEST_SUITE_P(
    Tools, Plans,
    ::testing::Values(
        Case{{"k6", "run", "a b.js"},
             "K6_CSV_TIME_FORMAT=unix_micro k6 run --out csv=/tmp/ow/k6.csv 'a b.js'",
             "/tmp/ow/k6.csv"},
        Case{{"k6", "run", "--out", "json=x.json", "a.js"}, "k6 run --out json=x.json a.js", "x.json"},
        Case{{"k6", "run", "-ocsv=x.csv.gz", "a.js"},  // cannot be followed
             "K6_CSV_TIME_FORMAT=unix_micro k6 run --out csv=/tmp/ow/k6.csv -ocsv=x.csv.gz a.js",
             "/tmp/ow/k6.csv"},
        Case{{"/opt/jmeter/bin/jmeter.sh", "-n", "-t", "p.jmx"},
             "/opt/jmeter/bin/jmeter.sh -n -t p.jmx -Jjmeter.save.saveservice.autoflush=true "
             "-Jjmeter.save.saveservice.output_format=csv -Jjmeter.save.saveservice.print_field_names=true "
             "-Jjmeter.save.saveservice.timestamp_format=ms -l /tmp/ow/jmeter.jtl",
             "/tmp/ow/jmeter.jtl"},
        Case{{"jmeter", "-n", "-t", "p.jmx", "-l", "r.jtl"},
             "jmeter -n -t p.jmx -l r.jtl -Jjmeter.save.saveservice.autoflush=true",
             "r.jtl"},
        Case{{"gatling.sh", "-s", "Sim"}, "gatling.sh -s Sim --results-folder /tmp/ow", "/tmp/ow/*/simulation.log"},
        Case{{"gatling", "-rf", "out"}, "gatling -rf out", "out/*/simulation.log"},
        Case{{"mvn", "gatling:test"}, "mvn gatling:test -Dgatling.resultsFolder=/tmp/ow", "/tmp/ow/*/simulation.log"},
        Case{{"./gradlew", "gatlingRun"}, "./gradlew gatlingRun", "build/reports/gatling/*/simulation.log"},
        Case{{"locust", "--headless"},
             "OMNIWRITER_RESULTS=/tmp/ow/locust.csv locust --headless -f locustfile.py,/tmp/ow/omniwriter_locust.py",
             "/tmp/ow/locust.csv"},
        Case{{"locust", "-f", "a.py,b.py"},
             "OMNIWRITER_RESULTS=/tmp/ow/locust.csv locust -f a.py,b.py -f a.py,b.py,/tmp/ow/omniwriter_locust.py",
             "/tmp/ow/locust.csv"},
        Case{{"vegeta", "attack", "-rate=50"},
             "vegeta attack -output=/tmp/ow/vegeta.bin -rate=50",
             "/tmp/ow/vegeta.bin"},
        Case{{"vegeta", "attack", "-output", "x.bin"}, "vegeta attack -output x.bin", "x.bin"},
        Case{{"fortio", "load", "http://x"},
             "fortio load -access-log-file /tmp/ow/fortio.log http://x",
             "/tmp/ow/fortio.log"},
        Case{{"bzt", "t.yml"}, "bzt t.yml -o settings.artifacts-dir=/tmp/ow/artifacts", "/tmp/ow/artifacts/kpi*.*"},
        Case{{"hey", "-n", "5", "http://x"}, "hey -o csv -n 5 http://x > /tmp/ow/hey.csv", "/tmp/ow/hey.csv", false},
        Case{{"oha", "--no-tui", "http://x"},
             "oha --output-format csv --output /tmp/ow/oha.csv --no-tui http://x",
             "/tmp/ow/oha.csv",
             false},
        Case{{"wrk", "-d5", "http://x"}, "wrk --latency -d5 http://x > /tmp/ow/wrk.txt", "/tmp/ow/wrk.txt", false},
        Case{{"npx", "artillery", "run", "t.yml"},
             "npx artillery run t.yml --output /tmp/ow/artillery.json",
             "/tmp/ow/artillery.json",
             false},
        Case{{"npx", "autocannon", "http://x"},
             "npx autocannon --json http://x > /tmp/ow/autocannon.json",
             "/tmp/ow/autocannon.json",
             false},
        Case{{"bombardier", "http://x"},
             "bombardier --latencies -o json -p r http://x > /tmp/ow/bombardier.json",
             "/tmp/ow/bombardier.json",
             false}));

TEST(Launch, KeepsTheOutputsThatTheEnvironmentAskedK6For) {
  const auto launch =
      plan_launch({{"k6", "run", "a.js"},
                   "/tmp/ow",
                   [](const std::string& name) -> std::optional<std::string> {
                     return name == "K6_OUT" ? std::optional<std::string>("influxdb=http://x") : std::nullopt;
                   }},
                  std::nullopt);
  ASSERT_TRUE(launch);
  EXPECT_THAT(shell_text(launch->command), HasSubstr("--out csv=/tmp/ow/k6.csv --out influxdb=http://x"));
}

TEST(Launch, TellsHowLongTheTestTakesWhereTheCommandSaysSo) {
  EXPECT_EQ(plan({"vegeta", "attack", "-duration=90s"}).expected, 90s);
  EXPECT_EQ(plan({"locust", "-t", "1h30m"}).expected, 5400s);
  EXPECT_EQ(plan({"hey", "-z", "1m5s"}).expected, 65s);
  EXPECT_EQ(plan({"k6", "run", "a.js"}).expected, std::nullopt);
}

TEST(Launch, RefusesWhatWouldMakeNoResults) {
  EXPECT_THAT(error({"jmeter", "-t", "p.jmx"}), HasSubstr("-n -t"));
  EXPECT_THAT(error({"hey", "-o", "x"}), HasSubstr("leave -o out"));
  EXPECT_THAT(error({"make", "load"}), HasSubstr("--results FILE"));
}

TEST(Launch, TakesAnyCommandWhoseResultsAreNamed) {
  const auto launch = plan_launch(request({"make", "load"}), "out.jtl");
  ASSERT_TRUE(launch);
  EXPECT_EQ(shell_text(launch->command), "make load");
  EXPECT_EQ(launch->results, "out.jtl");
}

TEST(Arguments, ReadsDurations) {
  EXPECT_EQ(parse_duration("500ms"), 1s);
  EXPECT_EQ(parse_duration("2m"), 120s);
  EXPECT_EQ(parse_duration("10"), 10s);
  for (const char* wrong : {"", "x", "1y", "-5s", "1e300h"}) EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

TEST(Arguments, QuotesForAShell) {
  EXPECT_EQ(shell_text({.argv = {"a", "it's", "", "$x"}, .environment = {}, .standard_output = {}}),
            "a 'it'\\''s' '' '$x'");
}

}  // namespace
}  // namespace omniwriter
