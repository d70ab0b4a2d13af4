#pragma once
/// Brings batches to an output: several at once, retry, splitting, giving up. Private to this folder.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/delivery.h"
#include "delivery/lanes.h"
#include "delivery/output.h"
#include "delivery/request_window.h"

namespace omniwriter {

using Batch = std::vector<OutputItem>;

/// An item that the output does not want, with its words.
struct Refused {
  OutputItem item;
  std::string reason;
};

/// What failed since something was under way last. Outside of Sender, for std::optional needs it complete there.
struct SendFailures {
  std::uint64_t parts = 0;
  bool may_wait = true;
  std::string reason = {};
  std::chrono::milliseconds asked{0};  ///< how long the server asked to wait
  bool blocked = false;
  bool nobody_there = true;
};

/// Brings batches to the output until each item is settled (accepted or refused), or it has stopped. As many requests
/// are under way as the output allows and the server bears (RequestWindow); after a failure one alone, until something
/// is settled again. The parts of one batch go one after the other. Batches are counted in the ledger in the order in
/// which they were given, each as a whole; when it has stopped, also in part. For one thread.
class Sender {
 public:
  struct Callbacks {
    /// Keeps what was refused of a batch. False where that cannot be: the items count as pending, and it has stopped.
    std::function<bool(const std::vector<Refused>& refused)> keep = {};
    /// This batch, by the number given to send(), and all before it are settled, kept and counted.
    std::function<void(std::uint64_t number)> done = {};
  };
  Sender(Output& output, const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed, LedgerEntry& ledger,
         Callbacks callbacks);

  /// Whether the destination is ready. If not, it has stopped.
  bool prepare();
  /// Returns once another batch may be given. False where it has stopped.
  bool send(Batch batch, std::uint64_t number);
  /// Returns once all batches are settled. False where it has stopped.
  bool finish();

  /// After something else than sending failed: waits, or stops.
  bool go_on_after(const Error& error);
  /// Something else than sending went well again.
  void progress();
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// Whether it has stopped, or somebody asked for that.
  [[nodiscard]] bool ends();
  /// What a batch may hold now.
  [[nodiscard]] const BatchLimits& limits() const { return limits_; }

 private:
  /// A batch on its way.
  struct Ticket {
    std::uint64_t number = 0;
    std::size_t items = 0;
    std::vector<Batch> todo;  // a stack of its parts
    Batch under_way;          // the part that is sent now
    std::uint64_t accepted_samples = 0;
    std::uint64_t accepted_items = 0;
    std::vector<Refused> refused = {};
    [[nodiscard]] bool done() const { return todo.empty() && under_way.empty(); }
  };
  static constexpr int kFailuresToProbe = 3;

  bool make_ready();
  [[nodiscard]] std::size_t at_once() const { return failures_ > 0 ? 1 : window_.size(); }
  void advance();
  bool start_one();
  void take(Lanes::Answer answer);
  Batch apply_report(Ticket& ticket, const SendReport& report);
  void pause_after_failures();
  void count_settled();
  bool count(Ticket& ticket);
  void count_the_rest();

  void problem(const std::string& reason);
  void stop(const std::string& reason);
  void stall() { stalled_since_ = stalled_since_.value_or(clock_.steady()); }
  bool wait(const SendFailures& after);
  void shrink(const Batch& too_large);

  Output& output_;
  const DeliveryOptions& options_;
  Clock& clock_;
  std::mt19937_64 random_;
  LedgerEntry& ledger_;
  Callbacks callbacks_;
  BatchLimits limits_;
  std::size_t at_most_;  // items in a request; less than the limit after failures
  RequestWindow window_;
  std::deque<Ticket> tickets_;  // in the order in which they came
  std::uint64_t first_ticket_ = 0;
  std::optional<SendFailures> failed_;                     // once nothing is under way any more, a pause
  std::optional<std::chrono::nanoseconds> stalled_since_;  // start of the first attempt that settled nothing
  int failures_ = 0;                                       // since something was settled
  bool prepared_ = false;
  bool answered_ = false;  // somebody was there, whatever was said
  bool told_of_failure_ = false;
  bool stopped_ = false;
  std::stop_callback<std::function<void()>> abort_;
  Lanes lanes_;  // last: they use what is above
};

/// Gathers items to batches within the limits that hold just then.
class Batcher {
 public:
  explicit Batcher(const Sender& sender) : sender_(sender) {}

  /// Whether the batch has to go before `item` is added.
  [[nodiscard]] bool is_full_for(const OutputItem& item) const;
  void add(OutputItem item);
  [[nodiscard]] bool empty() const { return batch_.empty(); }
  [[nodiscard]] Batch take();

 private:
  const Sender& sender_;
  Batch batch_;
  std::size_t bytes_ = 0;
};

}  // namespace omniwriter
