#pragma once
/// Expected outputs kept as files beside the code.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace omniwriter::testing {

/// Compares with the file, named from the root of the project. UPDATE_GOLDEN=1 writes it instead: read the difference
/// before you commit it.
inline void expect_golden(const std::string& actual, const std::string& path) {
  const auto file = std::filesystem::path(OMNIWRITER_SOURCE_DIR) / path;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(file, std::ios::binary);
  ASSERT_TRUE(in) << file << " is missing: write it with UPDATE_GOLDEN=1";
  std::stringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(actual, expected.str()) << path << " differs; UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace omniwriter::testing
