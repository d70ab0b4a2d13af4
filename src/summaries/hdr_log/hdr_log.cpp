// Reader of interval logs of HdrHistogram. See README.md for the rules.

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/try.h"
#include "formats/hdr_histogram/hdr_histogram.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/run_start.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace hdr_log {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{512} << 20;  // of a whole log
constexpr std::size_t kMaxTags = 10'000;
constexpr std::string_view kUntagged = "all";

struct Interval {
  std::string_view tag;
  double start = 0;  ///< in seconds, as the length
  double length = 0;
  double shown_maximum = 0;
  std::uint64_t maximum = 0;  ///< as the histogram has it
  std::string_view histogram;
};

/// "Tag=a,0.127,1.007,2.769,HISTFAAA…"
std::optional<Interval> interval_of(std::string_view line) {
  Interval interval;
  const auto take = [&]() -> std::optional<std::string_view> {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const std::string_view field = summary::trimmed(line.substr(0, comma));
    line.remove_prefix(comma + 1);
    return field;
  };
  constexpr std::string_view kTag = "Tag=";
  if (line.starts_with(kTag)) {
    line.remove_prefix(kTag.size());
    interval.tag = take().value_or("");
  }
  for (double* number : {&interval.start, &interval.length, &interval.shown_maximum}) {
    const auto field = take();
    const auto value = field ? summary::number_of(*field) : std::nullopt;
    if (!value) return std::nullopt;
    *number = *value;
  }
  interval.histogram = summary::trimmed(line);
  return interval;
}

/// The seconds of "#[BaseTime: 1795447776.590 (seconds since epoch)]".
std::optional<double> told_time(std::string_view line, std::string_view name) {
  if (!line.starts_with("#[")) return std::nullopt;
  line.remove_prefix(2);
  return line.starts_with(name) ? summary::leading_number(line.substr(name.size())) : std::nullopt;
}

struct Log {
  std::vector<Interval> intervals;
  std::set<std::string_view> tags;
  std::optional<double> start;  ///< as told on lines of their own, in seconds since the epoch
  std::optional<double> base;
};

Result<Log> read_log(std::string_view content) {
  Log log;
  std::size_t budget = kMaxUnpacked;
  const auto lines = summary::lines_of(content);
  if (lines.size() == summary::kMaxLines) {
    return fail(ErrorCode::input, "it has " + std::to_string(summary::kMaxLines) + " lines or more");
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.empty() || line.starts_with('"')) continue;
    if (line.starts_with('#')) {
      if (const auto start = told_time(line, "StartTime:")) log.start = start;
      if (const auto base = told_time(line, "BaseTime:")) log.base = base;
      continue;
    }
    auto interval = interval_of(line);
    const Result<std::vector<hdr::Bucket>> buckets =
        interval ? hdr::decode(interval->histogram, budget)
                 : fail(ErrorCode::input, "it has no start, length, maximum and histogram");
    if (!buckets) {
      const bool cut = i + 1 == lines.size() && !content.ends_with('\n') && !log.intervals.empty();
      if (cut) break;
      return fail(ErrorCode::input, "line " + std::to_string(i + 1) + ": " + buckets.error().message);
    }
    if (!buckets->empty()) interval->maximum = buckets->back().high;
    log.tags.insert(interval->tag);
    if (log.tags.size() > kMaxTags) {
      return fail(ErrorCode::input, "it has more than " + std::to_string(kMaxTags) + " tags");
    }
    log.intervals.push_back(*interval);
  }
  if (log.intervals.empty()) return fail(ErrorCode::input, "it has no intervals");
  return log;
}

