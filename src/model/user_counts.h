#pragma once
/// How many virtual users several load generators have at once.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "omniwriter/sample.h"

namespace omniwriter {

/// Keeps the most users of each generator in each time slot, and adds them up over those that run at the same time.
/// A generator is what a file names, in whatever file; else each file is one of its own. What one file leaves off and
/// another goes on with, as when a file is rotated, is one generator.
class UserCounts {
 public:
  /// What is added from now on without a name is of another generator.
  void begin_file() { ++file_; }
  void add(std::int64_t slot, const ActiveUsers& point);
  /// How much memory that takes, whatever the order of what was added.
  [[nodiscard]] std::size_t bytes() const { return words_ * kBytesOfWord; }
  /// Makes every slot twice as wide.
  void double_slots();
  /// Slot -> users at once. Between its first slot and its last, a generator that says nothing has as many as before.
  [[nodiscard]] std::map<std::int64_t, std::uint32_t> total() const;

 private:
  struct Generator {
    bool named = false;
    std::int64_t first_told_ns = 0;
    std::int64_t last_ns = 0;
    std::map<std::int64_t, std::uint32_t> most;  // by slot
  };
  /// Where files are rotated, what is written late began before the file did: that must not look like an overlap.
  static std::int64_t begin_of(const Generator& one) { return std::min(one.first_told_ns, one.last_ns); }
  static std::int64_t end_of(const Generator& one) { return std::max(one.first_told_ns, one.last_ns); }

  using Chain = std::vector<const Generator*>;

  static constexpr std::size_t kBytesOfWord = 48;      // a node of a map
  static constexpr std::size_t kMaxGenerators = 1000;  // whatever names a file makes up

  Generator& generator_of(const ActiveUsers& point);
  [[nodiscard]] std::vector<Chain> chains() const;

  std::uint64_t file_ = 1;
  std::size_t words_ = 0;  // slots of all generators
  std::unordered_map<std::uint64_t, Generator> generators_;
  std::uint64_t last_key_ = 0;
  Generator* last_ = nullptr;
};

/// The same of each scenario or group of threads. Beyond a hundred of them, the others are one: kOtherEndpoint.
class ScenarioUserCounts {
 public:
  void begin_file();
  void add(std::int64_t slot, ActiveUsers point, const std::string& scenario);
  [[nodiscard]] std::size_t bytes() const;
  void double_slots();
  /// By scenario, from a slot on; those without any are left out.
  [[nodiscard]] std::map<std::string, std::map<std::int64_t, std::uint32_t>> totals(std::int64_t first_slot) const;

 private:
  std::map<std::string, UserCounts> counts_;
};

}  // namespace omniwriter
