#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "reading/input.h"
#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_jmeter_xml();

namespace {

using test::ParsedFile;

std::string testdata(const std::string& name) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/jmeter_xml/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  const auto session = input_jmeter_xml().open(content, {});
  EXPECT_TRUE(session.has_value());
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string document(const std::string& records) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n" + records + "\n</testResults>\n";
}

std::string sample(const std::string& attributes) {
  return "<httpSample t=\"10\" ts=\"1795446933827\" s=\"true\" lb=\"a\" rc=\"200\" rm=\"OK\" " + attributes + "/>\n";
}

TEST(JmeterXml, RecognisesTheRootElement) {
  const InputFormat& format = input_jmeter_xml();
  EXPECT_TRUE(format.recognises(testdata("default.jtl")));
  EXPECT_TRUE(format.recognises("<testResults>"));
  EXPECT_TRUE(format.recognises("\xEF\xBB\xBF\n<?xml version=\"1.0\"?>\n<!-- x --><testResults version=\"1.2\">"));
  EXPECT_FALSE(format.recognises(""));
  EXPECT_FALSE(format.recognises("<?xml version=\"1.0\"?><testResultsX>"));
  EXPECT_FALSE(format.recognises("<?xml version=\"1.0\"?><testsuites>"));
  EXPECT_FALSE(format.recognises("timeStamp,elapsed,label <testResults>"));
}

// Counted by hand in the file, as JMeter's summariser counts: without transactions and sub-results.
TEST(JmeterXml, ReadsAGenuineFile) {
  const ParsedFile file = parse(testdata("default.jtl"));
  EXPECT_EQ(file.count(SampleKind::request), 24);
  EXPECT_EQ(file.count(SampleKind::request, true), 10);
  EXPECT_EQ(file.count(SampleKind::transaction), 2);
  EXPECT_EQ(file.count(SampleKind::sub_result), 4);
  EXPECT_EQ(file.bad_record_count, 0);

  const test::ParsedSample& first = file.samples.front();
  EXPECT_EQ(first.endpoint, "home");
  EXPECT_EQ(first.sample.start_ns, 1'795'446'933'827'000'000);
  EXPECT_EQ(first.sample.duration_ns, 134'000'000);
  EXPECT_EQ(first.sample.bytes_received, 119);
  EXPECT_EQ(first.sample.bytes_sent, 118);
  EXPECT_EQ(first.outcome, (Outcome{"200", ""}));
  ASSERT_FALSE(file.active_users.empty());
  EXPECT_EQ(file.active_users.front().users, 5);

  std::vector<std::string> error_types;
  bool quoted = false;
  bool umlaut = false;
  for (const test::ParsedSample& s : file.samples) {
    if (!s.outcome.error_type.empty()) error_types.push_back(s.outcome.error_type);
    quoted = quoted || s.endpoint == "GET \"flaky\", please";
    umlaut = umlaut || s.endpoint == "Zürich ünï";
  }
  EXPECT_TRUE(quoted);
  EXPECT_TRUE(umlaut);
  EXPECT_EQ(std::count(error_types.begin(), error_types.end(), "http_500"), 2);
  EXPECT_EQ(std::count(error_types.begin(), error_types.end(), "http_404"), 4);
  EXPECT_EQ(std::count(error_types.begin(), error_types.end(), "timeout"), 2);
  EXPECT_EQ(std::count(error_types.begin(), error_types.end(), "connection_closed"), 2);
}

TEST(JmeterXml, IgnoresSavedResponses) {
  const ParsedFile file = parse(testdata("full.jtl"));
  EXPECT_EQ(file.count(SampleKind::request), 3);
  EXPECT_EQ(file.count(SampleKind::request, true), 3);
  EXPECT_EQ(file.bad_record_count, 0);
}

TEST(JmeterXml, AKilledRunIsNoError) {
  const ParsedFile file = parse(testdata("killed.jtl"));
  EXPECT_EQ(file.count(SampleKind::request), 6);
  EXPECT_EQ(file.bad_record_count, 0);
}

