#include "integration/run_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <tuple>

#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxRunIdBytes = 128;

void add(StableHash& hash, const FirstSample& sample) {
  hash.add(static_cast<std::uint64_t>(sample.start_ns));
  hash.add(static_cast<std::uint64_t>(sample.duration_ns));
  hash.add(sample.bytes);
  hash.add(sample.endpoint);
  hash.add(sample.outcome.status);
  hash.add(sample.outcome.error_type);
}

// Tools write a sample once it has ended: of the parts of a file, the first one has the sample that ended first.
std::optional<FirstSample> first_of(const std::vector<FileReport>& files) {
  const auto key = [](const FirstSample& sample) {
    StableHash hash;
    add(hash, sample);
    return std::tuple(sample.start_ns + sample.duration_ns, sample.start_ns, hash.value());
  };
  std::optional<FirstSample> first;
  for (const FileReport& file : files) {
    if (file.first && (!first || key(*file.first) < key(*first))) first = file.first;
  }
  return first;
}

}  // namespace

std::string test_name_of(std::string_view file) {
  if (file == "-") return "stdin";
  std::string_view name = file.substr(file.rfind('/') + 1);
  const auto strip = [&](std::string_view ending) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.remove_suffix(ending.size());
      return true;
    }
    return false;
  };
  constexpr std::array<std::string_view, 10> kPacked{".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2", ".tgz",
                                                     ".gz",     ".zst",     ".xz",     ".bz2",     ".zip"};
  constexpr std::array<std::string_view, 8> kPlain{".jtl",   ".csv", ".json", ".ndjson",
                                                   ".jsonl", ".xml", ".log",  ".txt"};
  static_cast<void>(std::ranges::any_of(kPacked, strip));
  static_cast<void>(std::ranges::any_of(kPlain, strip));
  std::string result = clean_utf8(name, kMaxTestNameBytes);
  return result.empty() ? "test" : result;
}

std::uint64_t hash_of_results(const Run& run) {
  StableHash hash;
  hash.add(static_cast<std::uint64_t>(run.started_ns));
  hash.add(static_cast<std::uint64_t>(run.ended_ns));
  hash.add(static_cast<std::uint64_t>(run.interval_seconds));
  // Exact figures only, in an order that the samples alone decide: see Run::series.
  for (const Series& series : run.series) {
    if (!is_whole(series.kind)) continue;
    hash.add(series.endpoint);
    hash.add(static_cast<std::uint64_t>(series.kind));
    hash.add(series.total.samples());
    hash.add(series.total.response_time.sum_ns());
    hash.add(run.errors(series.total));
    hash.add(series.total.bytes_received);
    hash.add(series.total.bytes_sent);
  }
  return hash.value();
}

std::string run_id_of(const Run& run, const std::vector<FileReport>& files, std::string_view test_name) {
  StableHash hash;
  hash.add(test_name);
  std::int64_t started_ns = run.started_ns;
  if (const auto first = first_of(files)) {
    started_ns = first->start_ns;
    add(hash, *first);
  } else {
    hash.add(hash_of_results(run));
  }
  std::string started = format_rfc3339(started_ns);  // 2026-11-23T15:29:36.590Z -> 20261123T152936Z
  started.erase(started.find('.'), 4);
  std::erase_if(started, [](char c) { return c == '-' || c == ':'; });
  const std::uint64_t mixed = hash.value() ^ (hash.value() >> 32);
  return fmt::format("{}-{:06x}", started, mixed & 0xffffff);
}

Result<void> check_test_name(std::string_view name) {
  if (!name.empty() && clean_utf8(name, kMaxTestNameBytes) == name) return {};
  return fail(ErrorCode::usage,
              fmt::format("the test name must be text on one line, from 1 to {} bytes of UTF-8", kMaxTestNameBytes));
}

Result<void> check_run_id(std::string_view run_id) {
  const bool valid = !run_id.empty() && run_id.size() <= kMaxRunIdBytes && std::ranges::all_of(run_id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == ':';
  });
  if (valid && run_id != "latest") return {};
  return fail(ErrorCode::usage,
              "a run id holds letters, digits, . _ - and : alone, at most 128, and is not \"latest\"");
}

}  // namespace omniwriter
