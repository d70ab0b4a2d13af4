// A load test of its own: two threads sort numbers, each sort is a request, and the run goes to every output that the
// configuration (./config.json, environment) names.
#include <omniwriter/omniwriter.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

namespace {

void sort_again_and_again(omniwriter::Recorder& recorder, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<unsigned> numbers(10'000);
  for (int i = 0; i < 100; ++i) {
    std::generate(numbers.begin(), numbers.end(), std::ref(random));
    const auto start = std::chrono::system_clock::now();
    const auto begun = std::chrono::steady_clock::now();
    std::sort(numbers.begin(), numbers.end());
    recorder.add({.endpoint = "sort", .start = start, .duration = std::chrono::steady_clock::now() - begun});
  }
}

}  // namespace

int main() {
  auto omni = omniwriter::OmniWriter::open();
  if (!omni) {
    std::fprintf(stderr, "%s\n", omni.error().message.c_str());
    return 1;
  }
  auto recorder = omni->record({.test_name = "sorting", .tags = {{"numbers", "10000"}}});
  if (!recorder) {
    std::fprintf(stderr, "%s\n", recorder.error().message.c_str());
    return 1;
  }
  recorder->set_active_users(2);
  {
    std::jthread one([&] { sort_again_and_again(*recorder, 1); });
    std::jthread two([&] { sort_again_and_again(*recorder, 2); });
  }
  const auto run = recorder->finish();
  if (!run) {
    std::fprintf(stderr, "%s\n", run.error().message.c_str());
    return 1;
  }

  const auto ledger = omni->deliver(run->info.run_id);
  if (!ledger) {
    std::fprintf(stderr, "%s\n", ledger.error().message.c_str());
    return 1;
  }
  bool complete = true;
  for (const omniwriter::LedgerEntry& entry : *ledger) {
    std::printf("%s: %llu accepted, %llu rejected, %llu pending\n", entry.output.c_str(),
                static_cast<unsigned long long>(entry.accepted), static_cast<unsigned long long>(entry.rejected),
                static_cast<unsigned long long>(entry.pending));
    complete = complete && entry.closed();
  }
  return complete ? 0 : 4;
}