TEST(JmeterXml, ACutRecordIsOneBadRecord) {
  std::string content = testdata("killed.jtl");
  content.resize(content.rfind("</java.net.URL>"));
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.count(SampleKind::request), 5);
  ASSERT_EQ(file.bad_records.size(), 1);
  EXPECT_EQ(file.bad_records[0].line, 24);
  EXPECT_EQ(file.bad_records[0].reason, "the file ends within a record");
}

TEST(JmeterXml, ValuesThatCannotBeReadAreRemarked) {
  const ParsedFile file = parse(document(sample("by=\"70\" sby=\"\"") + sample("by=\"abc\" na=\"-1\"")));
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.remarks.size(), 1U);
  EXPECT_EQ(file.remarks[0].count, 2U);
  EXPECT_EQ(file.remarks[0].line, 4U);
  EXPECT_EQ(file.remarks[0].example, "na is \"-1\"");
}

TEST(JmeterXml, TheResultDoesNotDependOnTheChunks) {
  std::string broken = testdata("killed.jtl");
  broken.replace(broken.find(" lb="), 1, "<");
  for (const std::string& content : {testdata("killed.jtl"), testdata("full.jtl"), broken}) {
    const auto session = input_jmeter_xml().open(content, {});
    ASSERT_TRUE(session.has_value());
    const ParsedFile whole = parse(content);
    std::vector<std::size_t> every;
    for (std::size_t cut = 0; cut <= content.size(); cut += content.size() > 2000 ? 7 : 1) {
      ASSERT_EQ(test::difference(**session, whole, parse(content, {cut})), "") << "cut at " << cut;
      every.push_back(cut);
    }
    EXPECT_EQ(test::difference(**session, whole, parse(content, every)), "");
  }
}

// Only documents with just JMeter's own declaration are read in place; with any other, expat reads all of them.
ParsedFile parse_by_expat(std::string content) {
  const std::size_t encoding = content.find("UTF-8");
  if (encoding != std::string::npos) content.replace(encoding, 5, "utf-8");
  return parse(content);
}

std::string difference_of_ways(const std::string& content) {
  const auto session = input_jmeter_xml().open(content, {});
  if (!session) return {};
  return test::difference(**session, parse(content), parse_by_expat(content));
}

TEST(JmeterXml, InPlaceOrByExpatIsTheSame) {
  for (const char* name : {"default.jtl", "full.jtl", "killed.jtl"}) {
    EXPECT_EQ(difference_of_ways(testdata(name)), "") << name;
  }
  for (const char* record : {"<sample/>",
                             "<sample />",
                             "<sample t='1'/>",
                             "<sample\tt=\"1\"/>",
                             "<sample t=\"1\"t2=\"1\"/>",
                             "<sample t=\"1\" t=\"1\"/>",
                             "<sample t =\"1\"/>",
                             "<sample t=\"1\" ></sample >",
                             "<sample></samplex>",
                             "<sample><a></sample></a>",
                             "<sample/",
                             "</sample>",
                             "</>",
                             "< sample/>",
                             "<sample><1a/></sample>",
                             "<sample><a:b/></sample>",
                             "<sample><\u00e9/></sample>",
                             "<samplex/>",
                             "text <sample/>",
                             "&amp;<sample/>",
                             "<!-- --><sample/>",
                             "<sample><!-- <sample/> --></sample>",
                             "<sample><![CDATA[<sample>]]></sample>",
                             "<sample>]]></sample>",
                             "<sample>]] ></sample>",
                             "<sample>&unknown;</sample>",
                             "<sample>&#10;</sample>",
                             "<sample>&#0;</sample>",
                             "<sample>&amp</sample>",
                             "<sample>\x01</sample>",
                             "<sample>\x7f\r\t</sample>",
                             "<sample>\xff</sample>",
                             "<sample>\xef\xbf\xbf</sample>",
                             "<sample>\xef\xbf\xbd</sample>",
                             "<sample>\xed\xa0\x80</sample>",
                             "<sample><?pi ?></sample>",
                             "<?xml version=\"1.0\"?><sample/>",
                             "</testResults><sample/>",
                             "<testResults><sample/></testResults>",
                             "<other><sample/></other>"}) {
    EXPECT_EQ(difference_of_ways(document(sample("") + record + "\n" + sample("sby=\"7\""))), "") << record;
  }
  for (const char* attribute :
       {"rm2=\"a&quot;&amp;&lt;&gt;&apos;b\"", "by=\"&#49;\"", "by=\"&#x31;2\"", "rm2=\"&quot\"", "rm2=\"&unknown;\"",
        "rm2=\"<\"", "rm2=\">\"", "rm2=\"a\tb\"", "rm2=\"a\nb\"", "rm2=\"\x01\"", "rm2=\"\u00e9\"", "rm2=\"\xe9\"",
        "rm2=\"'\"", "a:b=\"\"", "1=\"\"", "rm2=", "rm2", "rm2=\"\"/",
        "sby=\"5\" by=\"6\" na=\"7\" sc=\"2\" ec=\"1\""}) {
    EXPECT_EQ(difference_of_ways(document(sample("") + sample(attribute) + sample(""))), "") << attribute;
  }
}

