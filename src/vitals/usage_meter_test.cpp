#include "vitals/usage_meter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>

#include "base/child_process.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A kernel made of files, with four CPUs.
class UsageMeterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "usage-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    files_ = {folder_ / "proc", folder_ / "cgroup"};
    fs::create_directories(files_.cgroups);
    write("proc/stat", "cpu  100 50 30 9000 400 5 6 9 70 80\ncpu0 1 1\ncpu1 1 1\ncpu2 1 1\ncpu3 1 1\nintr 5\n");
    write("proc/meminfo", "MemTotal:       1000 kB\nMemFree:         200 kB\nMemAvailable:    600 kB\n");
    write("proc/self/stat", "no number");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& content) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << content;
  }
  struct Told {
    pid_t parent = 1;
    int user = 0;
    int system = 0;
    int waited = 0;
    int pages = 0;
    int started = 100;
    std::string name = "tool";
  };
  void process(pid_t id, const Told& told) const {
    write(fmt::format("proc/{}/stat", id),
          fmt::format("{} ({}) S {} 1 1 0 -1 0 0 0 0 0 {} {} {} 0 20 0 9 0 {} 999999 {} 18446744073709551615 1 1\n", id,
                      told.name, told.parent, told.user, told.system, told.waited, told.started, told.pages));
  }
  void ends(pid_t id) const { fs::remove_all(files_.proc / fmt::format("{}", id)); }
  /// Milliseconds on CPUs since the last call.
  milliseconds more(UsageMeter& meter) {
    const auto usage = meter.read();
    if (!usage) return milliseconds(-1);
    memory_pages_ = usage->memory_bytes
                        ? std::optional(*usage->memory_bytes / static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)))
                        : std::nullopt;
    const auto before = std::exchange(cpu_, usage->cpu);
    return std::chrono::duration_cast<milliseconds>(usage->cpu - before);
  }

  fs::path folder_;
  KernelFiles files_;
  std::chrono::nanoseconds cpu_{0};
  std::optional<std::uint64_t> memory_pages_;
};

TEST_F(UsageMeterTest, AllThatAProcessStartedCountsAndItselfDoesNot) {
  process(50, {.user = 500, .waited = 7, .pages = 1000, .name = "omniwriter"});
  process(60, {.user = 999, .pages = 4000, .name = "a stranger"});
  process(70, {.parent = 60, .user = 999, .pages = 4000});
  const auto meter = meter_of_children(50, files_);
  ASSERT_TRUE(meter);
  more(**meter);
  EXPECT_FALSE(memory_pages_) << "nothing was started yet";
  process(80, {.parent = 50, .user = 20, .system = 10, .pages = 300, .name = "sh (k6) 9 9 9"});
  process(45, {.parent = 90, .user = 50, .pages = 40});  // ids begin anew some day
  process(90, {.parent = 80, .user = 100, .pages = 2});
  EXPECT_EQ(more(**meter), milliseconds(1800));
  EXPECT_EQ(memory_pages_, 342);
  process(90, {.parent = 80, .user = 130, .pages = 3});
  process(60, {.user = 5000, .pages = 4000});
  EXPECT_EQ(more(**meter), milliseconds(300));
  EXPECT_EQ((*meter)->cpus(), 4);
}

TEST_F(UsageMeterTest, WhatAnEndedProcessUsedStays) {
  process(50, {});
  process(80, {.parent = 50, .user = 100, .pages = 10});
  process(81, {.parent = 80, .user = 500, .pages = 10});
  const auto meter = meter_of_children(50, files_);
  ASSERT_TRUE(meter);
  EXPECT_EQ(more(**meter), milliseconds(6000));
  ends(81);  // its parent waited for it; others came and went between two looks
  process(80, {.parent = 50, .user = 101, .waited = 500 + 40 + 30, .pages = 10});
  EXPECT_EQ(more(**meter), milliseconds(10 + 700));
  EXPECT_EQ(memory_pages_, 10);
  ends(80);
  process(50, {.waited = 101 + 570 + 8});
  EXPECT_EQ(more(**meter), milliseconds(80)) << "the tool has ended";
  EXPECT_FALSE(memory_pages_);
}

TEST_F(UsageMeterTest, OneThatNobodyWaitedForTakesNothingAway) {
  process(50, {});
  process(80, {.parent = 50, .user = 100});
  process(81, {.parent = 50, .user = 5000});
  const auto meter = meter_of_children(50, files_);
  more(**meter);
  ends(81);
  process(80, {.parent = 50, .user = 130});
  EXPECT_EQ(more(**meter), milliseconds(300));
  process(80, {.parent = 50, .user = 150});
  EXPECT_EQ(more(**meter), milliseconds(200));
}

TEST_F(UsageMeterTest, AProcessThatLeftTheTreeStaysAndOneThatTookItsIdDoesNot) {
  process(50, {.user = 10});
  process(80, {.parent = 50, .user = 100, .pages = 7});
  const auto meter = meter_of_process(50, files_);
  ASSERT_TRUE(meter);
  EXPECT_EQ(more(**meter), milliseconds(1100));
  ends(50);
  process(80, {.parent = 1, .user = 150, .pages = 7});
  EXPECT_EQ(more(**meter), milliseconds(500)) << "a daemon";
  EXPECT_EQ(memory_pages_, 7);
  process(80, {.parent = 1, .user = 9999, .pages = 7, .started = 4000});
  const auto usage = (*meter)->read();
  ASSERT_FALSE(usage);
  EXPECT_THAT(usage.error().message, HasSubstr("process 50 has ended"));
}

