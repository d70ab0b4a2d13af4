// All fuzzers in one program: which one it is tells the name under which it is started, fuzz_<name>.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fuzzers.h"
#include "reading/input.h"
#include "reading/summary_format.h"
#include "support/input_driver.h"
#include "support/summary_driver.h"

namespace omniwriter::fuzz {
namespace {

using Fuzzer = std::function<void(std::string_view)>;

template <typename Format>
void add(std::map<std::string, Fuzzer>& fuzzers, const Format* format) {
  std::string name(format->name());
  std::ranges::replace(name, '-', '_');
  fuzzers[name] = [format](std::string_view content) {
    const std::string wrong = test::misbehaviour(*format, content);
    if (wrong.empty()) return;
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  };
}

std::map<std::string, Fuzzer> all() {
  std::map<std::string, Fuzzer> fuzzers{{"run_codec", run_codec},
                                        {"sample_codec", sample_codec},
                                        {"spool", spool},
                                        {"dead_letter", dead_letter},
                                        {"prom_status", prom_status},
                                        {"prom_query", prom_query},
                                        {"otlp_answer", otlp_answer},
                                        {"accept", accept},
                                        {"criteria", criteria},
                                        {"judgement_codec", judgement_codec},
                                        {"run_file", run_file}};
  for (const InputFormat* format : input_formats()) add(fuzzers, format);
  for (const SummaryFormat* format : summary_formats()) add(fuzzers, format);
  return fuzzers;
}

Fuzzer& chosen() {
  static Fuzzer fuzzer;
  return fuzzer;
}

}  // namespace
}  // namespace omniwriter::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** argv) {
  const std::string_view program = (*argv)[0];
  constexpr std::string_view kPrefix = "fuzz_";
  const auto at = program.rfind(kPrefix);
  const auto fuzzers = omniwriter::fuzz::all();
  const auto found = fuzzers.find(std::string(at == std::string_view::npos ? "" : program.substr(at + kPrefix.size())));
  if (found == fuzzers.end()) {
    std::fprintf(stderr, "start it as one of:");
    for (const auto& [name, fuzzer] : fuzzers) std::fprintf(stderr, " fuzz_%s", name.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  omniwriter::fuzz::chosen() = found->second;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omniwriter::fuzz::chosen()({reinterpret_cast<const char*>(data), size});
  return 0;
}