TEST(JmeterXml, InPlaceOrByExpatIsTheSameForMutatedFiles) {
  std::minstd_rand random(1);
  constexpr std::string_view kBytes = "<>/&;\"' \n\tas=]![-?\x01\xc3\xa9";
  const std::string genuine[] = {testdata("default.jtl").substr(0, 6000), testdata("full.jtl").substr(0, 6000)};
  for (int turn = 0; turn < 3000; ++turn) {
    std::string content = genuine[turn % 2];
    for (auto changes = 1 + random() % 4; changes != 0; --changes) {
      const std::size_t at = 60 + random() % (content.size() - 120);
      const std::size_t from = 60 + random() % (content.size() - 120);
      switch (random() % 4) {
        case 0:
          content[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          content.insert(at, 1, kBytes[random() % kBytes.size()]);
          break;
        case 2:
          content.erase(at, 1 + random() % 20);
          break;
        default:
          content.insert(at, content.substr(from, random() % 40));
          break;
      }
    }
    ASSERT_EQ(difference_of_ways(content), "") << content;
  }
}

TEST(JmeterXml, WhatIsWithinASampleIsAPartAndWhatIsWithinATransactionARequest) {
  const std::string inner = sample("");
  const ParsedFile file = parse(document(
      "<sample t=\"9\" ts=\"1795446933827\" s=\"true\" lb=\"tx\" rc=\"200\" rm=\"Number of samples in transaction : 1, "
      "number of failing samples : 0\">" +
      inner + "</sample>\n<httpSample t=\"9\" ts=\"1795446933827\" s=\"true\" lb=\"b\" rc=\"200\">" + inner + inner +
      "</httpSample>\n<other>" + inner + "</other>"));
  EXPECT_EQ(file.count(SampleKind::transaction), 1);
  EXPECT_EQ(file.count(SampleKind::request), 2);
  EXPECT_EQ(file.count(SampleKind::sub_result), 2);
}

TEST(JmeterXml, TransactionsNest) {
  const std::string transaction =
      "<sample t=\"9\" ts=\"1795446933827\" s=\"true\" lb=\"tx\" rm=\"Number of samples in transaction : 1, number of "
      "failing samples : 0\">";
  const ParsedFile file =
      parse(document(transaction + transaction + sample("") + "</sample>" + sample("") + "</sample>\n"));
  EXPECT_EQ(file.count(SampleKind::transaction), 2);
  EXPECT_EQ(file.count(SampleKind::request), 2);
  EXPECT_EQ(file.note, "");
  const ParsedFile empty = parse(document(transaction + "</sample>\n" + transaction + "</sample>\n" + sample("")));
  EXPECT_NE(empty.note.find("2 transactions tell of 2 requests within them, but it holds 1"), std::string::npos);
}

// JMeter saves the bodies of failed samples alone, so that these are the first to go.
TEST(JmeterXml, BodiesMayHoldWhatXmlCannot) {
  const std::string head =
      "<httpSample t=\"10\" ts=\"1795446933827\" s=\"false\" lb=\"download\" rc=\"500\">\n  <responseData>";
  for (const std::string_view body : {"PK&#x3;&#x4;&#x0;abc",
                                      "&#0;",
                                      "&#x1F;",
                                      "&#xD800;&#xDFFF;",
                                      "&#xFFFE;",
                                      "&#x110000;",
                                      "&#99999999999;",
                                      "&#;",
                                      "&#x;",
                                      "&nbsp;",
                                      "a & b",
                                      "&",
                                      "a < b",
                                      "<",
                                      "\x01\x02\x1b",
                                      "\xff\xfe",
                                      "\xed\xa0\x80",
                                      "\xef\xbf\xbf",
                                      "\xe2\x82",
                                      "&amp;&#65;&#x41;"}) {
    const std::string content =
        document(sample("") + head + std::string(body) + "</responseData>\n</httpSample>\n" + sample(""));
    const ParsedFile file = parse(content);
    EXPECT_EQ(file.count(SampleKind::request), 3) << body;
    EXPECT_EQ(file.count(SampleKind::request, true), 1) << body;
    EXPECT_EQ(file.bad_record_count, 0) << body;
    EXPECT_EQ(test::misbehaviour(input_jmeter_xml(), content), "") << body;
  }
  EXPECT_EQ(parse(document("<sample t=\"1\" ts=\"1795446933827\" s=\"true\" lb=\"a&#x0;b\"/>\n")).samples[0].endpoint,
            "a?b");
}

TEST(JmeterXml, ASampleCountsWhoseAttributesWereRead) {
  const ParsedFile file =
      parse(document("<httpSample t=\"10\" ts=\"1795446933827\" s=\"false\" lb=\"a\" rc=\"500\">\n"
                     "  <responseData><p>unescaped<br></responseData>\n</httpSample>\n" +
                     sample("")));
  EXPECT_EQ(file.count(SampleKind::request), 2);
  EXPECT_EQ(file.count(SampleKind::request, true), 1);
  EXPECT_EQ(file.bad_record_count, 1);
}

TEST(JmeterXml, AnAggregatedRecordGivesTheMeanOfItsSamples) {
  const ParsedFile file =
      parse(document("<sample t=\"1000\" ts=\"1795446933827\" s=\"false\" lb=\"a\" by=\"600\" sc=\"4\" ec=\"1\"/>\n"
                     "<sample t=\"50\" ts=\"1795446933827\" s=\"true\" lb=\"a\" rc=\"200\" sc=\"5\"/>\n"
                     "<sample t=\"0\" ts=\"1795446933827\" s=\"true\" lb=\"a\" rc=\"200\" sc=\"0\"/>\n"));
  ASSERT_EQ(file.samples.size(), 3);
  EXPECT_EQ(file.samples[0].sample.repeat, 3);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 250'000'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 600);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"ok", ""}));
  EXPECT_EQ(file.samples[1].sample.repeat, 1);
  EXPECT_EQ(file.samples[1].sample.bytes_received, 0);
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"error", "error"}));
  EXPECT_EQ(file.samples[2].sample.repeat, 5);
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.bad_record_count, 0);
}

