#include "spool/spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace omniwriter {
namespace {

TEST(Spool, APlaceThatAnotherHoldsIsBusy) {
  const auto folder = std::filesystem::temp_directory_path() / ("omniwriter-spool-" + std::to_string(::getpid()));
  Spool spool(system_disk(), folder, 1 << 20, 7);
  {
    const auto held = spool.open("run-1", "influxdb");
    ASSERT_TRUE(held) << held.error().message;
    const auto second = spool.open("run-1", "influxdb");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    EXPECT_TRUE(second.error().retryable);
    EXPECT_EQ(spool.remove("run-1").error().code, ErrorCode::busy);
    EXPECT_TRUE(spool.open("run-1", "csv")) << "another output";
    EXPECT_TRUE(spool.open("run-2", "influxdb")) << "another run";
  }
  EXPECT_TRUE(spool.open("run-1", "influxdb"));
  EXPECT_TRUE(spool.remove("run-1"));
  EXPECT_FALSE(spool.has("run-1", "influxdb"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace omniwriter
