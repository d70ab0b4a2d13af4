#include "support/summary_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "reading/summary_format.h"

namespace omniwriter::test {

Run run_of_seed(std::string_view format_name, std::string_view file) {
  std::string folder(format_name);
  std::replace(folder.begin(), folder.end(), '-', '_');
  std::ifstream stream(std::filesystem::path(OMNIWRITER_SOURCE_DIR) / "fuzz/seeds" / folder / file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  for (const SummaryFormat* format : summary_formats()) {
    if (format->name() != format_name) continue;
    const auto summary = format->read(content, {});
    EXPECT_TRUE(summary) << summary.error().message;
    auto run = summary ? run_of(*summary, 1000) : std::unexpected(summary.error());
    EXPECT_TRUE(run) << run.error().message;
    return run ? *std::move(run) : omniwriter::Run();
  }
  ADD_FAILURE() << "no format " << format_name;
  return {};
}

}  // namespace omniwriter::test
