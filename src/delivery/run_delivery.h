#pragma once
/// Takes a run to its outputs: while the test goes on, and once it is over.
///
/// The promise, for a run that is in the store: each of its samples is accepted by the output, set aside with the
/// reason, or pending; and that survives a kill, a loss of power and a full disk at any moment. An item may be sent
/// more than once, always with the same bytes; each output sees to it that it shows once.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/delivered_before.h"
#include "delivery/delivery.h"
#include "delivery/ledger_board.h"
#include "delivery/queued_delivery.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

class LiveSender;

/// Each output has a thread of its own, so that one that is slow or down holds up no other, least of all whoever reads
/// the results; and is handed the board that all their ledgers are posted on.
///
/// While the test goes on an output is sent the newest state alone, and skips states where it is slow. What it was not
/// sent then it is sent in the end, so failures are no loss. A slot that was sent can still get a late sample, and
/// slots can double in width. An output that replaces slots is sent in the end those alone that changed or are new.
/// The same holds where it was delivered before its file had grown. How the run as a whole stands may have its place by
/// the start of the run: should a request turn up that began before, that alone is taken back, and sent anew.
/// From others what is outdated is taken back before the run is delivered, for some keep the first of two. Single
/// samples go to a server once nothing is taken back there any more.
class RunDelivery {
 public:
  /// `destinations` must outlive this object. `options.news` hears, while the test goes on, of an outage once when it
  /// begins (`time` is 0: it is tried as long as the test goes on) and once when it is over. `before`: what another
  /// process may have sent of the run, as it was then; none where that is nothing, or just what is delivered.
  RunDelivery(std::string run_id, const std::vector<Destination>& destinations, Spool spool, DeliveryOptions options,
              Clock& clock, std::optional<DeliveredBefore> before = {});
  ~RunDelivery();
  RunDelivery(const RunDelivery&) = delete;
  RunDelivery& operator=(const RunDelivery&) = delete;

  /// Tells of the run so far; its slots before `complete_before` are complete, as far as one can know. Never blocks.
  void publish(const std::shared_ptr<const Run>& so_far, std::int64_t complete_before);

  /// Delivers the run as it is in the end, and gives the ledger in the order of `destinations`. Where what is outdated
  /// could not be taken back, the ledger says so. Once `stop` is requested, what is under way is broken off within
  /// about a second; the rest is pending. To be called once, last.
  [[nodiscard]] std::vector<LedgerEntry> finish(const Run& run, Start start, const std::stop_token& stop = {});

 private:
  void begin_live();
  [[nodiscard]] SentSlots settle_live(std::size_t index, const Run& run, const DeliveryOptions& options,
                                      std::string& problem);
  [[nodiscard]] Result<void> take_back(Output& from, const Run& run, const DeliveryOptions& options);
  [[nodiscard]] LedgerEntry deliver_to(std::size_t index, const Run& run, Start start, const DeliveryOptions& options,
                                       const SentSlots& sent);

  const std::string run_id_;
  const std::vector<Destination>& destinations_;
  Spool spool_;
  DeliveryOptions options_;
  Clock& clock_;
  const std::optional<DeliveredBefore> before_;
  std::optional<std::vector<std::int64_t>> changes_;  // of that in the end
  std::shared_ptr<LedgerBoard> board_;                // accepted: what the output was sent while the test went on
  std::vector<std::unique_ptr<LiveSender>> live_;     // by output; empty until they are needed
};

}  // namespace omniwriter