TEST_F(UsageMeterTest, TellsWhatCannotBeMeasured) {
  EXPECT_THAT(meter_of_process(77, files_).error().message, HasSubstr("there is no process 77"));
  EXPECT_THAT(meter_of_cgroup("app", files_).error().message, HasSubstr("has no cpu.stat"));
  files_.proc = folder_ / "none";
  EXPECT_THAT(meter_of_children(50, files_).error().message, HasSubstr("none/stat cannot be read"));
  EXPECT_THAT(meter_of_host(files_).error().message, HasSubstr("none/stat cannot be read"));
}

TEST_F(UsageMeterTest, CpusAreThoseThatMayBeUsed) {
  process(50, {});
  write("proc/50/status", "Name:\ttool\nCpus_allowed:\tf\nCpus_allowed_list:\t0-1,3\n");
  EXPECT_EQ((*meter_of_process(50, files_))->cpus(), 3);
  write("proc/50/cgroup", "4:memory:/x\n0::/shop/load\n");
  EXPECT_EQ((*meter_of_process(50, files_))->cpus(), 3) << "a group that cannot be seen here";
  write("cgroup/shop/load/cpu.max", "max 100000\n");
  write("cgroup/shop/cpu.max", "150000 100000\n");
  EXPECT_EQ((*meter_of_process(50, files_))->cpus(), 1.5) << "of the group around it";
}

TEST_F(UsageMeterTest, AControlGroup) {
  write("cgroup/shop/cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
  write("cgroup/shop/cpu.max", "200000 100000\n");
  write("cgroup/shop/memory.current", "9000000\n");
  write("cgroup/shop/memory.stat", "anon 1\ninactive_file 4000000\n");
  for (const fs::path& path : {fs::path("shop"), files_.cgroups / "shop"}) {
    const auto meter = meter_of_cgroup(path, files_);
    ASSERT_TRUE(meter);
    EXPECT_EQ((*meter)->cpus(), 2);
    const auto usage = (*meter)->read();
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->cpu, milliseconds(1500));
    EXPECT_EQ(usage->memory_bytes, 5'000'000);
  }
}

TEST_F(UsageMeterTest, TheMachine) {
  const auto meter = meter_of_host(files_);
  ASSERT_TRUE(meter);
  const auto usage = (*meter)->read();
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cpu, milliseconds(10 * (100 + 50 + 30 + 5 + 6 + 9))) << "all but idle and waiting";
  EXPECT_EQ(usage->memory_bytes, 400 * 1024);
  EXPECT_EQ((*meter)->cpus(), 4);
}

std::chrono::nanoseconds time_used(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

TEST(UsageMeter, ProcessesThatComeAndGoCountOnce) {
  const auto meter = meter_of_children(getpid());
  ASSERT_TRUE(meter);
  const auto from = (*meter)->read();
  const auto own_from = time_used(RUSAGE_CHILDREN);
  const std::string work = "(j=0; while [ $j -lt 10000 ]; do j=$((j+1)); done)";
  auto child = ChildProcess::start(
      {{"sh", "-c", fmt::format("for i in 1 2 3 4 5 6 7 8 9; do {0} & {0} & {0} & wait; done", work)}, {}, {}});
  ASSERT_TRUE(child);
  auto now = (*meter)->read();
  while (!child->poll()) {
    const auto before = std::exchange(now, (*meter)->read());
    ASSERT_TRUE(now);
    EXPECT_GE(now->cpu, before->cpu);
  }
  now = (*meter)->read();
  ASSERT_TRUE(from && now);
  const std::chrono::duration<double> measured = now->cpu - from->cpu;
  const std::chrono::duration<double> counted = time_used(RUSAGE_CHILDREN) - own_from;
  EXPECT_NEAR(measured.count(), counted.count(), 0.03 + 0.05 * counted.count());
  EXPECT_GT(counted.count(), 0.05);
}

// The kernel counts the same time for getrusage() as for /proc, in ticks of 10 ms.
TEST(UsageMeter, AgreesWithTheKernelsOwnAccount) {
  const auto meter = meter_of_process(getpid());
  ASSERT_TRUE(meter);
  const auto from = (*meter)->read();
  const auto own_from = time_used(RUSAGE_SELF);
  while (time_used(RUSAGE_SELF) - own_from < milliseconds(200)) {
  }
  const auto to = (*meter)->read();
  ASSERT_TRUE(from && to);
  EXPECT_NEAR(std::chrono::duration<double>(to->cpu - from->cpu).count(), 0.2, 0.04);
  constexpr std::size_t kMore = 64'000'000;
  const std::string more(kMore, 'x');
  const auto then = (*meter)->read();
  ASSERT_TRUE(then);
  EXPECT_EQ(more.find('y'), std::string::npos) << "it is there until then";
  EXPECT_NEAR(static_cast<double>(*then->memory_bytes) - static_cast<double>(*to->memory_bytes), kMore, 0.1 * kMore);
  EXPECT_GE((*meter)->cpus(), 0.05);
}

}  // namespace
}  // namespace omniwriter
