#include <gtest/gtest.h>

#include <array>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_access_log();

namespace {

using test::ParsedFile;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTime = 1'795'447'792 * kSecond;  // 2026-11-23T15:29:52Z

ParsedFile parse(const std::string& content, const InputOptions& options = {}) {
  ParsedFile file = test::parse_file(input_access_log(), content, options);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string line(const std::string& request, const std::string& behind = "\"-\" \"hey/0.0.1\"") {
  return "127.0.0.1 - - [23/Nov/2026:15:29:52 +0000] \"" + request + "\" 200 15 " + behind + "\n";
}

TEST(AccessLog, Combined) {
  const ParsedFile file = parse(
      "127.0.0.1 - - [23/Nov/2026:15:29:52 +0000] \"GET /flaky HTTP/1.1\" 200 15 \"-\" \"hey/0.0.1\"\n"
      "127.0.0.1 - - [23/Nov/2026:12:29:53 -0300] \"POST /api/orders?id=1 HTTP/1.1\" 502 - \"-\" \"a \\x22b\\x22\"\n"
      "127.0.0.1 - - [23/Nov/2026:15:30:00 +0000] \"\\x16\\x03\\x01\\x02bad \\x22x\\x22\" 400 157 \"-\" \"-\"\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 0);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 15U);
  EXPECT_EQ(file.samples[0].endpoint, "GET /flaky");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].sample.start_ns, kTime + kSecond);
  EXPECT_EQ(file.samples[1].sample.bytes_received, 0U);
  EXPECT_EQ(file.samples[1].endpoint, "POST /api/orders");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"502", "http_502"}));
  EXPECT_EQ(file.samples[2].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"400", "http_400"}));
}

// nginx notes the end of a request.
TEST(AccessLog, RequestTimeOfNginx) {
  const ParsedFile file = parse(line("GET / HTTP/1.1", "\"-\" \"hey\" 0.000 -") +
                                line("GET / HTTP/1.1", "\"-\" \"hey\" 1.250 0.005, 1.200"));
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 1'250'000'000);
  EXPECT_EQ(file.samples[1].sample.start_ns, kTime - 1'250'000'000);
}

// Apache notes the start of a request, and escapes quotes with a backslash.
TEST(AccessLog, MicrosecondsOfApache) {
  const ParsedFile file = parse(line("GET / HTTP/1.0", "\"-\" \"ab \\\"q\\\\z\\\" \\xc3\\xbc\" 11733") +
                                line("BAD \\\"x\\\"", "\"-\" \"-\" 117"));
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 11'733'000);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 117'000);
  EXPECT_EQ(file.samples[1].endpoint, "(unnamed)");
}

// Milliseconds cannot be told from microseconds but by being too short; then somebody has to say.
TEST(AccessLog, OtherUnitsAreNamed) {
  const std::string content =
      "127.0.0.1 - - [2026-11-23T15:39:42.068973 +0000] \"GET /flaky HTTP/1.0\" 200 15 \"-\" \"ab\" x 11\n";
  const auto refused = input_access_log().open(content, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("--columns"), std::string::npos);
  EXPECT_FALSE(input_access_log().open(content, {.columns = {"elapsed"}}).has_value());

  const ParsedFile file = parse(content, {.columns = {"-", "duration_ms"}});
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 11'000'000);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime + 590 * kSecond + 68'973'000);
  EXPECT_EQ(parse(content, {.columns = {"-"}}).samples[0].sample.duration_ns, 0);
  EXPECT_EQ(parse(content, {.columns = {"-", "duration_s"}}).samples[0].sample.duration_ns, 11 * kSecond);
  EXPECT_EQ(parse(content, {.columns = {"-", "duration_us"}}).samples[0].sample.duration_ns, 11'000);
}

TEST(AccessLog, FormatsAreToldAsNginxIs) {
  const InputOptions options{.log_format =
                                 R"($host|$time_iso8601|"$request"|${status}|"$http_user_agent"|$request_time)"};
  const std::string content =
      "a|2026-11-23T15:29:52+00:00|\"GET /a?b HTTP/1.1\"|404|\"x \\\" | y\"|0.250\n"
      "a|2026-11-23T15:29:52+00:00|\"GET /a?b HTTP/1.1\"|404\n"
      "a|soon|\"GET /a?b HTTP/1.1\"|404|\"\"|0.250\n"
      "a|2026-11-23T15:29:52+00:00|\"GET / HTTP/1.1\"|abc|\"\"|0.250\n"
      "a|2026-11-23T15:29:52+00:00|\"GET / HTTP/1.1\"|200|\"\"|-\n";
  EXPECT_TRUE(input_access_log().chosen_by(content, options));
  const ParsedFile file = parse(content, options);
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime - 250'000'000);  // nginx notes the end
  EXPECT_EQ(file.samples[0].endpoint, "GET /a");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"404", "http_404"}));
  ASSERT_EQ(file.bad_records.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2);
}

