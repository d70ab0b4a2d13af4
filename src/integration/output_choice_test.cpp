#include "integration/output_choice.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "systems/influxdb/settings.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Result<std::unique_ptr<Output>> make_none(const Config& /*config*/, const std::string& /*target*/) {
  return fail(ErrorCode::internal, "not made here");
}

const std::vector<const OutputKind*>& kinds() {
  static const OutputKind kServer{"server", "URL", "",
                                  [](const Config& config) { return config.of<InfluxDbSettings>().url; }, make_none};
  static const OutputKind kFile{"file", "FILE", "", [](const Config&) { return std::string(); }, make_none};
  static const OutputKind kSamples{"server_samples", "URL",   "", [](const Config&) { return std::string(); },
                                   make_none,        "server"};
  static const std::vector<const OutputKind*> kAll{&kServer, &kFile, &kSamples};
  return kAll;
}

std::string targets(const Config& config, const std::vector<std::string>& flags) {
  const auto chosen = choose_outputs(kinds(), config, flags);
  if (!chosen) return chosen.error().message;
  std::string text;
  for (const ChosenOutput& output : *chosen) {
    text += fmt::format("{}={}{} ", output.kind->name, output.target, output.named ? "!" : "");
  }
  return text;
}

TEST(OutputChoice, FlagsWinOverTheFileAndTheFileOverWhatTheSystemsImply) {
  Config config;
  EXPECT_EQ(targets(config, {}), "");
  config.of<InfluxDbSettings>().url = "http://implied";
  EXPECT_EQ(targets(config, {}), "server=http://implied ");
  config.outputs = {{"server", "http://file"}, {"file", "/a=b"}};
  EXPECT_EQ(targets(config, {}), "server=http://file file=/a=b ");
  EXPECT_EQ(targets(config, {"file=x", "server=http://flag"}), "server=http://flag! file=x! ")
      << "and are remembered as named";
}

TEST(OutputChoice, SaysWhatIsWrong) {
  Config config;
  EXPECT_EQ(targets(config, {"influx=http://h"}), "there is no output \"influx\"\nknown ones: server, file");
  EXPECT_THAT(targets(config, {"server"}), HasSubstr("-o takes name=value"));
  EXPECT_THAT(targets(config, {"=x"}), HasSubstr("-o takes name=value"));
  EXPECT_THAT(targets(config, {"file="}), HasSubstr("no target"));
  EXPECT_THAT(targets(config, {"file=a", "file=b"}), HasSubstr("given twice"));
  EXPECT_THAT(targets(config, {"server=localhost"}), HasSubstr("must begin with http://"));
  config.outputs = {{"nosuch", "x"}};
  EXPECT_THAT(targets(config, {}), HasSubstr("there is no output \"nosuch\""));
}

TEST(OutputChoice, CredentialsAreRefusedAndNotRepeated) {
  for (const char* flag : {"server=http://user:canary@host", "server=user:canary@host", "server=http://host/?p=canary",
                           "http://user:canary@host", "http://user:canary@host/?a=b"}) {
    EXPECT_THAT(targets({}, {flag}), AllOf(Not(HasSubstr("canary")), Not(HasSubstr("host/")))) << flag;
  }
  EXPECT_THAT(targets({}, {"server=http://user:canary@host"}), HasSubstr("credentials come from the environment"));
}

TEST(OutputChoice, SamplesComeAlongWithWhatTakesThem) {
  auto chosen = choose_outputs(kinds(), {}, {"server=http://h", "file=x"}).value();
  ASSERT_TRUE(add_outputs_of_samples(kinds(), chosen));
  ASSERT_EQ(chosen.size(), 3U);
  EXPECT_EQ(chosen[2].kind->name, "server_samples");
  EXPECT_EQ(chosen[2].target, "http://h");
  EXPECT_TRUE(chosen[2].named);

  auto none = choose_outputs(kinds(), {}, {"file=x"}).value();
  const auto added = add_outputs_of_samples(kinds(), none);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::usage);
  EXPECT_THAT(added.error().message, HasSubstr("these can: server"));
  EXPECT_THAT(targets({}, {"server_samples=http://h"}), HasSubstr("comes along with server"));
}

}  // namespace
}  // namespace omniwriter
