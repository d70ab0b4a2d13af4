// Reads a result file of any load test, keeps it as a run, and prints its numbers: summarise_file FILE
#include <omniwriter/omniwriter.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: summarise_file FILE\n");
    return 2;
  }
  auto omni = omniwriter::OmniWriter::open();
  if (!omni) {
    std::fprintf(stderr, "%s\n", omni.error().message.c_str());
    return 1;
  }
  const auto run = omni->ingest({argv[1]});
  if (!run) {
    std::fprintf(stderr, "%s\n", run.error().message.c_str());
    return 1;
  }

  const omniwriter::Tally total = run->total();
  std::printf("%s (%s): %llu requests, %llu errors, %.1f a second\n", run->info.test_name.c_str(),
              run->info.tool.c_str(), static_cast<unsigned long long>(total.samples()),
              static_cast<unsigned long long>(run->errors(total)), run->throughput_rps(total.samples()));
  for (const double q : {0.5, 0.95, 0.99}) {
    // A summary, which some tools write in place of samples, may not tell it.
    if (const auto seconds = total.quantile(q)) std::printf("  p%g: %.3f s\n", q * 100, *seconds);
  }
  for (const omniwriter::Series& series : run->series) {
    if (series.kind != omniwriter::SampleKind::request) continue;
    std::printf("  %-20s %8llu requests, mean %.3f s\n", series.endpoint.c_str(),
                static_cast<unsigned long long>(series.total.samples()), series.total.mean().value_or(0));
  }
  run->for_each_total([&](std::int64_t slot, const omniwriter::Tally& tally) {
    std::printf("  at %lld: %llu requests\n", static_cast<long long>(slot * run->interval_seconds),
                static_cast<unsigned long long>(tally.samples()));
  });
}
