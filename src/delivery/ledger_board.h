#pragma once
/// The ledger of a delivery while it goes on, for whoever shows it.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/guarded.h"

namespace omniwriter {

/// What became of the samples of a run so far, as one output sees it.
struct LedgerCounts {
  std::uint64_t read = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;

  [[nodiscard]] std::uint64_t pending() const {
    const std::uint64_t settled = accepted + rejected;
    return settled < read ? read - settled : 0;
  }
};

/// Every output of a delivery, by its name. Thread-safe; nobody waits for long.
class LedgerBoard {
 public:
  void post(std::string_view output, LedgerCounts counts) {
    all_.with([&](auto& all) { all.insert_or_assign(std::string(output), counts); });
  }
  [[nodiscard]] std::map<std::string, LedgerCounts> counts() const {
    return all_.with([](const auto& all) { return all; });
  }

 private:
  mutable Guarded<std::map<std::string, LedgerCounts>> all_;
};

}  // namespace omniwriter
