#include "model/user_counts.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "omniwriter/run.h"

namespace omniwriter {
namespace {

// Names are hashes: their highest bit tells them from the numbers of files.
constexpr std::uint64_t kNamed = std::uint64_t{1} << 63;

}  // namespace

UserCounts::Generator& UserCounts::generator_of(const ActiveUsers& point) {
  std::uint64_t key = point.generator != 0 ? point.generator | kNamed : file_;
  if (last_ != nullptr && key == last_key_) return *last_;
  if (generators_.size() >= kMaxGenerators && !generators_.contains(key)) key = kNamed;
  const auto [at, created] = generators_.try_emplace(key);
  if (created) {
    at->second.named = point.generator != 0;
    at->second.first_told_ns = std::numeric_limits<std::int64_t>::max();
    at->second.last_ns = std::numeric_limits<std::int64_t>::min();
  }
  last_key_ = key;
  last_ = &at->second;  // which stays where it is
  return at->second;
}

void UserCounts::add(std::int64_t slot, const ActiveUsers& point) {
  Generator& generator = generator_of(point);
  generator.first_told_ns = std::min(generator.first_told_ns, point.told_ns != 0 ? point.told_ns : point.time_ns);
  generator.last_ns = std::max(generator.last_ns, point.time_ns);
  const auto [at, created] = generator.most.try_emplace(slot);
  words_ += created ? 1 : 0;
  at->second = std::max(at->second, point.users);
}

void UserCounts::double_slots() {
  words_ = 0;
  for (auto& [key, generator] : generators_) {
    std::map<std::int64_t, std::uint32_t> wider;
    for (const auto& [slot, users] : generator.most) {
      std::uint32_t& most = wider[slot >> 1];
      most = std::max(most, users);
    }
    words_ += wider.size();
    generator.most = std::move(wider);
  }
}

// Generators of which one begins when the other has ended are one that goes on; unless both have names.
std::vector<UserCounts::Chain> UserCounts::chains() const {
  std::vector<const Generator*> sorted;
  for (const auto& [key, generator] : generators_) sorted.push_back(&generator);
  std::ranges::sort(sorted, {},
                    [](const Generator* one) { return std::tuple(begin_of(*one), end_of(*one), one->named); });
  std::vector<Chain> chains;
  for (const Generator* const one : sorted) {
    Chain* follows = nullptr;
    for (Chain& chain : chains) {
      const bool ended = end_of(*chain.back()) <= begin_of(*one);
      const bool others = one->named && std::ranges::any_of(chain, &Generator::named);
      const bool later = follows == nullptr || end_of(*chain.back()) > end_of(*follows->back());
      if (ended && !others && later) follows = &chain;
    }
    if (follows == nullptr) follows = &chains.emplace_back();
    follows->push_back(one);
  }
  return chains;
}

std::map<std::int64_t, std::uint32_t> UserCounts::total() const {
  if (generators_.size() == 1) return generators_.begin()->second.most;
  std::map<std::int64_t, std::uint64_t> sums;
  for (const auto& [key, generator] : generators_) {
    for (const auto& [slot, users] : generator.most) sums[slot] = 0;
  }
  for (const Chain& chain : chains()) {
    std::map<std::int64_t, std::uint64_t> of_chain;
    for (const Generator* const generator : chain) {
      auto said = generator->most.begin();
      for (auto at = sums.lower_bound(said->first); at != sums.end(); ++at) {
        if (at->first > generator->most.rbegin()->first) break;
        while (std::next(said) != generator->most.end() && std::next(said)->first <= at->first) ++said;
        std::uint64_t& most = of_chain[at->first];
        most = std::max<std::uint64_t>(most, said->second);
      }
    }
    for (const auto& [slot, users] : of_chain) sums[slot] += users;
  }
  std::map<std::int64_t, std::uint32_t> total;
  for (const auto& [slot, users] : sums) {
    total.emplace_hint(
        total.end(), slot,
        static_cast<std::uint32_t>(std::min<std::uint64_t>(users, std::numeric_limits<std::uint32_t>::max())));
  }
  return total;
}

void ScenarioUserCounts::begin_file() {
  for (auto& [scenario, users] : counts_) users.begin_file();
}

void ScenarioUserCounts::add(std::int64_t slot, ActiveUsers point, const std::string& scenario) {
  constexpr std::size_t kMaxScenarios = 100;
  auto at = counts_.find(scenario);
  if (at == counts_.end() && counts_.size() >= kMaxScenarios && scenario != kOtherEndpoint) {
    // What they have at once is a sum, so each counts as a generator.
    point.generator ^= StringTable::hash(scenario);
    at = counts_.try_emplace(std::string(kOtherEndpoint)).first;
  } else if (at == counts_.end()) {
    at = counts_.try_emplace(scenario).first;
  }
  at->second.add(slot, point);
}

std::size_t ScenarioUserCounts::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [scenario, users] : counts_) bytes += users.bytes();
  return bytes;
}

void ScenarioUserCounts::double_slots() {
  for (auto& [scenario, users] : counts_) users.double_slots();
}

std::map<std::string, std::map<std::int64_t, std::uint32_t>> ScenarioUserCounts::totals(std::int64_t first_slot) const {
  std::map<std::string, std::map<std::int64_t, std::uint32_t>> totals;
  for (const auto& [scenario, users] : counts_) {
    auto total = users.total();
    total.erase(total.begin(), total.lower_bound(first_slot));
    if (!total.empty()) totals.emplace_hint(totals.end(), scenario, std::move(total));
  }
  return totals;
}

}  // namespace omniwriter
