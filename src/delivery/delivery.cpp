#include "delivery/delivery.h"

#include <utility>

#include "delivery/sender.h"

namespace omniwriter {

LedgerEntry send_now(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options, Clock& clock,
                     std::uint64_t jitter_seed, const OnRejected& rejected) {
  LedgerEntry ledger;
  ledger.output = output.name();
  const auto tell = [&](const std::vector<Refused>& refused) {
    for (const auto& [item, reason] : refused) {
      if (rejected) rejected(item, reason);
    }
    return true;
  };
  Sender sender(output, options, clock, jitter_seed, ledger, {.keep = tell});
  std::uint64_t samples = 0;
  for (const OutputItem& item : items) samples += item.samples;
  Batcher batch(sender);
  bool goes_on = sender.prepare();
  for (OutputItem& item : items) {
    if (goes_on && batch.is_full_for(item)) goes_on = sender.send(batch.take(), 0);
    if (!goes_on) break;
    batch.add(std::move(item));
  }
  if (goes_on && sender.finish() && !batch.empty()) sender.send(batch.take(), 0);
  sender.finish();
  ledger.pending = samples - ledger.accepted - ledger.rejected;
  ledger.settled = !sender.stopped();
  return ledger;
}

LedgerEntry send_now(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                     std::uint64_t jitter_seed) {
  std::vector<OutputItem> items;
  output.encode(run, [&](OutputItem item) { items.push_back(std::move(item)); });
  return send_now(std::move(items), output, options, clock, jitter_seed);
}

}  // namespace omniwriter
