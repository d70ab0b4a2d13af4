#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/stable_hash.h"
#include "config/options.h"
#include "delivery/output_kind.h"
#include "model/detail_points.h"
#include "model/interval_points.h"
#include "model/load_test_metrics.h"
#include "net/sockets.h"
#include "outputs/statsd/settings.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxDatagramBytes = 1432;  // fits an Ethernet frame, with IP options and UDP
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Whatever has a meaning somewhere in a line becomes _.
std::string cleaned(std::string_view text, std::string_view forbidden) {
  std::string result(text);
  std::ranges::replace_if(
      result,
      [&](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || forbidden.find(c) != std::string_view::npos;
      },
      '_');
  return result;
}

// Servers clean names too, each in its way: some drop what they do not like, some turn capitals into small letters.
// Endpoints of a run that may come out the same get a mark of their own; so do checks and metrics.
class Names {
 public:
  explicit Names(const Run& run) {
    for (const Series& series : run.series) {
      if (series.kind == SampleKind::request) ++alike_["endpoint" + bare(series.endpoint)];
      if (series.kind == SampleKind::check) ++alike_["check" + bare(series.endpoint)];
      if (is_measure(series.kind) && series.kind != SampleKind::check) ++alike_["metric" + bare(series.endpoint)];
    }
  }

  /// `key`: of the tag: "endpoint".
  [[nodiscard]] std::string name(std::string_view key, std::string_view text, std::string_view forbidden) const {
    constexpr std::size_t kMarkDigits = 8;
    std::string name = cleaned(text, forbidden);
    const auto found = alike_.find(std::string(key) + bare(text));
    if (found != alike_.end() && found->second > 1) name += "_" + stable_hash({text}).substr(0, kMarkDigits);
    return name;
  }

 private:
  // What no server changes.
  static std::string bare(std::string_view endpoint) {
    std::string text;
    for (const char c : endpoint) {
      if (c >= 'A' && c <= 'Z') text += static_cast<char>(c - 'A' + 'a');
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) text += c;
    }
    return text;
  }

  std::map<std::string, std::size_t> alike_;
};

// All values are gauges: a gauge that is sent twice is the same, a counter would be the double.
class Statsd final : public Output {
 public:
  Statsd(const Config& config, HostPort to)
      : flavour_(config.of<StatsdSettings>().flavour), labels_(config.labels), sender_(std::move(to), clock_) {}

  [[nodiscard]] std::string_view name() const override { return "statsd"; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const bool timed = flavour_ == StatsdFlavour::dogstatsd;
    if (timed) encode_slots(run, {}, emit);
    const Names names(run);
    // Without times a replay of the timeline would be one heap at this moment. What stands in the end is the whole.
    encode_whole(run, names, !timed, emit);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    SlotRange slots = news.fresh;
    if (flavour_ != StatsdFlavour::dogstatsd) {
      // Without times only the newest slot is of the present.
      slots.first = slots.end;
      so_far.for_each_interval(
          [&](std::int64_t start, std::uint32_t /*users*/, const std::vector<Run::Cell>& /*cells*/) {
            slots = {start / so_far.interval_seconds, start / so_far.interval_seconds + 1};
          },
          news.fresh);
    }
    encode_slots(so_far, slots, emit);
    encode_whole(so_far, Names(so_far), false, emit);
  }