TEST(JmeterXml, ReadsOnBehindABrokenRecord) {
  const ParsedFile file = parse(document(sample("") + "<httpSample t=\"10\" ts=\"17954469338\n" + sample("") +
                                         "<httpSample ><a></b></httpSample>\n" + "  " + sample("") + sample("")));
  EXPECT_EQ(file.count(SampleKind::request), 3);
  EXPECT_EQ(file.bad_record_count, 3);
  ASSERT_EQ(file.bad_records.size(), 3);
  EXPECT_EQ(file.bad_records[0].line, 5);
  EXPECT_EQ(file.bad_records[0].reason, "not well-formed (invalid token)");
  EXPECT_EQ(file.bad_records[1].line, 6);
  EXPECT_EQ(file.bad_records[1].reason, "ts is no time in milliseconds: \"\"");
  EXPECT_EQ(file.bad_records[2].line, 6);
  EXPECT_EQ(file.bad_records[2].reason, "mismatched tag");
}

// Expat gives the place of such an error as somewhere within the tag, which it reads whole first.
TEST(JmeterXml, ATagThatIsBadAsAWholeIsOneBadRecord) {
  for (const char* attribute : {"t=\"1\"", "t2=\"1\" t2=\"1\"", "lb2=\"<a>\""}) {
    const ParsedFile file = parse(document(sample("") + sample(attribute) + sample("")));
    EXPECT_EQ(file.count(SampleKind::request), 2) << attribute;
    ASSERT_EQ(file.bad_record_count, 1) << attribute;
    EXPECT_EQ(file.bad_records[0].line, 4) << attribute;
  }
}

