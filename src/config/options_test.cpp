#include "config/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace omniwriter {
namespace {

using ::testing::ElementsAre;

enum class Colour : std::uint8_t { red, green };

struct LampSettings {
  std::string url;
  std::string room = "hall";
  Secret key;
  Colour colour = Colour::green;
  std::size_t watts = 60;
};

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    Options<LampSettings> options(table_, "monitoring_config.lamp_", "LAMP_");
    options.address("url", &LampSettings::url, "Address of the lamp.");
    options.text("room", &LampSettings::room, "Where it is.");
    options.secret("key", &LampSettings::key, "Key of the lamp.", "the key");
    options.choice<Colour>("colour", &LampSettings::colour, {{"red", Colour::red}, {"green", Colour::green}},
                           "Colour.");
    options.secrets_go_to({"monitoring_config.lamp_url"});
    Options<LampSettings>(table_, "lamp.").count("watts", &LampSettings::watts, 1, 100, "Power.");
  }

  Problem set(std::string_view key, const char* text) {
    const auto found = std::ranges::find(
        table_.options, key, [](const ConfigOption& option) -> std::string_view { return option.help.key; });
    const YAML::Node node(text);
    return found->set(config_, {.node = node, .folder = {}});
  }

  OptionTable table_;
  Config config_;
};

TEST_F(OptionsTest, TellOfThemselves) {
  std::vector<std::string> told;
  for (const ConfigOption& option : table_.options) {
    told.push_back(fmt::format("{} {} {}{}{}", option.help.key, option.help.environment, option.help.fallback,
                               option.help.secret ? " secret" : "", option.help.address ? " address" : ""));
  }
  EXPECT_THAT(
      told, ElementsAre("monitoring_config.lamp_url LAMP_URL  address", "monitoring_config.lamp_room LAMP_ROOM hall",
                        "monitoring_config.lamp_key LAMP_KEY  secret", "monitoring_config.lamp_key_file LAMP_KEY_FILE ",
                        "monitoring_config.lamp_colour LAMP_COLOUR green", "lamp.watts  60"));
  ASSERT_EQ(table_.addressees.size(), 1U);
  EXPECT_EQ(table_.addressees[0].section, "monitoring_config.lamp_");
}

TEST_F(OptionsTest, SetWhatTheComponentReads) {
  EXPECT_EQ(std::as_const(config_).of<LampSettings>().room, "hall") << "nobody has set anything";
  EXPECT_FALSE(set("monitoring_config.lamp_room", "kitchen"));
  EXPECT_FALSE(set("monitoring_config.lamp_colour", "red"));
  EXPECT_FALSE(set("lamp.watts", "40"));
  const Config copy = config_;
  EXPECT_EQ(copy.of<LampSettings>().room, "kitchen");
  EXPECT_EQ(copy.of<LampSettings>().colour, Colour::red);
  EXPECT_EQ(copy.of<LampSettings>().watts, 40U);
  EXPECT_EQ(set("monitoring_config.lamp_colour", "blue"), "must be red or green");
  EXPECT_TRUE(set("lamp.watts", "400"));
}

}  // namespace
}  // namespace omniwriter
