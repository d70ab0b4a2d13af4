#include "pipeline/delivery.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace omniwriter {
namespace {

using Batch = std::vector<OutputItem>;

/// Brings batches to the output until each item is settled: accepted, rejected or, once it has stopped, pending.
class Sender {
 public:
  Sender(Output& output, const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed, LedgerEntry& ledger)
      : output_(output), options_(options), clock_(clock), random_(jitter_seed), ledger_(ledger) {}

  /// Whether the destination is ready. If not, why is in the ledger.
  bool prepare() {
    while (true) {
      stalled_since_ = stalled_since_.value_or(clock_.steady());
      const auto ready = output_.prepare();
      if (ready) break;
      if (!ready.error().retryable || !wait(std::chrono::milliseconds{0})) {
        problem(ready.error().message);
        return false;
      }
    }
    progress();
    return true;
  }

  void send(Batch batch) {
    std::vector<Batch> todo;  // a stack: the halves of a batch go one after the other
    todo.push_back(std::move(batch));
    while (!todo.empty()) {
      Batch next = std::move(todo.back());
      todo.pop_back();
      if (stopped_) {
        leave_pending(next);
        continue;
      }
      stalled_since_ = stalled_since_.value_or(clock_.steady());
      const SendReport report = output_.send(next, options_.request_timeout);
      const bool alone = next.size() == 1;
      Batch left = settle(std::move(next), report);
      if (left.empty()) continue;

      if (report.retry == Retry::smaller || report.retry == Retry::bisect) {
        if (alone) {
          reject(left.front(), report.retry_reason);
          continue;
        }
        if (report.retry == Retry::smaller) shrink(left);
        const auto middle = left.begin() + static_cast<std::ptrdiff_t>((left.size() + 1) / 2);
        Batch second(std::make_move_iterator(middle), std::make_move_iterator(left.end()));
        left.erase(middle, left.end());
        if (!second.empty()) todo.push_back(std::move(second));
        todo.push_back(std::move(left));
      } else if (report.retry == Retry::later && wait(report.retry_after)) {
        ++ledger_.retries;
        todo.push_back(std::move(left));
      } else {
        stopped_ = true;
        problem(report.retry_reason);
        leave_pending(left);
      }
    }
  }

  /// What a batch may hold now.
  [[nodiscard]] const BatchLimits& limits() const { return limits_; }

 private:
  // Counts what the report settles and returns the rest.
  Batch settle(Batch batch, const SendReport& report) {
    enum class Fate : std::uint8_t { accepted, rejected, left };
    std::vector<Fate> fates(batch.size(), Fate::accepted);
    for (const RejectedItem& item : report.rejected) {
      if (item.index >= batch.size() || fates[item.index] == Fate::rejected) continue;
      fates[item.index] = Fate::rejected;
      reject(batch[item.index], item.reason);
    }
    for (const std::size_t index : report.retryable) {
      if (index < batch.size() && fates[index] == Fate::accepted) fates[index] = Fate::left;
    }
    Batch left;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (fates[i] == Fate::left) {
        left.push_back(std::move(batch[i]));
      } else if (fates[i] == Fate::accepted) {
        ledger_.accepted += batch[i].samples;
        ++ledger_.items;
      }
    }
    if (left.size() < batch.size()) progress();
    return left;
  }

  void reject(const OutputItem& item, const std::string& reason) {
    ledger_.rejected += item.samples;
    problem(reason);
    progress();
  }

  void leave_pending(const Batch& batch) {
    for (const OutputItem& item : batch) ledger_.pending += item.samples;
  }

  void problem(const std::string& reason) {
    auto& problems = ledger_.problems;
    if (problems.size() < LedgerEntry::kMaxProblems && std::ranges::find(problems, reason) == problems.end()) {
      problems.push_back(reason);
    }
  }

  void progress() {
    stalled_since_.reset();
    attempt_ = 0;
  }

  // Sleeps until the next attempt is due; false where that is past the time to give up.
  bool wait(std::chrono::milliseconds asked) {
    const std::chrono::nanoseconds left = options_.give_up_after - (clock_.steady() - *stalled_since_);
    if (left.count() <= 0 || asked > left) return false;
    std::chrono::nanoseconds pause = asked;
    if (asked.count() <= 0) {
      const int doublings = std::min(attempt_++, 20);
      const auto most = std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
      // Full jitter: clients that failed together do not come back together.
      std::uniform_int_distribution<std::int64_t> anywhere(0, std::chrono::nanoseconds(most).count());
      pause = std::chrono::nanoseconds(anywhere(random_));
    }
    clock_.sleep(std::min(pause, left));
    return true;
  }

  void shrink(const Batch& too_large) {
    std::size_t bytes = 0;
    for (const OutputItem& item : too_large) bytes += item.bytes.size();
    limits_.max_items = std::max<std::size_t>(too_large.size() / 2, 1);
    limits_.max_bytes = std::max<std::size_t>(bytes / 2, 1);
  }

  Output& output_;
  const DeliveryOptions& options_;
  Clock& clock_;
  std::mt19937_64 random_;
  LedgerEntry& ledger_;
  BatchLimits limits_ = output_.limits();
  std::optional<std::chrono::nanoseconds> stalled_since_;  // start of the first attempt that settled nothing
  int attempt_ = 0;
  bool stopped_ = false;
};

}  // namespace

// The seam for a durable spool is between the two: `produce` hands items out one by one and knows nothing of sending,
// Sender::send() takes any batch of items from wherever they come. No more than one batch is in memory.
static LedgerEntry deliver_from(const std::function<void(const std::function<void(OutputItem)>&)>& produce,
                                std::uint64_t samples, Output& output, const DeliveryOptions& options, Clock& clock,
                                std::uint64_t jitter_seed) {
  LedgerEntry ledger;
  ledger.output = output.name();
  Sender sender(output, options, clock, jitter_seed, ledger);
  if (!sender.prepare()) {
    ledger.pending = samples;
    return ledger;
  }
  Batch batch;
  std::size_t batch_bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) sender.send(std::exchange(batch, {}));
    batch_bytes = 0;
  };
  produce([&](OutputItem item) {
    if (item.starts_batch || batch.size() >= sender.limits().max_items ||
        batch_bytes + item.bytes.size() > sender.limits().max_bytes) {
      flush();
    }
    batch_bytes += item.bytes.size();
    batch.push_back(std::move(item));
  });
  flush();
  return ledger;
}

LedgerEntry deliver(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                    std::uint64_t jitter_seed) {
  return deliver_from([&](const auto& emit) { output.encode(run, emit); }, run.samples_of(SampleKind::request), output,
                      options, clock, jitter_seed);
}

LedgerEntry deliver_items(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options, Clock& clock,
                          std::uint64_t jitter_seed) {
  std::uint64_t samples = 0;
  for (const OutputItem& item : items) samples += item.samples;
  return deliver_from(
      [&](const auto& emit) {
        for (OutputItem& item : items) emit(std::move(item));
      },
      samples, output, options, clock, jitter_seed);
}

std::vector<LedgerEntry> deliver_to_all(const Run& run, const std::vector<std::unique_ptr<Output>>& outputs,
                                        const DeliveryOptions& options, Clock& clock) {
  std::vector<LedgerEntry> entries(outputs.size());
  std::vector<std::jthread> threads;
  threads.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto jitter_seed = static_cast<std::uint64_t>(clock.wall_ns()) + i;
      entries[i] = deliver(run, *outputs[i], options, clock, jitter_seed);
    });
  }
  threads.clear();  // waits for all
  return entries;
}

}  // namespace omniwriter
