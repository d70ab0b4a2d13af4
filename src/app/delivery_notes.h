#pragma once
/// What a delivery waits for, told on stderr while it lasts.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/command.h"
#include "base/guarded.h"
#include "delivery/delivery.h"

namespace omniwriter {

/// Says nothing where the program is to be quiet.
class DeliveryNotes {
 public:
  explicit DeliveryNotes(const Program& program) : program_(program) {}
  DeliveryNotes(const DeliveryNotes&) = delete;
  DeliveryNotes& operator=(const DeliveryNotes&) = delete;

  /// For DeliveryOptions::news. It must not be called any more once this object is gone.
  [[nodiscard]] std::function<void(const DeliveryNews&)> listener();

 private:
  struct UnderWay {
    std::string target;
    std::chrono::nanoseconds since{0};
    bool told = false;
  };
  [[nodiscard]] std::string duration(std::chrono::nanoseconds time) const;
  void hear(const DeliveryNews& news);
  void tell_of_slow_ones(const std::stop_token& stop);

  const Program& program_;
  Guarded<std::map<std::string, UnderWay, std::less<>>> under_way_;
  std::jthread watch_;  // last: it uses what is above
};

/// What to do about what is missing of a run: "omniwriter deliver RUN", and where else it could go.
[[nodiscard]] std::string next_steps(const std::string& run_id, const std::vector<LedgerEntry>& ledger);

}  // namespace omniwriter
