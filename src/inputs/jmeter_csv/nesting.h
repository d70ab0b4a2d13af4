#pragma once
/// Tells the parts of samples from requests.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/jmeter/transactions.h"
#include "reading/input.h"

namespace omniwriter::jmeter_csv {

/// Finds the rows that are parts of a sample: the steps of a redirect and embedded resources. JMeter numbers them after
/// it ("redir-0" of "redir"), and they lie within its time, in the same thread. What lies within a transaction is a
/// request, whatever its name.
///
/// JMeter writes the sample first, then its parts. Where a file was sorted by time, other rows stand in between, and
/// the first part, which begins with the sample, may come before it: a numbered row whose sample was not seen waits
/// until a row of its thread lies apart from it.
class Nesting final : public OrderedStage {
 public:
  /// `tells_transactions`: otherwise they look like requests.
  explicit Nesting(bool tells_transactions) : tells_transactions_(tells_transactions) {}

  void apply(SampleBatch& batch) override;
  void finish(SampleBatch& batch) override;
  [[nodiscard]] std::string note() const override;

 private:
  // A sample that parts may belong to.
  struct Outer {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = -1;
    std::uint64_t label_hash = 0;
    bool whole_second = false;
    bool has_parts = false;
  };
  struct Waiting {
    Sample sample;
    SampleOrigin origin;
    std::string label;
    Outcome outcome;
    std::optional<SampleDetail> detail;
    std::string message;
    std::array<std::string, kMaxDimensions> dimensions;
  };
  struct Thread {
    std::uint64_t hash = 0;
    std::array<Outer, 4> outers;  // several: threads of several machines may have one name
    std::size_t next = 0;
    std::vector<Waiting> waiting;
  };

  static constexpr std::size_t kThreads = 2048;
  static constexpr std::size_t kMaxWaiting = 256;  // of a thread
  static constexpr std::size_t kMaxWaitingInAll = 10'000;
  static constexpr std::uint32_t kMaxInVain = 1000;  // rows of one name that waited for nothing
  static constexpr std::size_t kMaxNames = 10'000;

  static bool encloses(const Outer& outer, const Sample& sample, const SampleOrigin& origin, std::string_view label);
  static bool is_part(Thread& thread, const Sample& sample, const SampleOrigin& origin, std::string_view label);
  bool waits(Thread& thread, const Sample& sample, const SampleOrigin& origin, const SampleBatch& batch);
  bool settle_waiting(Thread& thread, const Sample& sample, Outer outer, std::size_t row, SampleBatch& batch);
  void release(const Waiting& waiting, SampleKind kind, SampleBatch& batch);
  void release_all(Thread& thread, SampleBatch& batch);
  void rewrite_from(std::size_t row, const SampleBatch& batch);

  // By hash. Two threads in one place forget each other's rows: that matters only where their rows interleave.
  std::vector<Thread> threads_ = std::vector<Thread>(kThreads);
  std::unordered_map<std::uint64_t, std::uint32_t> in_vain_;  // by the hash of a numbered name
  std::vector<Sample> rewritten_;  // the rows of the batch, where they are not what they were
  bool rewrites_ = false;
  std::size_t waiting_ = 0;
  jmeter::TransactionTally tally_;
  const bool tells_transactions_;
  std::uint64_t rows_ = 0;
  std::uint64_t overlaps_ = 0;   // rows within the time of the row of their thread before them
  std::uint64_t rows_back_ = 0;  // that begin before the row of their thread before them
  std::uint64_t numbered_ = 0;   // requests with the name of a part
};

}  // namespace omniwriter::jmeter_csv