TEST(AccessLog, FormatsAreToldAsApacheIs) {
  const ParsedFile file = parse("h - [23/Nov/2026:15:29:52 +0000] POST /a?b 201 17 \"agent\" 1234%\n",
                                {.log_format = R"(%h %l %t %m %U%q %>s %B \"%{User-Agent}i\" %D%%)"});
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 1'234'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 17U);
  EXPECT_EQ(file.samples[0].endpoint, "POST /a");
  const ParsedFile epochs = parse("1795447792500 /x 200 7\n", {.log_format = "%{msec}t %U %s %{ms}T"});
  ASSERT_EQ(epochs.samples.size(), 1U);
  EXPECT_EQ(epochs.samples[0].sample.start_ns, kTime + 500'000'000);
  EXPECT_EQ(epochs.samples[0].sample.duration_ns, 7'000'000);
}

TEST(AccessLog, AFormatThatSaysTooLittleIsAUsageError) {
  for (const std::string format :
       {"x", "$status $request", "$time_local $request", "%t %>s", "${status", "%{x", "%t %r %"}) {
    const auto session = input_access_log().open("", {.log_format = format});
    ASSERT_FALSE(session.has_value()) << format;
    EXPECT_EQ(session.error().code, ErrorCode::usage);
  }
}

TEST(AccessLog, ALogWithoutResponseTimesSaysSo) {
  const auto note = [](const std::string& content, const InputOptions& options = {}) {
    return (*input_access_log().open(content, options))->note();
  };
  EXPECT_NE(note(line("GET / HTTP/1.1", "\"-\" \"hey\"")).find("$request_time"), std::string::npos);
  EXPECT_EQ(note(line("GET / HTTP/1.1", "\"-\" \"hey\" 0.250")), "");
  EXPECT_NE(note("x", {.log_format = "%t %>s %r"}), "");
  EXPECT_EQ(note("x", {.log_format = "%t %>s %r %D"}), "");
}

TEST(AccessLog, TheResponseTimeIsFoundAmongOtherFields) {
  const ParsedFile file = parse(line("GET / HTTP/1.1", "\"-\" \"hey\" \"10.0.0.1\" 4711 2.31 0.250 0.249"));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 250'000'000);
  // Apache's combinedio: bytes in and out.
  EXPECT_FALSE(input_access_log().open(line("GET / HTTP/1.1", "\"-\" \"hey\" 300 4711"), {}).has_value());
}

TEST(AccessLog, FieldsMayHaveNames) {
  const ParsedFile file = parse(
      "127.0.0.1 - - [23/Nov/2026:15:29:52 +0000] \"GET /a HTTP/1.1\" 200 15 \"-\" \"x\" rt=0.250 urt=\"0.100\"\n");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 250'000'000);
}

TEST(AccessLog, CommonAndVirtualHosts) {
  const ParsedFile file = parse(
      "127.0.0.1 - - [23/Nov/2026:15:29:52 +0000] \"GET /a HTTP/1.0\" 200 15\n"
      "example.org:80 ::1 - a [b] c [23/Nov/2026:15:29:52 +0000] \"GET http://x/b HTTP/1.0\" 200 15\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[1].endpoint, "GET http://x/b");
}

TEST(AccessLog, Json) {
  const ParsedFile file = parse(
      R"({"time":"2026-11-23T15:29:52+00:00","msec":1795447792.983,"method":"GET","uri":"/api/users?q=\"x\"","status":200,)"
      R"("bytes":15,"request_time":0.005,"upstream":{"a":["}"]},"ua":"a \"b\" c\\d ü"})"
      "\n"
      R"({"time":"2026-11-23T15:30:00+00:00","msec":1795447800.006,"method":"","uri":"","status":"499","request_time":"0.004"})"
      "\n"
      R"({"status":200,"request":"PUT /x HTTP/1.1","time_local":"23/Nov/2026:15:29:52 +0000"})"
      "\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTime + 978'000'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 5'000'000);
  EXPECT_EQ(file.samples[0].endpoint, "GET /api/users");
  EXPECT_EQ(file.samples[1].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"499", "http_499"}));
  EXPECT_EQ(file.samples[1].sample.duration_ns, 4'000'000);
  EXPECT_EQ(file.samples[2].endpoint, "PUT /x");
  EXPECT_EQ(file.samples[2].sample.start_ns, kTime);
}

