#pragma once
/// What a destination has to do: encode a run (pure) and send batches. Everything else (batching, timeout, retry,
/// counting, shutdown) is written once, in Delivery.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/ledger_board.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct Judgement;

/// One encoded record: a line of line protocol, an action with its document, a whole exposition. Encoding the same run
/// twice gives the same items, byte for byte, so that an item sent twice is visible once.
struct OutputItem {
  std::string bytes;
  std::uint64_t samples = 0;  ///< how many samples of the run this item accounts for in the ledger; over all items of
                              ///< a run these add up to the samples of the run
  bool starts_batch = false;  ///< never in one batch with the items before it
};

/// The most a batch may hold. A single item larger than max_bytes is sent alone.
struct BatchLimits {
  std::size_t max_items = 5000;
  std::size_t max_bytes = std::size_t{5} << 20;
  /// How many batches may be on their way at once. Only where it does not matter which of them arrives first; the last
  /// of a run is sent when all others are settled.
  std::size_t requests = 1;
};

/// An item that was not stored.
struct RejectedItem {
  std::size_t index;   ///< into the batch
  std::string reason;  ///< the server's words
};

/// How to go on with the retryable items of a batch.
enum class Retry : std::uint8_t {
  later,    ///< the same again, after a while
  smaller,  ///< at once, in halves, and in batches no larger from now on: this one was too large
  bisect,   ///< at once, in halves, until the culprit is alone: the server refused some items and did not say which
  blocked,  ///< not now: a person has to mend something first (credentials, a missing database, a full disk)
};

/// What became of a batch. Items named in neither list were accepted. After `smaller` or `bisect` an item that was sent
/// alone is rejected, with the retry reason.
struct SendReport {
  std::vector<RejectedItem> rejected;        ///< sending them again cannot help
  std::vector<std::size_t> retryable;        ///< indices into the batch that may succeed later
  std::string retry_reason;                  ///< why, for people; empty where nothing is retryable
  std::chrono::milliseconds retry_after{0};  ///< the server asked to wait this long (Retry-After); 0: it did not
  Retry retry = Retry::later;
  bool no_answer = false;  ///< nobody said anything
};

/// What is new about a run that goes on.
struct LiveNews {
  SlotRange fresh;  ///< the slots that are complete, as far as one can know, and were not sent before
  Tally recent;     ///< response times of the requests that became known lately, at least 5 s of them; nothing else
};

/// The time slots that an output was sent before a run was what it is now, and has as they are in the end.
struct SentSlots {
  std::int64_t end = std::numeric_limits<std::int64_t>::min();  ///< those before it
  std::vector<std::int64_t> but;                                ///< ascending: without these, which changed since
  bool moved = false;  ///< it may have how the run as a whole stood, in another place: remove_whole() comes first
  [[nodiscard]] bool none() const { return end == std::numeric_limits<std::int64_t>::min(); }
  [[nodiscard]] bool has(std::int64_t slot) const { return slot < end && !std::ranges::binary_search(but, slot); }
};

/// The slots whose alerts are sent behind `sent`: an alert looks back, so a late sample may change many.
[[nodiscard]] inline SlotRange slots_of_alerts(const SentSlots& sent) {
  return sent.but.empty() ? SlotRange{.first = sent.end} : SlotRange{};
}

/// A destination. Used by one thread at a time, but for abort(), and for send() where limits() allow several requests:
/// then several threads send at once.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  /// The name users write: "influxdb".
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual BatchLimits limits() const { return {}; }
  /// Whether it delivers Run::kept_samples. Such an output is sent nothing of a run that goes on, and nothing is taken
  /// back from it.
  [[nodiscard]] virtual bool takes_samples() const { return false; }

  /// Makes the destination ready: creates the database, puts the index template. Idempotent.
  [[nodiscard]] virtual Result<void> prepare() { return {}; }
  /// What people have to know to make use of it, such as where it listens; once, after prepare(). By default nothing.
  [[nodiscard]] virtual std::string startup_message() { return {}; }
  /// Hands over the ledger of the delivery that begins, of all its outputs, for an output that shows it.
  virtual void show_ledger(std::shared_ptr<const LedgerBoard> /*board*/) {}

  /// Hands over what the run was found to be, before it is encoded, for an output that tells of it; null where it was
  /// not judged.
  virtual void show_judgement(std::shared_ptr<const Judgement> /*judgement*/) {}

  /// Hands every item of the run to `emit`, in a fixed order. Pure: no I/O, the same bytes each time.
  virtual void encode(const Run& run, const std::function<void(OutputItem)>& emit) const = 0;

  /// Hands over what can be sent while the run goes on: the fresh slots, and how the run as a whole stands, which is
  /// sent again and again. What encode() gives in the end replaces these items, or is the same; where it is neither (a
  /// server that keeps the first of two), remove() comes before. By default nothing.
  virtual void encode_live(const Run& so_far, const LiveNews& news, const std::function<void(OutputItem)>& emit) const;

  /// Whether what is sent of a time slot replaces all that was sent of it before. Such an output is not sent again, in
  /// the end, what it was sent while the run went on.
  [[nodiscard]] virtual bool replaces_slots() const { return false; }
  /// What encode() gives, without that of the slots in `sent`. Called only where replaces_slots().
  virtual void encode_rest(const Run& run, const SentSlots& sent, const std::function<void(OutputItem)>& emit) const;

  /// Sends a batch and tells what became of each item. Blocks for at most `timeout`. Never throws.
  [[nodiscard]] virtual SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) = 0;

  /// Takes back what the destination holds of a run, where it can.
  [[nodiscard]] virtual Result<void> remove(const Run& run);
  /// Takes back, wherever it stands, how the run as a whole stood: all that is no time slot's, and is sent with each
  /// state. For an output where its place depends on the run, such as on its start. By default it does not: nothing.
  [[nodiscard]] virtual Result<void> remove_whole(const Run& /*run*/) { return {}; }

  /// Breaks off what another thread waits for within about a second, as if the server did not answer; and whatever
  /// would wait from now on, at once.
  void abort() { aborted_.request_stop(); }

 protected:
  /// Requested by abort(). Who waits for a server heeds it.
  [[nodiscard]] std::stop_token aborted() const { return aborted_.get_token(); }

 private:
  std::stop_source aborted_;
};

/// The report of a batch that failed as a whole.
[[nodiscard]] SendReport all_retryable(std::size_t items, std::string reason, Retry retry = Retry::later);
[[nodiscard]] SendReport all_rejected(std::size_t items, const std::string& reason);

}  // namespace omniwriter
