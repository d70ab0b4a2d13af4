#pragma once
/// What the transactions of a JMeter file say of the requests within them.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "formats/jmeter/sample_rules.h"

namespace omniwriter::jmeter {

/// The number of requests in "Number of samples in transaction : 2, number of failing samples : 1".
[[nodiscard]] inline std::uint32_t requests_in(std::string_view message) {
  constexpr std::uint32_t kMost = 100'000'000;
  std::uint32_t number = 0;
  message.remove_prefix(std::min(message.size(), kTransactionMessage.size()));
  message.remove_prefix(std::min(message.find_first_not_of(" :"), message.size()));
  for (const char c : message) {
    if (c < '0' || c > '9' || number > kMost) break;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

/// Finds out whether a file holds the requests that its transactions tell of.
class TransactionTally {
 public:
  void add_request(std::uint64_t times) { requests_ += times; }
  /// `holds`: how many requests the transaction says were made within it.
  void add_transaction(std::uint64_t label_hash, std::uint32_t holds) {
    ++transactions_;
    if (told_.size() < kMaxLabels || told_.contains(label_hash)) told_[label_hash] += holds;
  }

  /// For the user; empty where nothing is missing.
  [[nodiscard]] std::string note() const {
    // A request may lie within a transaction in a transaction, but in one of each name only.
    std::uint64_t told = 0;
    for (const auto& [label, requests] : told_) told = std::max(told, requests);
    if (requests_ == 0 || requests_ >= told) return {};
    return "its " + std::to_string(transactions_) + " transactions tell of " + std::to_string(told) +
           " requests within them, but it holds " + std::to_string(requests_) +
           " in all: the others were not written (jmeter.save.saveservice.subresults=false leaves them out); the "
           "transactions are shown apart";
  }

 private:
  static constexpr std::size_t kMaxLabels = 10'000;

  std::uint64_t requests_ = 0;
  std::uint64_t transactions_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> told_;  // by the hash of the label
};

}  // namespace omniwriter::jmeter
