#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "delivery/output_kind.h"
#include "model/detail_points.h"
#include "model/interval_points.h"
#include "model/load_test_metrics.h"
#include "net/sockets.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxLineBytes = 4000;  // Carbon throws longer ones away without a word

// A tag value within a line of words: what would end it, or has a meaning, is percent-encoded, so that different texts
// stay different.
std::string tag_value(std::string_view text) {
  std::string value;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool leading_tilde = c == '~' && value.empty();
    if (byte <= ' ' || byte == 0x7f || c == ';' || c == '%' || leading_tilde) {
      value += fmt::format("%{:02X}", byte);
    } else {
      value += c;
    }
  }
  return value;
}

class Graphite final : public Output {
 public:
  Graphite(const Config& config, HostPort to) : to_(std::move(to)), labels_(config.labels) {}

  [[nodiscard]] std::string_view name() const override { return "graphite"; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    encode_rest(run, {}, emit);
  }

  [[nodiscard]] bool replaces_slots() const override { return true; }
  void encode_rest(const Run& run, const SentSlots& sent, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, sent, emit);
    encode_whole(run, emit);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, {}, emit);
    encode_whole(so_far, emit);
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string bytes;
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (const std::size_t longest = longest_line(batch[i].bytes); longest > kMaxLineBytes) {
        report.rejected.push_back(
            {i, fmt::format("a line of {} bytes; Graphite takes at most {}", longest, kMaxLineBytes)});
      } else {
        bytes += batch[i].bytes;
      }
    }
    if (bytes.empty()) return report;
    const auto sent = send_over_tcp(to_, bytes, timeout, aborted());
    if (sent) return report;
    const Retry retry = sent.error().retryable ? Retry::later : Retry::blocked;
    SendReport failed = all_retryable(batch.size(), sent.error().message, retry);
    failed.rejected = std::move(report.rejected);
    failed.no_answer = sent.error().code == ErrorCode::unreachable;
    return failed;
  }

 private:
  [[nodiscard]] std::string tags_of(const Run& run, std::string_view endpoint) const {
    return tags_of(run, PointNames{{"endpoint", endpoint}});
  }
  [[nodiscard]] std::string tags_of(const Run& run, const PointNames& names) const {
    std::string tags;
    const auto add = [&](std::string_view key, std::string_view value) {
      if (!value.empty()) tags += fmt::format(";{}={}", key, tag_value(value));
    };
    for (const auto& [key, value] : names) add(key, value);
    add("test_name", run.info.test_name);
    for (const auto& [key, value] : run_labels(run, labels_)) add(key, value);
    return tags;
  }

  void encode_slots(const Run& run, SlotRange slots, const SentSlots& sent,
                    const std::function<void(OutputItem)>& emit) const {
    for_each_interval_point(
        run,
        [&](const IntervalPoint& point) {
          if (sent.has(point.start_seconds / run.interval_seconds)) return;
          const bool total = point.endpoint == nullptr;
          const std::string tags = tags_of(run, total ? std::string_view() : point.endpoint->endpoint);
          emit(
              {lines(total ? "interval_total" : "interval", tags, point.measures, point.start_seconds), point.samples});
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          if (sent.has(point.slot)) return;
          emit({lines(point.type, tags_of(run, point.names), point.measures, point.start_seconds), 0});
        },
        slots);
  }

  // How the run and its endpoints stand. The run last, so that who finds it finds all of it.
  void encode_whole(const Run& run, const std::function<void(OutputItem)>& emit) const {
    const std::int64_t time_seconds = run.started_ns / 1'000'000'000;
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      emit({lines("endpoint", tags_of(run, series.endpoint), endpoint_measures(run, series), time_seconds), 0});
    }
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      emit({lines(fmt::format("run_{}", point.type), tags_of(run, point.names), point.measures, time_seconds), 0});
    });
    emit({lines("run", tags_of(run, std::string_view()), run_measures(run), time_seconds), 0});
  }

  static std::string lines(std::string_view group, const std::string& tags, const Measures& measures,
                           std::int64_t time_seconds) {
    std::string text;
    for (const auto& [name, value] : measures) {
      std::visit(
          [&, &key = name](const auto& number) {
            text += fmt::format("load_test.{}.{}{} {} {}\n", group, key, tags, number, time_seconds);
          },
          value);
    }
    return text;
  }

  static std::size_t longest_line(std::string_view lines) {
    std::size_t longest = 0;
    while (!lines.empty()) {
      const std::size_t end = std::min(lines.find('\n'), lines.size() - 1);
      longest = std::max(longest, end + 1);
      lines.remove_prefix(end + 1);
    }
    return longest;
  }

  HostPort to_;
  std::map<std::string, std::string> labels_;
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  auto to = parse_host_port(target);
  if (!to) return std::unexpected(std::move(to).error());
  return std::make_unique<Graphite>(config, *std::move(to));
}

}  // namespace

const OutputKind& output_graphite() {
  static const OutputKind kKind{"graphite", "HOST:PORT", "Graphite 1.1 and later, lines with tags over TCP",
                                [](const Config& /*config*/) { return std::string(); }, make};
  return kKind;
}

}  // namespace omniwriter