// Out of nginx without escape=json.
TEST(AccessLog, JsonThatIsNone) {
  const ParsedFile file = parse(
      R"({"t":"2026-11-23T15:29:52+00:00","ua":"a \x22b\x22 c\x5Cd \xC3\xBC","uri":"/api/users?q=\x22x\x22","rt":0.003,"s":200})"
      "\n");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "/api/users");
  EXPECT_EQ(file.samples[0].sample.duration_ns, 3'000'000);
}

TEST(AccessLog, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string good = line("GET / HTTP/1.1", "\"-\" \"hey\" 0.010");
  const ParsedFile file = parse(good + good +                                                                      //
                                "nonsense\n"                                                                       // 3
                                "1 - - [32/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 200 15 \"-\" \"-\" 0.1\n"   //
                                "1 - - [23/Nov/1926:15:29:52 +0000] \"GET / HTTP/1.1\" 200 15 \"-\" \"-\" 0.1\n"   //
                                "1 - - [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1 200 15\n"                     //
                                "1 - - [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 20 15 \"-\" \"-\" 0.1\n"    // 7
                                "1 - - [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 200 x \"-\" \"-\" 0.1\n"    //
                                "1 - - [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 200 15 \"-\" \"-\" soon\n"  //
                                "1 - - [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 200 15 \"-\" \"\\\n" +      // 10
                                std::string(200'000, '[') +
                                "\n" + std::string(200'000, '"') + "\n\n" + good + "127.0.0.1 - - [23/Nov/20");
  EXPECT_EQ(file.samples.size(), 3U);
  ASSERT_EQ(file.bad_records.size(), 11U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[10].line, 15U);
}

TEST(AccessLog, BadJsonIsABadRecord) {
  const std::string good = R"({"t":"2026-11-23T15:29:52+00:00","uri":"/","rt":0.003,"s":200})";
  const std::vector<std::string> bad = {
      "{",
      "{}",
      "{\"t\"}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"uri\":\"/\",\"s\":200",
      "{\"t\":\"yesterday\",\"uri\":\"/\",\"s\":200}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"uri\":\"/\",\"s\":2000}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"s\":200}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"uri\":\"/\",\"rt\":-1,\"s\":200}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"uri\":\"/\",\"s\":200,\"x\":[[[}",
      "{\"t\":\"2026-11-23T15:29:52+00:00\",\"uri\":\"/\",\"s\":200} x",
  };
  std::string content = good + "\n";
  for (const std::string& text : bad) content += text + "\n";
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.samples.size(), 1U);
  ASSERT_EQ(file.bad_records.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
}

TEST(AccessLog, OtherTextIsNotRecognised) {
  for (const std::string content :
       {"", "x\n", "{\"metric\":\"x\",\"type\":\"Point\"}\n", "{\"latency\":1,\"timestamp\":1}\n",
        "[Mon, 2026-11-23 15:18:54] HTTP/1.1 200     0.01 secs:      11 bytes ==> GET  /\n"}) {
    EXPECT_FALSE(input_access_log().recognises(content)) << content;
  }
}

TEST(AccessLog, TimesOfServersBehindNginx) {
  const ParsedFile file =
      parse(line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.030 uct=\"0.002\" uht=\"0.020\" urt=\"0.028\"") +
            line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.061 uct=\"-, 0.001\" uht=\"-, 0.040\" urt=\"0.010, 0.050\"") +
            line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.061 uct=0.001 : 0.002 uht=0.003 : 0.005 urt=0.004 : 0.005") +
            line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.000 uct=\"-\" uht=\"-\" urt=\"-\"") +
            line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.000 uht=\"0.005"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 5U);
  const auto times = [&](std::size_t at) {
    return std::array{file.samples[at].phase(SampleKind::connect), file.samples[at].phase(SampleKind::waiting),
                      file.samples[at].phase(SampleKind::receiving)};
  };
  using Times = std::array<std::int64_t, 3>;
  EXPECT_EQ(times(0), (Times{2'000'000, 18'000'000, 8'000'000}));
  EXPECT_EQ(times(1), (Times{1'000'000, 39'000'000, 10'000'000}));
  EXPECT_EQ(times(2), (Times{3'000'000, 5'000'000, 1'000'000}));
  EXPECT_EQ(times(3), (Times{-1, -1, -1}));
  EXPECT_EQ(times(4), (Times{-1, 5'000'000, -1}));
}

TEST(AccessLog, TimesOfServersBehindNginxAreNoResponseTimes) {
  const ParsedFile file = parse(line("GET / HTTP/1.1", "\"-\" \"hey\" uct=0.001 uht=0.003 urt=0.004 rt=0.005"));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 5'000'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 2'000'000);
}

TEST(AccessLog, TimesOfServersBehindNginxInAFormatThatWasTold) {
  InputOptions options;
  options.log_format =
      R"([$time_local] "$request" $status $request_time $upstream_addr $upstream_connect_time $upstream_header_time $upstream_response_time end)";
  const std::string start = R"([23/Nov/2026:15:29:52 +0000] "GET / HTTP/1.1" 200 )";
  const ParsedFile file =
      parse(start + "0.030 10.0.0.1:80 0.002 0.020 0.028 end\n" + start +
                "0.061 10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80 0.001, 0.002 : - -, 0.040 : - 0.001, 0.050 : - end\n",
            options);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 18'000'000);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 61'000'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::connect), 3'000'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::waiting), 38'000'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::receiving), 10'000'000);
}

