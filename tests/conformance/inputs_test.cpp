// What every input has to keep to, whatever the bytes.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "reading/input.h"
#include "reading/nearest_formats.h"
#include "support/input_driver.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

// "jmeter-csv" has its seeds in fuzz/seeds/jmeter_csv.
fs::path seeds_of(const InputFormat& format) {
  std::string folder(format.name());
  std::replace(folder.begin(), folder.end(), '-', '_');
  return fs::path(OMNIWRITER_SOURCE_DIR) / "fuzz" / "seeds" / folder;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

class Inputs : public testing::TestWithParam<const InputFormat*> {};

TEST_P(Inputs, RecognisesItsSeedsAndNoOtherDoes) {
  ASSERT_FALSE(files(seeds_of(*GetParam())).empty());
  for (const fs::path& path : files(seeds_of(*GetParam()))) {
    if (path.filename().string().starts_with("found-")) continue;  // by a fuzzer: anything at all
    const std::string content = read(path);
    for (const InputFormat* format : input_formats()) {
      EXPECT_EQ(format->recognises(content), format == GetParam()) << path << " as " << format->name();
    }
  }
}

TEST_P(Inputs, TypicalNamesStandInItsFiles) {
  if (GetParam()->name() == "access-log") return;  // variables of nginx: which of them a log has, people choose
  std::string contents;
  for (const fs::path& path : files(seeds_of(*GetParam()))) contents += plain_name(read(path));
  for (const std::string_view name : GetParam()->typical_names()) {
    EXPECT_NE(contents.find(plain_name(name)), std::string::npos) << name;
  }
}

TEST_P(Inputs, KeepsToItsContractOnEverySeed) {
  for (const InputFormat* other : input_formats()) {
    for (const fs::path& path : files(seeds_of(*other))) {
      EXPECT_EQ(test::misbehaviour(*GetParam(), read(path)), "") << path;
    }
  }
}

TEST_P(Inputs, KeepsToItsContractOnDamagedSeeds) {
  for (const fs::path& path : files(seeds_of(*GetParam()))) {
    const std::string content = read(path);
    for (std::size_t at = 0; at < content.size(); at += 7) {
      std::string damaged = content;
      damaged[at] = "\",\n<\0{\xFF"[at / 7 % 7];
      ASSERT_EQ(test::misbehaviour(*GetParam(), damaged), "") << path << ", byte " << at;
      ASSERT_EQ(test::misbehaviour(*GetParam(), content.substr(0, at)), "") << path << ", cut at " << at;
    }
  }
}

TEST_P(Inputs, ReadsNothingFromNothing) {
  for (const std::string content : {"", "\n", "\xEF\xBB\xBF"}) {
    EXPECT_FALSE(GetParam()->recognises(content));
    EXPECT_EQ(test::misbehaviour(*GetParam(), content), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, Inputs, testing::ValuesIn(input_formats()), [](const auto& tested) {
  std::string name(tested.param->name());
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace omniwriter
