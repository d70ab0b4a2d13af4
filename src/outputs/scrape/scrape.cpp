#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <utility>

#include "base/guarded.h"
#include "base/usage.h"
#include "config/options.h"
#include "delivery/output_kind.h"
#include "formats/prom_text/negotiation.h"
#include "formats/prom_text/prom_text.h"
#include "net/gzip.h"
#include "net/http_server.h"
#include "outputs/scrape/settings.h"

namespace omniwriter {
namespace {

constexpr std::string_view kEnd = "# EOF\n";
constexpr std::string_view kLive = "live ";
constexpr std::string_view kFinal = "final ";

/// A run as the two formats have it; OpenMetrics without its end, for the ledger comes behind.
struct Exposition {
  std::string text;
  std::string open_metrics;
  friend bool operator==(const Exposition&, const Exposition&) = default;
};

std::string without_end(std::string open_metrics) {
  open_metrics.resize(open_metrics.size() - kEnd.size());
  return open_metrics;
}

// "final 1234\n", the first 1234 bytes, the others.
std::string to_bytes(const Exposition& exposition, std::string_view kind) {
  return fmt::format("{}{}\n{}{}", kind, exposition.text.size(), exposition.text, exposition.open_metrics);
}

Exposition from_bytes(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.size(), bytes.find(' ') + 1));
  const std::size_t line_end = std::min(bytes.size(), bytes.find('\n'));
  std::size_t text_size = 0;
  std::from_chars(bytes.data(), bytes.data() + line_end, text_size);
  bytes.remove_prefix(std::min(bytes.size(), line_end + 1));
  text_size = std::min(text_size, bytes.size());
  return {std::string(bytes.substr(0, text_size)), std::string(bytes.substr(text_size))};
}

std::string ledger_text(const LedgerBoard& board, PromText format) {
  MetricFamily family{"omniwriter_ledger_samples",
                      "",
                      MetricType::gauge,
                      "What became of the samples of the run that is delivered, for each output.",
                      {}};
  for (const auto& [output, counts] : board.counts()) {
    const auto add = [&, &name = output](std::string_view state, std::uint64_t samples) {
      family.points.push_back({{{"output", name}, {"state", std::string(state)}}, static_cast<double>(samples)});
    };
    add("read", counts.read);
    add("accepted", counts.accepted);
    add("rejected", counts.rejected);
    add("pending", counts.pending());
  }
  return encode_prom_text({family}, format, {});
}

class Scrape final : public Output {
 public:
  Scrape(const Config& config, HostPort at)
      : at_(std::move(at)),
        token_(config.of<ScrapeSettings>().token),
        labels_(config.labels),
        buckets_(config.response_time_buckets),
        give_up_after_(config.delivery.give_up_after) {}
  ~Scrape() override { server_.reset(); }
  Scrape(const Scrape&) = delete;
  Scrape& operator=(const Scrape&) = delete;