TEST(JmeterXml, AttributesThatMakeNoSenseAreABadRecord) {
  for (const char* attributes :
       {"t=\"-1\" ts=\"1795446933827\"", "t=\"x\" ts=\"1795446933827\"", "ts=\"1795446933827\"", "t=\"1\"",
        "t=\"1\" ts=\"1\"", "t=\"1\" ts=\"99999999999999999999\"", "t=\"99999999999999\" ts=\"1795446933827\"",
        "t=\"1\" ts=\"1795446933827\" s=\"maybe\"", "t=\"1\" ts=\"1795446933827\" sc=\"many\""}) {
    const ParsedFile file = parse(document("<sample lb=\"a\" " + std::string(attributes) + "/>\n" + sample("")));
    EXPECT_EQ(file.count(SampleKind::request), 1) << attributes;
    EXPECT_EQ(file.bad_record_count, 1) << attributes;
  }
}

TEST(JmeterXml, RefusesADoctypeAndWhatIsNotItsOwn) {
  for (const auto& [content, words] : std::vector<std::pair<std::string, std::string>>{
           {"<?xml version=\"1.0\"?>\n<!DOCTYPE testResults [<!ENTITY a \"b\">]>\n<testResults>\n", "a DOCTYPE"},
           {"<html/>\n<testResults>\n", "no <testResults>"},
           {"<?xml versio<testResults>\n?>\n<testResults>\n", "XML declaration not well-formed"},
           {"<!-- <testResults> -->\n", "no <testResults>"}}) {
    const auto session = input_jmeter_xml().open(content, {});
    ASSERT_FALSE(session.has_value()) << content;
    EXPECT_EQ(session.error().code, ErrorCode::input);
    EXPECT_NE(session.error().message.find(words), std::string::npos) << session.error().message;
  }
}

TEST(JmeterXml, ASecondDocumentIsReadAndReported) {
  const ParsedFile file = parse(document(sample("")) + document(sample("") + sample("")));
  EXPECT_EQ(file.count(SampleKind::request), 3);
  ASSERT_EQ(file.bad_record_count, 1);
  EXPECT_EQ(file.bad_records[0].line, 6);
  EXPECT_EQ(file.bad_records[0].reason, "there is more behind </testResults>");
}

TEST(JmeterXml, DepthIsBounded) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<sample>";
  const ParsedFile file = parse(document(deep + "\n" + sample("")));
  EXPECT_EQ(file.count(SampleKind::request), 1);
  EXPECT_EQ(file.bad_records.back().reason, "more than 64 elements within one another");
}

TEST(JmeterXml, ATokenIsBounded) {
  std::string content = document(sample("rm2=\"" + std::string(std::size_t{3} << 20, 'x') + "\"") + sample(""));
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.count(SampleKind::request), 1);
  ASSERT_EQ(file.bad_record_count, 1);
  EXPECT_EQ(file.bad_records[0].reason, "a tag or text longer than 1 MiB");
  // Text that is not kept may be as long as it likes.
  content = document("<httpSample t=\"10\" ts=\"1795446933827\" s=\"true\"><responseData>" +
                     std::string(std::size_t{3} << 20, 'x') + "</responseData></httpSample>");
  EXPECT_EQ(parse(content).count(SampleKind::request), 1);
}

