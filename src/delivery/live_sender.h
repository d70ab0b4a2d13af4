#pragma once
/// Takes a run to one output while the test goes on. Private to this folder; see run_delivery.h.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "delivery/delivered_before.h"
#include "delivery/delivery.h"
#include "delivery/output.h"
#include "delivery/sent_so_far.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

/// A thread that sends the newest state of the run: the slots that are over, once, and how all of it stands. None of
/// that waits in the queue: the run itself does, in the store. How far an output that replaces slots has got is kept
/// as the state of the queue. What fails or is refused is sent again: at the next state, or in the end.
class LiveSender {
 public:
  /// `before`: what another process may have sent of this run; null: nothing.
  LiveSender(std::string run_id, const Destination& to, Spool& spool, DeliveryOptions options, Clock& clock,
             const DeliveredBefore* before, LedgerBoard& board);
  ~LiveSender();
  LiveSender(const LiveSender&) = delete;
  LiveSender& operator=(const LiveSender&) = delete;

  /// See RunDelivery::publish().
  void publish(std::shared_ptr<const Run> so_far, std::int64_t complete_before);
  /// Ends the thread, and lets go of the queue.
  void stop();

  /// Once stopped: what the destination has of the finished run. Nothing where it may hold what that has not, and what
  /// is sent does not replace. `changes`: slots of the run that was delivered before; nothing where it was another.
  [[nodiscard]] std::optional<SentSlots> sent_of(const Run& run,
                                                 const std::optional<std::vector<std::int64_t>>& changes) const;

 private:
  struct State {
    std::shared_ptr<const Run> run;
    std::int64_t complete_before = 0;
  };

  /// The requests that became known lately.
  class Recent {
   public:
    Tally take(const Run& so_far, std::chrono::nanoseconds now);

   private:
    static constexpr std::chrono::seconds kAtLeast{5};
    std::deque<std::pair<std::chrono::nanoseconds, Histogram>> known_;  // the first is older than kAtLeast
  };

  void work(const std::stop_token& stop);
  void send(const Run& run, std::int64_t complete_before);
  bool send_slots(const Run& run, const LiveNews& news);
  void tell_of_outage(const LedgerEntry& entry);
  void resume(const DeliveredBefore& before, const Destination& to);
  bool open_place();
  void keep_sent();
  void post(const Run& run);

  std::string run_id_;
  Output& output_;
  Spool& spool_;
  DeliveryOptions options_;
  Clock& clock_;
  std::function<void(const DeliveryNews&)> news_;
  LedgerBoard& board_;

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<State> next_ GUARDED_BY(mutex_);

  // Of the thread; and of others once it has ended.
  std::stop_token stopped_;
  bool outdated_ = false;
  bool grows_ = false;  // out of what was delivered when it was over
  bool sends_ = false;  // some outputs have nothing to send before the run is over
  SentSoFar sent_;
  std::optional<SpoolPlace> place_;  // where that is kept
  Recent recent_;
  std::optional<std::chrono::nanoseconds> failing_since_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace omniwriter