  [[nodiscard]] std::string_view name() const override { return "scrape"; }
  [[nodiscard]] BatchLimits limits() const override { return {.max_items = 1}; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    emit({to_bytes(expose(load_test_metrics(run, run_labels(run, labels_))), kFinal),
          run.samples_of(SampleKind::request)});
  }
  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    emit({to_bytes(expose(load_test_metrics(so_far, run_labels(so_far, labels_), news.recent)), kLive),
          so_far.samples_of(SampleKind::request)});
  }

  [[nodiscard]] Result<void> prepare() override {
    if (server_) return {};
    auto server = HttpServer::listen(at_, [this](const ServedRequest& request) { return serve(request); });
    if (!server) return std::unexpected(std::move(server).error());
    server_ = *std::move(server);
    return {};
  }

  [[nodiscard]] std::string startup_message() override {
    if (!server_ || std::exchange(noticed_, true)) return {};
    return fmt::format("{} shows the run until its final state was scraped", url());
  }

  void show_ledger(std::shared_ptr<const LedgerBoard> board) override {
    const Lock lock(mutex_);
    board_ = std::move(board);
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    if (const auto ready = prepare(); !ready) return all_retryable(1, ready.error().message, Retry::blocked);
    const bool is_live = batch.front().bytes.starts_with(kLive);
    auto exposition = std::make_shared<const Exposition>(from_bytes(batch.front().bytes));
    {
      Lock lock(mutex_);
      show(std::move(exposition), batch.front().samples, is_live);
      if (is_live) return {};
      // A scrape that begins now shows what became of the samples, too. But one from before has all there is of the
      // run.
      const auto fetched = [&]() REQUIRES(mutex_) { return fetched_; };
      if (!was_fetched_.wait_for(lock, aborted(), patience(timeout), fetched) && !was_known_) {
        SendReport report =
            all_retryable(1, fmt::format("nobody scraped the final state from {} within the time", url()));
        report.retry_after = std::chrono::milliseconds{1};  // it has waited already
        return report;
      }
    }
    server_.reset();
    return {};
  }

 private:
  void show(std::shared_ptr<const Exposition> exposition, std::uint64_t samples, bool is_live) REQUIRES(mutex_) {
    const bool same = exposition_ && *exposition_ == *exposition;
    if (same && is_final_ != is_live) return;
    // What else changes when a run ends says nothing new of its requests.
    was_known_ = exposition_ && samples_ == samples && (fetched_ || was_known_);
    samples_ = samples;
    fetched_ = false;
    is_final_ = !is_live;
    exposition_ = std::move(exposition);
  }

  [[nodiscard]] Exposition expose(const std::vector<MetricFamily>& families) const {
    return {encode_prom_text(families, PromText::text_0_0_4, buckets_),
            without_end(encode_prom_text(families, PromText::open_metrics, buckets_))};
  }

  // Equal parts of the time after which the delivery gives up, so that it does so in time.
  [[nodiscard]] std::chrono::milliseconds patience(std::chrono::milliseconds timeout) const {
    const auto parts = (give_up_after_ + timeout - std::chrono::milliseconds{1}) / timeout;
    return std::min(timeout, give_up_after_ / std::max<std::int64_t>(parts, 1));
  }

  [[nodiscard]] std::string url() const {
    return fmt::format("http://{}/metrics", HostPort{at_.host, server_->port()}.text());
  }

  // --- from the server's thread ---

  ServedReply serve(const ServedRequest& request) {
    if (!token_.empty() && !is_allowed(request)) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Bearer realm=\"omniwriter\""}}};
    }
    const bool metrics = request.path == "/metrics";
    if (!metrics && request.path != "/") return {.status = 404};
    if (request.method != "GET" && request.method != "HEAD") {
      return {.status = 405, .headers = {{"Allow", "GET, HEAD"}}};
    }
    if (metrics) return expose_to(request);
    return {.headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "The metrics are at /metrics.\n"};
  }

  [[nodiscard]] bool is_allowed(const ServedRequest& request) const {
    constexpr std::string_view kScheme = "bearer ";
    const std::string authorization = request.header("Authorization");
    const bool bearer = authorization.size() > kScheme.size() &&
                        std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char a, char b) {
                          return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + ('a' - 'A')) : b);
                        });
    return bearer && token_.matches(std::string_view(authorization).substr(kScheme.size()));
  }

  ServedReply expose_to(const ServedRequest& request) {
    std::shared_ptr<const Exposition> exposition;
    std::shared_ptr<const LedgerBoard> board;
    {
      const Lock lock(mutex_);
      exposition = exposition_;
      board = board_;
    }
    const PromText format = wanted_format(request.header("Accept"));
    ServedReply reply;
    reply.headers = {{"Content-Type", std::string(content_type(format))}, {"Vary", "Accept, Accept-Encoding"}};
    if (exposition) reply.body = format == PromText::open_metrics ? exposition->open_metrics : exposition->text;
    if (board) {
      reply.body += ledger_text(*board, format);
    } else if (format == PromText::open_metrics) {
      reply.body += kEnd;
    }
    if (accepts_gzip(request.header("Accept-Encoding"))) {
      if (auto packed = gzip(reply.body)) {
        reply.body = *std::move(packed);
        reply.headers.emplace_back("Content-Encoding", "gzip");
      }
    }
    if (request.method == "GET") reply.sent = [this, exposition] { note_fetched(exposition); };
    return reply;
  }

  void note_fetched(const std::shared_ptr<const Exposition>& exposition) {
    {
      const Lock lock(mutex_);
      fetched_ = fetched_ || exposition == exposition_;
    }
    was_fetched_.notify_one();
  }

  HostPort at_;
  Secret token_;
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  std::chrono::milliseconds give_up_after_;
  bool noticed_ = false;

  Mutex mutex_;
  std::condition_variable_any was_fetched_;
  std::shared_ptr<const Exposition> exposition_ GUARDED_BY(mutex_);  // none before the first
  std::shared_ptr<const LedgerBoard> board_ GUARDED_BY(mutex_);
  bool is_final_ GUARDED_BY(mutex_) = false;
  bool fetched_ GUARDED_BY(mutex_) = false;       // whether somebody has the whole of `exposition_`
  bool was_known_ GUARDED_BY(mutex_) = false;     // whether somebody had the same when it was not yet final
  std::uint64_t samples_ GUARDED_BY(mutex_) = 0;  // of the run, as it is shown

  std::unique_ptr<HttpServer> server_;  // last: its thread uses the above
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  auto at = parse_listen_place(target);
  if (!at) return fail(ErrorCode::usage, "output scrape needs a place to listen on: scrape=127.0.0.1:9464");
  if (config.of<ScrapeSettings>().token.empty() && !is_loopback(at->host)) {
    return fail_with_hint(ErrorCode::usage,
                          fmt::format("output scrape: others could read what is on {} without a token", at->text()),
                          "set OMNIWRITER_SCRAPE_TOKEN, or listen on 127.0.0.1 alone");
  }
  return std::make_unique<Scrape>(config, *std::move(at));
}

void declare_options(OptionTable& table) {
  Options<ScrapeSettings>(table, "scrape.", "OMNIWRITER_SCRAPE_")
      .secret("token", &ScrapeSettings::token,
              "Token that the output `scrape` wants as `Authorization: Bearer`. Needed where it listens for other "
              "machines.",
              "the token");
}

}  // namespace

const OutputKind& output_scrape() {
  static const OutputKind kKind{.name = "scrape",
                                .target_help = "HOST:PORT",
                                .description = "GET /metrics for Prometheus to scrape, also of a live run",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