/// By convention the maximum is shown in milliseconds, so the values tell their unit: nanoseconds or microseconds.
/// Where it is shown as it is, it tells nothing.
std::optional<std::int64_t> shown_unit_ns(const std::vector<Interval>& intervals) {
  const Interval& longest = *std::ranges::max_element(intervals, {}, &Interval::maximum);
  for (const std::int64_t unit_ns : {1, 1'000}) {
    const double ms = static_cast<double>(longest.maximum) * static_cast<double>(unit_ns) / 1e6;
    constexpr double kRounding = 0.001;  // some cut it to whole milliseconds
    const double shown = longest.shown_maximum;
    if (shown >= std::floor(ms) - kRounding && shown <= ms * (1 + kRounding) + kRounding) return unit_ns;
  }
  return std::nullopt;
}

/// Seconds since the epoch to be added to the starts of intervals. The rule of the libraries: where it is not told,
/// starts more than a year before the start of the log are relative to that.
double base_of(const Log& log, const InputOptions& options, std::string& note) {
  if (log.base) return *log.base;
  constexpr double kYear = 365.0 * 24 * 3600;
  const double first = log.intervals.front().start;
  if (log.start && first < *log.start - kYear) return *log.start;
  if (first >= kYear) return 0;
  double seconds = 0;
  for (const Interval& interval : log.intervals) seconds = std::max(seconds, interval.start + interval.length);
  const RunStart start(options, seconds < kYear ? std::llround(seconds * 1e9) : 0);
  note += (note.empty() || start.note.empty() ? "" : "; ") + start.note;
  return static_cast<double>(std::max<std::int64_t>(start.ns, 0)) / 1e9;
}

/// All intervals of a set, as what one tool says of one set of requests.
class Collected {
 public:
  void add(const std::vector<hdr::Bucket>& buckets, double unit_seconds) {
    if (buckets.empty()) return;
    DistributionBuilder builder;
    for (const auto& [low, high, count] : buckets) {
      builder.add(static_cast<double>(low) * unit_seconds, static_cast<double>(high) * unit_seconds, count);
      // As the libraries have it: a value stands for the middle of its bucket.
      const std::uint64_t middle = low + (high - low + 1) / 2;
      sum_ += static_cast<double>(middle) * unit_seconds * static_cast<double>(count);
    }
    const Distribution more = builder.finish();
    const double minimum = static_cast<double>(buckets.front().low) * unit_seconds;
    minimum_ = all_.times.count() == 0 ? minimum : std::min(minimum_, minimum);
    maximum_ = std::max(maximum_, static_cast<double>(buckets.back().high) * unit_seconds);
    all_.times.merge(more.times);
    all_.relative_error = std::max(all_.relative_error, more.relative_error);
  }

  [[nodiscard]] SummaryEntry entry(std::string_view tag) const {
    SummaryEntry entry;
    entry.endpoint = tag.empty() ? kUntagged : tag;
    entry.samples = all_.times.count();
    entry.distribution = all_;
    if (entry.samples == 0) return entry;
    entry.mean = sum_ / static_cast<double>(entry.samples);
    entry.minimum = minimum_;
    entry.maximum = maximum_;
    return entry;
  }

 private:
  Distribution all_;
  double sum_ = 0;  // in seconds, as the others
  double minimum_ = 0;
  double maximum_ = 0;
};

using ByTag = std::map<std::string_view, Collected>;

std::vector<SummaryEntry> entries_of(const ByTag& by_tag) {
  std::vector<SummaryEntry> entries;
  for (const auto& [tag, collected] : by_tag) entries.push_back(collected.entry(tag));
  return entries;
}

/// As long as most intervals are, and so long that the timeline stays small.
std::int64_t slot_seconds(const Log& log, double span_seconds) {
  constexpr double kMaxCells = 20'000;
  const double slots = std::max(1.0, kMaxCells / static_cast<double>(log.tags.size()));
  std::vector<double> lengths;
  lengths.reserve(log.intervals.size());
  for (const Interval& interval : log.intervals) lengths.push_back(interval.length);
  const auto median = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::ranges::nth_element(lengths, median);
  return std::max<std::int64_t>(1, std::llround(std::max(*median, std::ceil(span_seconds / slots))));
}

class HdrLog final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "hdr-log"; }
  [[nodiscard]] std::string_view tool() const override { return "hdrhistogram"; }
  [[nodiscard]] std::string_view description() const override { return "HdrHistogram log"; }
  [[nodiscard]] std::size_t max_bytes() const override { return kMaxBytesOverTime; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find(",HIST") != std::string_view::npos ||
           head.find("\"Interval_Compressed_Histogram\"") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "\"StartTimestamp\"", "#");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& options) const override {
    auto log = TRY(read_log(content));
    Summary result;
    auto unit_ns = options.unit_ns;
    if (!unit_ns) {
      unit_ns = shown_unit_ns(log.intervals);
      if (!unit_ns) {
        return fail(ErrorCode::usage,
                    "neither its values nor its Interval_Max tell the unit of times: --time-unit ns, us, ms or s does");
      }
      result.note = std::string("times are taken to be ") + (*unit_ns == 1 ? "nanoseconds" : "microseconds") +
                    ", with Interval_Max in milliseconds; --time-unit tells better";
    }
    const double unit_seconds = static_cast<double>(*unit_ns) / 1e9;
    const double base = base_of(log, options, result.note);
    double first = log.intervals.front().start + base;
    double last = 0;
    for (const Interval& interval : log.intervals) {
      first = std::min(first, interval.start + base);
      last = std::max(last, interval.start + interval.length + base);
    }
    constexpr double kLatest = 4'102'444'800;  // the year 2100
    if (last > kLatest) return fail(ErrorCode::input, "its intervals are at times that cannot be");

    result.start_ns = std::llround(first * 1e3) * 1'000'000;
    result.duration_seconds = last - first;
    result.interval_seconds = slot_seconds(log, last - first);
    ByTag whole;
    std::map<std::int64_t, ByTag> slots;
    std::size_t budget = kMaxUnpacked;
    for (const Interval& interval : log.intervals) {
      // Once more, rather than keep all of them.
      const auto buckets = TRY(hdr::decode(interval.histogram, budget));
      whole[interval.tag].add(buckets, unit_seconds);
      const auto second = static_cast<std::int64_t>(interval.start + base);
      slots[second / result.interval_seconds][interval.tag].add(buckets, unit_seconds);
    }
    result.whole.endpoints = entries_of(whole);
    for (const auto& [slot, by_tag] : slots) result.timeline[slot].endpoints = entries_of(by_tag);
    return result;
  }
};

}  // namespace
}  // namespace hdr_log

const SummaryFormat& summary_hdr_log() {
  static const hdr_log::HdrLog kFormat;
  return kFormat;
}

}  // namespace omniwriter