TEST(JmeterXml, PhasesOfRequests) {
  const auto record = [](const std::string& element, const std::string& code, const std::string& times) {
    return "<" + element + " ts=\"1795446933827\" s=\"true\" lb=\"a\" rc=\"" + code + "\" " + times + "/>\n";
  };
  const ParsedFile file = parse(document(record("httpSample", "200", "t=\"20\" lt=\"15\" ct=\"5\"") +
                                         record("httpSample", "200", "t=\"20\" lt=\"0\" ct=\"0\"") +
                                         record("httpSample", "500", "t=\"20\" lt=\"15\"") +
                                         record("httpSample", "Non HTTP", "t=\"20\" lt=\"0\" ct=\"7\"") +
                                         record("sample", "200", "t=\"20\" lt=\"0\" ct=\"0\"") +
                                         record("httpSample", "200", "t=\"20\" lt=\"x\" ct=\"30\"") +
                                         record("httpSample", "200", "t=\"20\" lt=\"25\" ct=\"30\"") +
                                         record("httpSample", "200", "t=\"20\" lt=\"15\" ct=\"5\" sc=\"2\" ec=\"1\"")));
  const auto times = [&](std::size_t at) {
    return std::vector{file.samples.at(at).phase(SampleKind::connect), file.samples[at].phase(SampleKind::waiting),
                       file.samples[at].phase(SampleKind::receiving)};
  };
  using Times = std::vector<std::int64_t>;
  constexpr std::int64_t kMs = 1'000'000;
  EXPECT_EQ(times(0), (Times{5 * kMs, 10 * kMs, 5 * kMs}));
  EXPECT_EQ(times(1), (Times{-1, -1, -1}));
  EXPECT_EQ(times(2), (Times{-1, 15 * kMs, 5 * kMs}));
  EXPECT_EQ(times(3), (Times{7 * kMs, -1, -1}));
  EXPECT_EQ(times(4), (Times{-1, -1, -1}));
  EXPECT_EQ(times(5), (Times{-1, -1, -1}));
  EXPECT_EQ(times(6), (Times{-1, -1, -1}));
  EXPECT_EQ(times(7), (Times{-1, -1, -1}));
  EXPECT_EQ(file.samples.size(), 9U);
  EXPECT_EQ(file.remarks.size(), 1U);
}

std::string assertion(const std::string& name, const std::string& failure, const std::string& error,
                      const std::string& message) {
  return "<assertionResult>\n<name>" + name + "</name>\n<failure>" + failure + "</failure>\n<error>" + error +
         "</error>\n<failureMessage>" + message + "</failureMessage>\n</assertionResult>\n";
}

TEST(JmeterXml, AssertionsAreChecksAndSayWhatWasWrong) {
  const auto record = [](const std::string& code, const std::string& message, bool ok, const std::string& within) {
    return "<httpSample t=\"10\" ts=\"1795446933827\" s=\"" + std::string(ok ? "true" : "false") + "\" lb=\"a\" rc=\"" +
           code + "\" rm=\"" + message + "\">\n" + within + "</httpSample>\n";
  };
  const std::string in_place =
      document(record("200", "OK", true, assertion("size", "false", "false", "")) +
               record("200", "OK", false,
                      assertion("size", "false", "false", "") + assertion("a &amp; b", "true", "false", "x &lt; 1")) +
               record("500", "Server Error", false, assertion("size", "false", "true", "")) +
               record("404", "Not Found", false, "") +
               record("Non HTTP response code: java.net.SocketTimeoutException", "Read timed out", false,
                      assertion("size", "true", "false", "empty")) +
               record("200", "OK", true,
                      "<assertionResult/><responseData><name>no</name></responseData><httpSample t=\"1\" "
                      "ts=\"1795446933827\" s=\"true\" lb=\"b\">" +
                          assertion("within", "false", "false", "") + "</httpSample>"));
  std::string by_expat = in_place;
  by_expat.insert(by_expat.find("<testResults"), "<!-- -->");
  const std::string comment = "<!-- -->";
  for (std::size_t at = 0; (at = by_expat.find("<name>", at)) != std::string::npos; at += comment.size() + 1) {
    by_expat.insert(at, comment);
  }
  for (const std::string& content : {in_place, by_expat}) {
    const ParsedFile file = parse(content);
    std::vector<std::string> told;
    for (const auto& one : file.samples) {
      told.push_back(std::string(name_of(one.sample.kind)) + " " + one.endpoint + " " + one.outcome.error_type + "|" +
                     one.message);
    }
    EXPECT_EQ(told, (std::vector<std::string>{"request a |", "check size |", "request a assertion|a & b: x < 1",
                                              "check size |", "check a & b failed|", "request a http_500|size",
                                              "check size failed|", "request a http_404|Not Found",
                                              "request a timeout|size: empty", "check size failed|", "sub_result b |",
                                              "check within |", "request a |", "check (unnamed) |"}));
    EXPECT_EQ(file.samples[1].sample.start_ns, 1'795'446'933'827'000'000);
    EXPECT_EQ(file.samples[1].sample.duration_ns, 0);
    EXPECT_EQ(file.samples[1].outcome.status, "passed");
  }
}

