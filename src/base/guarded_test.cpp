#include "base/guarded.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

namespace omniwriter {
namespace {

TEST(Guarded, LetsOneThreadAtATimeIn) {
  Guarded<int> count;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) count.with([](int& value) { ++value; });
      });
    }
  }
  EXPECT_EQ(count.with([](int value) { return value; }), 40'000);
}

TEST(Guarded, TheLockIsFreeAgainAfterAnException) {
  Guarded<int> count;
  EXPECT_THROW(count.with([](int&) { throw std::string("no"); }), std::string);
  EXPECT_EQ(count.with([](int value) { return value; }), 0);
}

class Mailbox {
 public:
  void put(int letter) {
    {
      const Lock lock(mutex_);
      letters_.push_back(letter);
    }
    arrived_.notify_one();
  }
  int take() {
    Lock lock(mutex_);
    arrived_.wait(lock, [&]() REQUIRES(mutex_) { return !letters_.empty(); });
    const int letter = letters_.back();
    letters_.pop_back();
    return letter;
  }

 private:
  Mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<int> letters_ GUARDED_BY(mutex_);
};

TEST(Mutex, AConditionIsWaitedForWithItsLock) {
  Mailbox mailbox;
  const std::jthread sender([&] { mailbox.put(7); });
  EXPECT_EQ(mailbox.take(), 7);
}

}  // namespace
}  // namespace omniwriter