TEST(AccessLog, FieldsAreDimensions) {
  const auto text = test::run_of_file(input_access_log(),
                                      line("GET / HTTP/1.1", "\"-\" \"hey\" rt=0.010 up=\"10.0.0.1:80\"") +
                                          line("POST / HTTP/2.0", "\"-\" \"curl\" rt=0.010 up=\"10.0.0.2:80\""),
                                      {.dimensions = {"method", "protocol", "up", "http_user_agent", "remote_addr"}});
  for (const char* value : {"method=GET", "method=POST", "protocol=HTTP/1.1", "protocol=HTTP/2.0", "up=10.0.0.1:80",
                            "up=10.0.0.2:80", "http_user_agent=hey", "http_user_agent=curl"}) {
    const Series* series = text.find(value, SampleKind::dimension);
    ASSERT_NE(series, nullptr) << value;
    EXPECT_EQ(series->total.samples(), 1U) << value;
  }
  EXPECT_EQ(text.find("remote_addr=127.0.0.1", SampleKind::dimension)->total.samples(), 2U);

  const auto json = test::run_of_file(
      input_access_log(),
      R"({"msec":1795447792.983,"method":"GET","uri":"/a","status":200,"server_name":"shop","upstream_addr":"-"})"
      "\n",
      {.dimensions = {"server_name", "upstream_addr", "method", "remote_addr"}});
  EXPECT_NE(json.find("server_name=shop", SampleKind::dimension), nullptr);
  EXPECT_NE(json.find("method=GET", SampleKind::dimension), nullptr);
  EXPECT_EQ(json.series.size(), 3U) << "what is - or not there is no value";

  const auto told = test::run_of_file(input_access_log(),
                                      "shop.example 10.0.0.9 [23/Nov/2026:15:29:52 +0000] \"GET / HTTP/1.1\" 200\n",
                                      {.log_format = "%v %a [%{%d/%b/%Y:%T %z}t] \"%r\" %>s",
                                       .dimensions = {"server_name", "protocol", "remote_addr"}});
  EXPECT_NE(told.find("server_name=shop.example", SampleKind::dimension), nullptr);
  EXPECT_NE(told.find("protocol=HTTP/1.1", SampleKind::dimension), nullptr);
  EXPECT_NE(told.find("remote_addr=10.0.0.9", SampleKind::dimension), nullptr);
}

TEST(AccessLog, DimensionsCanBeFound) {
  std::string content;
  for (int i = 0; i < 4; ++i) {
    content += line(i % 2 == 0 ? "GET / HTTP/1.1" : "GET / HTTP/2.0", "\"-\" \"hey\" rt=0.0" + std::to_string(10 + i));
  }
  const auto session = input_access_log().open(content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by protocol (--by auto)");
  const auto told = input_access_log().open(
      "10.0.0.1 GET /a 200 1795447776.590\n10.0.0.2 GET /a 200 1795447776.590\n10.0.0.1 GET /a 200 1795447776.590\n"
      "10.0.0.2 GET /a 200 1795447776.590\n",
      {.log_format = "$upstream_addr $request_method $uri $status $msec", .dimensions = {"auto"}});
  ASSERT_TRUE(told);
  EXPECT_NE((*told)->note().find("compared by upstream_addr (--by auto)"), std::string::npos) << (*told)->note();
}

}  // namespace
}  // namespace omniwriter
