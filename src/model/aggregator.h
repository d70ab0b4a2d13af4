#pragma once
/// Turns batches of samples into a Run, in bounded memory.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/endpoint_names.h"
#include "omniwriter/run.h"
#include "omniwriter/sample.h"

namespace omniwriter {

struct AggregatorLimits {
  std::size_t max_series = 1000;
  /// Of the content of the timeline; beyond it, slots become wider.
  std::size_t timeline_bytes = std::size_t{40} << 20;
  std::size_t open_bytes = std::size_t{8} << 20;  ///< of that, in open slots
  /// Where what is closed of the timeline is kept. Null: all slots stay open.
  std::shared_ptr<TimelineKeeper> keeper = nullptr;
  /// Makes names of endpoints of the names of requests; those of transactions stay. Null: all stay.
  std::shared_ptr<const EndpointNames> endpoint_names = nullptr;
};

/// Keeps, per endpoint and time slot, one Tally. Slots are open, and in memory, until these take some megabytes; then
/// the older ones are closed, and go to the keeper. A sample that comes late opens its slot once more: the timeline
/// holds the sum of all parts of a slot. Slots begin one second wide and double whenever the timeline outgrows its
/// budget; they are aligned to the epoch, so the width and the content of the result depend on the samples alone, not
/// on the order or the cut of the batches. Once `max_series` endpoints are known, samples of further ones go to
/// "__other__" (which endpoints those are does depend on the order; the reader keeps file order).
/// Not thread-safe.
class Aggregator {
  struct AggregatedSeries;

 public:
  explicit Aggregator(AggregatorLimits limits = {});
  ~Aggregator();
  Aggregator(Aggregator&&) noexcept;
  Aggregator& operator=(Aggregator&&) noexcept;

  /// Remembers how the string ids of one batch object map to this aggregator's, across refills of that batch.
  class Feed {
   public:
    /// To be called when the batch has forgotten its tables.
    void reset();

   private:
    friend class Aggregator;
    std::vector<AggregatedSeries*> series_;  // by endpoint id, all kinds each; null until first met
    std::vector<std::uint32_t> outcomes_;    // by outcome id
    std::vector<std::uint32_t> messages_;    // by message id
  };

  /// What is added from now on is of another file: its users are those of another load generator, see UserCounts and
  /// SourceCounts.
  void begin_file(std::string_view name);
  void add(const SampleBatch& batch, Feed& feed);
  /// Adds all of another run, as if its samples had been added here. Names and bad records are not taken over.
  void merge(const Run& run);

  [[nodiscard]] std::uint64_t samples() const;
  /// Start of the first request and end of the last, so far; only where there are samples.
  [[nodiscard]] std::int64_t started_ns() const;
  [[nodiscard]] std::int64_t ended_ns() const;
  /// A name that became another, with what it became; two empty texts where none did.
  [[nodiscard]] const std::pair<std::string, std::string>& example_of_renaming() const;
  [[nodiscard]] std::size_t timeline_bytes() const;
  [[nodiscard]] std::int64_t interval_seconds() const;

  /// The run as it is now: a copy of what is open, with what is closed. With `from_ns`, of the slots that begin then or
  /// later: for what happened lately.
  [[nodiscard]] Run snapshot(std::int64_t from_ns = std::numeric_limits<std::int64_t>::min()) const;

  /// Computes totals, sorts, and hands the run out. `info` and the bad records are for the caller to fill.
  /// The aggregator is empty afterwards.
  [[nodiscard]] Run finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter
