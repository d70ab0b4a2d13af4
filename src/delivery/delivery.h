#pragma once
/// What deliveries are told and tell: where to, how, and what became of each sample. run_delivery.h is the delivery
/// itself.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "delivery/ledger_board.h"
#include "delivery/output.h"
#include "omniwriter/history.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

/// What people who wait for a delivery want to know of it.
struct DeliveryNews {
  enum class What : std::uint8_t {
    begins,    ///< with `text`: the target
    fails,     ///< it takes nothing for now, and is tried again; `text`: why; `time`: for so long at most
    recovers,  ///< it takes things again; `time`: after so long
    ends,      ///< all is settled, or it has stopped
  };
  What what;
  std::string_view output;
  std::string text = {};
  std::chrono::nanoseconds time{0};
};

struct DeliveryOptions {
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds give_up_after{60'000};  ///< without a settled item for this long, the rest is pending
  std::chrono::milliseconds give_up_connecting{
      5'000};  ///< the same, where nobody has answered so far, and each try fails at once
  std::chrono::milliseconds give_up_connecting_found{500};  ///< the same for Destination::found
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5'000};
  bool keep_retrying_blocked = false;  ///< goes on asking a server that refuses us (401, 403, 404) instead of stopping
  std::stop_token stop =
      {};  ///< once requested, what is under way is broken off within about a second; the rest is pending
  /// Told what people have to know of an output (Output::startup_message), from any thread.
  std::function<void(std::string_view output, const std::string& notice)> notice = {};
  std::function<void(const DeliveryNews& news)> news = {};  ///< from any thread
  LedgerBoard* board = nullptr;                             ///< where the ledger is posted while it changes
};

/// An output, and where it delivers to.
struct Destination {
  std::string target;  ///< as the user gave it
  std::unique_ptr<Output> output;
  bool named = false;  ///< on the command line
  /// Known only from a configuration file that nobody named, and that may be meant for another place: not worth a wait
  /// where nobody listens.
  bool found = false;
};

/// Sends items that are nowhere kept, for what is soon told again or need not last: no queue, no dead letters.
/// `rejected` is told of each item that is refused, with the reason.
using OnRejected = std::function<void(const OutputItem& item, const std::string& reason)>;
[[nodiscard]] LedgerEntry send_now(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options,
                                   Clock& clock, std::uint64_t jitter_seed, const OnRejected& rejected = {});
/// The same for all items of a run.
[[nodiscard]] LedgerEntry send_now(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                                   std::uint64_t jitter_seed);

}  // namespace omniwriter
