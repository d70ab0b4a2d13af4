#include "delivery/sent_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace omniwriter {
namespace {

bool says_any(std::string_view words, std::initializer_list<std::string_view> phrases) {
  return std::ranges::any_of(phrases, [&](auto phrase) { return words.find(phrase) != std::string_view::npos; });
}

}  // namespace

bool SentSamples::has(const SampleKey& item) const {
  if (item.run_id != run_id_ || !newest_ms_ || refused_.contains(item.series)) return false;
  return item.time_ms < *newest_ms_ || (item.time_ms == *newest_ms_ && newest_.contains(item.series));
}

void SentSamples::add(const SampleKey& item) {
  if (begins_run(item) || !newest_ms_ || item.time_ms > *newest_ms_) {
    newest_ms_ = item.time_ms;
    newest_.clear();
  }
  if (item.time_ms == *newest_ms_) newest_.insert(item.series);
}

void SentSamples::refuse(const SampleKey& item) {
  begins_run(item);
  refused_.insert(item.series);
}

// Whether this is another run than before, or the first one.
bool SentSamples::begins_run(const SampleKey& item) {
  if (run_id_ == item.run_id) return false;
  *this = SentSamples();
  run_id_ = std::string(item.run_id);
  return true;
}

// The words of Prometheus and, with hyphens, of Mimir.
bool says_newer_is_there(std::string_view words) {
  return says_any(words, {"out of order", "out-of-order", "duplicate sample", "duplicate-timestamp"});
}

bool says_time_is_refused(std::string_view words) {
  return says_any(words, {"out of bounds", "too old", "too-old", "too far in"});
}

// Mimir and Cortex, Thanos, VictoriaMetrics.
bool says_series_are_limited(std::string_view words) {
  return says_any(words, {"series limit", "max-series", "max_series", "limit of series"});
}

std::string remedies_of_late_run(std::string_view window) {
  return fmt::format(
      "Set storage.tsdb.out_of_order_time_window {} in its configuration; or send the run as if it were made now: "
      "omniwriter replay RUN --start-time now; or write it into a file (-o openmetrics=FILE) and add that as blocks: "
      "promtool tsdb create-blocks-from openmetrics FILE DATA_FOLDER",
      window.empty() ? std::string("to more than the age of the run") : fmt::format("to at least {}", window));
}

}  // namespace omniwriter
