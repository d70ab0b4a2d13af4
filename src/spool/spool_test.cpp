#include "spool/spool.h"

#include <gtest/gtest.h>

#include "support/faulty_disk.h"

namespace omniwriter {
namespace {

TEST(Spool, APlaceThatAnotherHoldsIsBusy) {
  testing::FaultyDisk disk;
  Spool spool(disk, "/spool", 1 << 20, 7);
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
}

}  // namespace
}  // namespace omniwriter
