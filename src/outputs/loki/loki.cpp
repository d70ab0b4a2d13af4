#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/rfc3339.h"
#include "base/url.h"
#include "config/options.h"
#include "delivery/http_report.h"
#include "delivery/logins.h"
#include "delivery/output_kind.h"
#include "formats/points/points.h"
#include "net/http_client.h"
#include "outputs/loki/settings.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// What a person can do about a limit that keeps all lines of a run out; empty where it is none.
std::string_view remedy_of(std::string_view words) {
  const auto says = [&](std::string_view phrase) { return words.find(phrase) != std::string_view::npos; };
  if (says("too old") || says("too far behind")) {
    return "raise limits_config.reject_old_samples_max_age in Loki; or send the run as if it were made now: omniwriter "
           "replay RUN --start-time now";
  }
  if (says("too new")) return "set the clocks right";
  if (says("label names; limit")) return "raise limits_config.max_label_names_per_series in Loki, or set fewer labels";
  return {};
}

class Loki final : public Output {
 public:
  Loki(const Config& config, std::string url)
      : url_(std::move(url)), access_(config.of<LokiSettings>()), labels_(config.labels) {}

  [[nodiscard]] std::string_view name() const override { return "loki"; }
  // Loki takes 4 MiB as it is set up, and lines of 256 KiB.
  [[nodiscard]] BatchLimits limits() const override { return {.max_items = 5000, .max_bytes = std::size_t{3} << 20}; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, emit);
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      json line{{"endpoint", series.endpoint}};
      for (const auto& [name, value] : endpoint_measures(run, series)) {
        std::visit([&, &key = name](const auto& number) { line[std::string(key)] = number; }, value);
      }
      emit_line(run, emit, "endpoint", "info", run.ended_ns, dump(line), series.total.samples());
    }
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      const std::string type = fmt::format("run_{}", point.type);
      emit_line(run, emit, type.c_str(), "info", run.ended_ns, dump(line_of(point)), 0);
    });
    for (const ErrorMessage& one : run.error_messages) {
      const json line{{"endpoint", one.endpoint},
                      {"error_type", one.error_type},
                      {"message", one.message},
                      {"count", one.count},
                      {"example", one.example},
                      {"first_seen", format_rfc3339(one.first_ns)},
                      {"last_seen", format_rfc3339(one.last_ns)}};
      emit_line(run, emit, "error_message", "error", run.ended_ns, dump(line), 0);
    }
    // Last, so that who finds it finds all of the run.
    emit_line(run, emit, "run", "info", run.ended_ns, run_json(run, labels_), 0);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, emit);
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string body = R"({"streams":[)";
    for (const OutputItem& item : batch) body += item.bytes + ",";
    body.back() = ']';
    body += '}';
    HttpRequest request;
    request.method = "POST";
    request.url = join_url(url_, "/loki/api/v1/push");
    request.headers.assign(access_.headers.begin(), access_.headers.end());
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    request.login = access_login(access_);
    request.compress = true;
    request.timeout = timeout;
    const auto response = client_.send(request);
    if (!response) return report_no_answer(batch.size(), response.error());
    if (response->status != 400 || is_for_people(*response)) {
      return report_answer(batch.size(), *response, response->status == 204);
    }
    // Some lines were refused; the others are stored, and are dropped if they come again.
    const std::string words = server_words(*response);
    const auto remedy = remedy_of(words);
    return remedy.empty() ? all_retryable(batch.size(), words, Retry::bisect)
                          : report_blocked(batch.size(), words, remedy);
  }

 private:
  void encode_slots(const Run& run, SlotRange slots, const std::function<void(OutputItem)>& emit) const {
    run.for_each_interval(
        [&](std::int64_t start, std::uint32_t /*users*/, const std::vector<Run::Cell>& cells) {
          for (const auto& [series, tally] : cells) {
            for (const auto& [error_type, count] : run.by_error_type(*tally)) {
              const json line{{"endpoint", series->endpoint},
                              {"error_type", error_type},
                              {"count", count},
                              {"interval_seconds", run.interval_seconds}};
              emit_line(run, emit, "error", "error", start * kNsPerSecond, dump(line), 0);
            }
          }
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          if (point.type != "check") return;
          json line = line_of(point);
          if (line["failed"] == 0) return;
          line["interval_seconds"] = run.interval_seconds;
          emit_line(run, emit, "check", "error", point.start_seconds * kNsPerSecond, dump(line), 0);
        },
        slots);
  }

  static json line_of(const DetailPoint& point) {
    json line = json::object();
    for (const auto& [name, value] : point.names) line[std::string(name)] = value;
    for (const auto& [name, value] : point.measures) {
      std::visit([&, &key = name](const auto& number) { line[std::string(key)] = number; }, value);
    }
    return line;
  }

  // A stream of one line each: Loki puts those with the same labels together, and compression the repetition away.
  void emit_line(const Run& run, const std::function<void(OutputItem)>& emit, const char* type, const char* level,
                 std::int64_t time_ns, std::string line, std::uint64_t samples) const {
    json stream{{"job", "omniwriter"},
                {"type", type},
                {"level", level},
                {"testid", run.info.run_id},
                {"test_name", run.info.test_name}};
    for (const auto& [key, value] : labels_) stream[key] = value;
    std::erase_if(stream.get_ref<json::object_t&>(), [](const auto& label) { return label.second == ""; });
    const json entry = json::array({std::to_string(time_ns), std::move(line)});
    emit({dump({{"stream", stream}, {"values", json::array({entry})}}), samples});
  }

  std::string url_;
  HttpAccess access_;
  std::map<std::string, std::string> labels_;
  HttpClient client_{aborted()};
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Loki>(config, target);
}

void declare_options(OptionTable& table) {
  add_access_options(table, "loki", [](Config& config) -> HttpAccess& { return config.of<LokiSettings>(); });
}

}  // namespace

const OutputKind& output_loki() {
  static const OutputKind kKind{.name = "loki",
                                .target_help = "URL",
                                .description = "Loki, errors and the summary of a run as structured log lines",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
