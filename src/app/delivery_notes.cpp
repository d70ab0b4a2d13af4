#include "app/delivery_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "reports/format_numbers.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxReasonBytes = 2000;
constexpr std::chrono::milliseconds kPoll{200};
constexpr std::chrono::seconds kSlow{1};    // nobody wonders before
constexpr std::chrono::hours kForEver{24};  // nobody sits and waits longer

}  // namespace

std::string DeliveryNotes::duration(std::chrono::nanoseconds time) const {
  return format_duration(std::chrono::duration<double>(time).count(), program_.console.language());
}

std::function<void(const DeliveryNews&)> DeliveryNotes::listener() {
  if (program_.flags.quiet) return {};
  return [this](const DeliveryNews& news) { hear(news); };
}

void DeliveryNotes::hear(const DeliveryNews& news) {
  const std::string output(news.output);
  const std::string why = clean_utf8(news.text, kMaxReasonBytes);
  switch (news.what) {
    case DeliveryNews::What::begins:
      under_way_.with([&](auto& all) {
        all[output] = {news.text, program_.clock.steady(), false};
        if (!watch_.joinable()) {
          watch_ = std::jthread([this](const std::stop_token& stop) { tell_of_slow_ones(stop); });
        }
      });
      break;
    case DeliveryNews::What::ends:
      under_way_.with([&](auto& all) { all.erase(output); });
      break;
    case DeliveryNews::What::recovers:
      program_.console.note(fmt::format("{}: takes things again, after {}", output, duration(news.time)));
      break;
    case DeliveryNews::What::fails: {
      under_way_.with([&](auto& all) {
        if (const auto found = all.find(output); found != all.end()) found->second.told = true;
      });
      if (news.time.count() == 0) {  // of a test that goes on
        program_.console.note(fmt::format("{}: {} (tried again; nothing is lost)", output, why));
        break;
      }
      program_.console.note(fmt::format("{}: {}; tried again {}; Ctrl-C ends it, and what is left stays pending",
                                        output, why,
                                        news.time > kForEver ? "until it works" : "for up to " + duration(news.time)));
      break;
    }
  }
}

void DeliveryNotes::tell_of_slow_ones(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    program_.clock.sleep(kPoll, stop);
    under_way_.with([&](auto& all) {
      for (auto& [output, it] : all) {
        if (it.told || program_.clock.steady() - it.since < kSlow) continue;
        it.told = true;
        const std::string where = it.target.empty() ? output : fmt::format("{} ({})", output, it.target);
        program_.console.note(fmt::format("waiting for {}; Ctrl-C ends it, and what is left stays pending", where));
      }
    });
  }
}

std::string next_steps(const std::string& run_id, const std::vector<LedgerEntry>& ledger) {
  const bool shut_out = std::ranges::any_of(
      ledger, [](const LedgerEntry& entry) { return std::ranges::any_of(entry.problems, tells_of_rights); });
  std::string steps = fmt::format("{}once this is mended: omniwriter deliver {}",
                                  shut_out ? "what each login may do: omniwriter check; " : "", run_id);
  for (const LedgerEntry& entry : ledger) {
    if (entry.settled || !entry.named) continue;
    steps += fmt::format("; to another address: omniwriter replay {} -o {}=…", run_id, entry.output);
    break;
  }
  if (std::ranges::any_of(ledger, [](const LedgerEntry& entry) { return entry.rejected > 0; })) {
    steps += fmt::format("; what was refused for good: omniwriter ledger {}", run_id);
  }
  return steps;
}

}  // namespace omniwriter