  // Datagrams hold whole lines, of one item after the other.
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) override {
    SendReport report;
    std::string datagram;
    const auto flush = [&]() -> Result<void> {
      if (datagram.empty()) return {};
      datagram.pop_back();  // nothing behind the last line
      auto sent = sender_.send(datagram);
      datagram.clear();
      return sent;
    };
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::string_view lines = batch[i].bytes;
      while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n') + 1);
        lines.remove_prefix(line.size());
        if (line.size() > kMaxDatagramBytes) {
          report.rejected.push_back(
              {i, fmt::format("a line of {} bytes; a datagram holds {}", line.size(), kMaxDatagramBytes)});
          break;
        }
        if (datagram.size() + line.size() > kMaxDatagramBytes) {
          if (const auto sent = flush(); !sent) return all_retryable(batch.size(), sent.error().message);
        }
        datagram += line;
      }
    }
    if (const auto sent = flush(); !sent) return all_retryable(batch.size(), sent.error().message);
    return report;
  }

 private:
  void encode_slots(const Run& run, SlotRange slots, const std::function<void(OutputItem)>& emit) const {
    const Names names(run);
    for_each_interval_point(
        run,
        [&](const IntervalPoint& point) {
          const bool total = point.endpoint == nullptr;
          emit({lines(total ? "interval_total" : "interval", run, names,
                      {{"endpoint", total ? std::string_view() : point.endpoint->endpoint}}, point.measures,
                      point.start_seconds * kNsPerSecond),
                point.samples});
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          emit({lines(point.type, run, names, point.names, point.measures, point.start_seconds * kNsPerSecond), 0});
        },
        slots);
  }

  void encode_whole(const Run& run, const Names& names, bool counts,
                    const std::function<void(OutputItem)>& emit) const {
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      emit(
          {lines("endpoint", run, names, {{"endpoint", series.endpoint}}, endpoint_measures(run, series), run.ended_ns),
           counts ? series.total.samples() : 0});
    }
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      emit({lines(fmt::format("run_{}", point.type), run, names, point.names, point.measures, run.ended_ns), 0});
    });
    emit({lines("run", run, names, {}, run_measures(run), run.ended_ns), 0});
  }

  // `own`: names of what is told of.
  [[nodiscard]] std::string lines(std::string_view group, const Run& run, const Names& names, const PointNames& own,
                                  const Measures& measures, std::int64_t time_ns) const {
    Labels tags(own.begin(), own.end());
    tags.emplace_back("test_name", run.info.test_name);
    for (auto& label : run_labels(run, labels_)) tags.push_back(std::move(label));
    std::erase_if(tags, [](const auto& tag) { return tag.second.empty(); });
    std::string in_name;
    std::string behind;
    for (const auto& [key, value] : tags) {
      const auto text = [&, &name = key, &full = value](std::string_view forbidden) {
        return names.name(name, full, forbidden);
      };
      switch (flavour_) {
        case StatsdFlavour::dogstatsd:
          behind += fmt::format("{}{}:{}", behind.empty() ? "|#" : ",", key, text("|,\n"));
          break;
        case StatsdFlavour::influx:
          in_name += fmt::format(",{}={}", key, text(":|,=@"));
          break;
        case StatsdFlavour::plain:
          if (key == "test_name") {
            in_name.insert(0, "." + text(":|@./#,="));
          } else if (std::ranges::find(own, key, &PointNames::value_type::first) != own.end()) {
            in_name += "." + text(":|@./#,=");
          }
          break;
      }
    }
    if (flavour_ == StatsdFlavour::dogstatsd) behind = fmt::format("|T{}{}", time_ns / kNsPerSecond, behind);
    std::string all;
    for (const auto& [name, value] : measures) {
      // Tags in the name stand behind all of it, names of plain ones before the number.
      const std::string full = flavour_ == StatsdFlavour::plain
                                   ? fmt::format("load_test.{}{}.{}", group, in_name, name)
                                   : fmt::format("load_test.{}.{}{}", group, name, in_name);
      std::visit([&](const auto& number) { all += fmt::format("{}:{}|g{}\n", full, number, behind); }, value);
    }
    return all;
  }

  StatsdFlavour flavour_;
  std::map<std::string, std::string> labels_;
  SystemClock clock_;
  UdpSender sender_;
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  auto to = parse_host_port(target);
  if (!to) return std::unexpected(std::move(to).error());
  return std::make_unique<Statsd>(config, *std::move(to));
}

void declare_options(OptionTable& table) {
  Options<StatsdSettings>(table, "statsd.")
      .choice<StatsdFlavour>(
          "flavour", &StatsdSettings::flavour,
          {{"dogstatsd", StatsdFlavour::dogstatsd}, {"influx", StatsdFlavour::influx}, {"plain", StatsdFlavour::plain}},
          "How tags are written for the output `statsd`: `dogstatsd`, `influx` (Telegraf), or "
          "`plain`: as parts of the name.");
}

}  // namespace

const OutputKind& output_statsd() {
  static const OutputKind kKind{.name = "statsd",
                                .target_help = "HOST:PORT",
                                .description = "StatsD or DogStatsD, gauges over UDP",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
