#pragma once
/// Takes a run to the outputs while it goes on.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "delivery/delivery.h"
#include "delivery/output.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Each output has a thread of its own and is told of the newest state alone: one that is slow or down skips states
/// and holds up nobody, least of all the reader. What was not told while the run went on is told in the end, so
/// failures are no loss here; finish() delivers the whole run, with retries and the ledger.
///
/// A slot that was told of can still get a late sample, and slots can double in width. An output that replaces slots is
/// told in the end of those alone that changed or are new. From others what is outdated is taken back before the run is
/// delivered, for some keep the first of two. Single samples go to a server once nothing is taken back there any more.
class LiveDelivery {
 public:
  /// `resumed`: another process has told of this run before. What it told an output that replaces slots is known from
  /// the spool, and not told again. `options.news` hears of an outage once when it begins (`time` is 0: it is tried as
  /// long as the test goes on) and once when it is over.
  LiveDelivery(std::string run_id, const std::vector<Destination>& destinations, Spool spool,
               const DeliveryOptions& options, Clock& clock, bool resumed);
  ~LiveDelivery();
  LiveDelivery(const LiveDelivery&) = delete;
  LiveDelivery& operator=(const LiveDelivery&) = delete;

  /// Tells of the run so far; its slots before `complete_before` are complete, as far as one can know. Never blocks.
  void publish(const std::shared_ptr<const Run>& so_far, std::int64_t complete_before);

  /// Ends the threads and delivers the run through the spool. Where what is outdated could not be taken back, the
  /// ledger says so. To be called once, last.
  [[nodiscard]] std::vector<LedgerEntry> finish(const Run& run, const DeliveryOptions& options);

 private:
  class LiveSender;
  const std::vector<Destination>& destinations_;
  Spool spool_;
  Clock& clock_;
  std::shared_ptr<LedgerBoard> board_;  // accepted: what the output was told of while the test went on
  std::vector<std::unique_ptr<LiveSender>> senders_;
};

}  // namespace omniwriter