TEST(JmeterXml, LongTextsOfAssertionsAreCutAlike) {
  const std::string record = "<httpSample t=\"10\" ts=\"1795446933827\" s=\"false\" lb=\"a\" rc=\"200\">\n" +
                             assertion(std::string(2000, 'n'), "true", "false", std::string(30'000, 'm')) +
                             "</httpSample>\n";
  const ParsedFile in_place = parse(document(record));
  const ParsedFile by_expat = parse(document("<!-- -->" + record));
  ASSERT_EQ(in_place.samples.size(), 2U);
  EXPECT_EQ(in_place.samples[1].endpoint.size(), 1024U);
  const auto session = input_jmeter_xml().open(document(record), {});
  EXPECT_EQ(test::difference(**session, in_place, by_expat), "");
}

TEST(JmeterXml, UsersAreToldByThreadGroup) {
  const auto run = test::run_of_file(input_jmeter_xml(), testdata("full.jtl"));
  ASSERT_EQ(run.users_by_scenario.size(), 1U);
  EXPECT_EQ(run.users_by_scenario.at("sc"), run.active_users);
  const auto two = test::run_of_file(input_jmeter_xml(), document(sample("tn=\"buy 1-1\" ng=\"3\" na=\"5\"") +
                                                                  sample("tn=\"look 2-1\" ng=\"2\" na=\"5\"")));
  EXPECT_EQ(two.active_users_max(), 5U);
  EXPECT_EQ(two.users_by_scenario.at("buy").begin()->second, 3U);
  EXPECT_EQ(two.users_by_scenario.at("look").begin()->second, 2U);
}

TEST(JmeterXml, DimensionsAreThreadGroupsMachinesAndVariables) {
  std::string records;
  for (int i = 0; i < 6; ++i) {
    records += sample(std::string("tn=\"buy 1-1\" hn=\"") + (i % 2 == 0 ? "a" : "b") +
                      "\" region=\"e&lt;u\" host_id=\"" + std::to_string(i) + "\"");
  }
  records += "<!-- by expat -->" + sample("tn=\"look 2-1\" hn=\"a\" region=\"us\"");
  records += sample("tn=\"look 2-1\" hn=\"a\" region=\"us\"");
  const auto run = test::run_of_file(input_jmeter_xml(), document(records), {.dimensions = {"thread_group", "region"}});
  EXPECT_EQ(run.find("region=e<u", SampleKind::dimension)->total.samples(), 6U);
  EXPECT_EQ(run.find("region=us", SampleKind::dimension)->total.samples(), 2U);
  EXPECT_EQ(run.find("thread_group=buy", SampleKind::dimension)->total.samples(), 6U);
  EXPECT_EQ(run.find("thread_group=look", SampleKind::dimension)->total.samples(), 2U);
  const auto session = input_jmeter_xml().open(document(records), {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by hostname, region, thread_group (--by auto)");
}

TEST(JmeterXml, TransactionsWithinOthersAreNamedAfterThem) {
  const std::string transaction =
      "<sample t=\"10\" ts=\"1795446933827\" s=\"true\" rm=\"Number of samples in transaction : 1, "
      "number of failing samples : 0\" lb=";
  const ParsedFile file = parse(document(transaction + "\"outer\">" + transaction + "\"inner\">" + transaction +
                                         "\"deep\">" + sample("") + "</sample></sample>" + sample("") + "</sample>"));
  std::vector<std::string> names;
  for (const test::ParsedSample& parsed : file.of(SampleKind::transaction)) names.push_back(parsed.endpoint);
  EXPECT_EQ(names, (std::vector<std::string>{"outer / inner / deep", "outer / inner", "outer"}));
  EXPECT_EQ(file.of(SampleKind::request).front().endpoint, "a");
}

}  // namespace
}  // namespace omniwriter
