#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "base/url.h"
#include "config/options.h"
#include "delivery/http_report.h"
#include "delivery/output_kind.h"
#include "judge/judgement.h"
#include "model/language.h"
#include "net/http_client.h"
#include "outputs/webhook/settings.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxCriteria = 10;
constexpr std::string_view kNothing = "null";  // an item that nobody is told of

template <typename Number>
Json known(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool is_invalid(const Judgement& judgement) {
  return std::ranges::find(judgement.concerns, ConcernLevel::invalid, &Concern::level) != judgement.concerns.end();
}

/// What the text of Slack takes for markup.
std::string slack_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else {
      result += c == '\n' ? ' ' : c;
    }
  }
  return result;
}

std::string measured(double value, ValueUnit unit) {
  switch (unit) {
    case ValueUnit::seconds:
      return value < 1 ? fmt::format("{:.3g} ms", value * 1e3) : fmt::format("{:.3g} s", value);
    case ValueUnit::ratio:
      return fmt::format("{:.3g}%", value * 100);
    case ValueUnit::percent:
      return fmt::format("{:.3g}%", value);
    case ValueUnit::per_second:
      return fmt::format("{:.3g}/s", value);
    case ValueUnit::megabytes:
      return fmt::format("{:.3g} MB", value);
    case ValueUnit::count:
    case ValueUnit::bytes:
    case ValueUnit::number:
      break;
  }
  return fmt::format("{:.6g}", value);
}

std::string_view without_query(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

class Webhook final : public Output {
 public:
  Webhook(const Config& config, std::string url, std::string label)
      : config_(config), settings_(config.of<NotifySettings>()), url_(std::move(url)), label_(std::move(label)) {}

  [[nodiscard]] std::string_view name() const override { return "webhook"; }
  [[nodiscard]] BatchLimits limits() const override { return {.max_items = 1}; }
  void show_judgement(std::shared_ptr<const Judgement> judgement) override { judgement_ = std::move(judgement); }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const std::uint64_t samples = run.samples_of(SampleKind::request);
    emit({is_told() ? told(run) : std::string(kNothing), samples});
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    const std::string& body = batch.front().bytes;
    if (body == kNothing) return {};
    HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers.emplace_back("Content-Type", "application/json");
    // It may come twice, where an answer was lost.
    request.headers.emplace_back("Idempotency-Key", stable_hash({body}));
    request.body = body;
    request.timeout = timeout;
    const auto response = client_.send(request);
    if (response) return report_answer(batch.size(), *response, response->ok());
    Error error = response.error();
    const std::string_view address = without_query(url_);
    for (auto at = error.message.find(address); at != std::string::npos;) {
      error.message.replace(at, address.size(), label_);
      at = error.message.find(address, at + label_.size());  // it may hold the address itself
    }
    return report_no_answer(batch.size(), error);
  }

  /// What was told stays; what holds now is told next.
  [[nodiscard]] Result<void> remove(const Run& /*run*/) override { return {}; }

 private:
  [[nodiscard]] bool failed() const {
    return judgement_ != nullptr && (judgement_->verdict == Verdict::fail || is_invalid(*judgement_));
  }
  [[nodiscard]] bool is_told() const { return settings_.on == NotifyOn::always || failed(); }
  [[nodiscard]] std::string told(const Run& run) const {
    return settings_.format == WebhookFormat::json ? json(run) : slack(run);
  }

  [[nodiscard]] std::string json(const Run& run) const {
    const Tally total = run.total();
    const std::uint64_t errors = run.errors(total);
    Json told{{"event", "run_judged"},
              {"run_id", run.info.run_id},
              {"test_name", run.info.test_name},
              {"tool", run.info.tool},
              {"started", format_rfc3339(run.started_ns)},
              {"ended", format_rfc3339(run.ended_ns)},
              {"duration_seconds", run.duration_seconds()}};
    const Judgement nothing;
    const Judgement& judgement = judgement_ != nullptr ? *judgement_ : nothing;
    told["verdict"] = judgement.verdict ? Json(name_of(*judgement.verdict)) : Json(nullptr);
    told["valid"] = !is_invalid(judgement);
    told["samples"] = total.samples();
    told["errors"] = errors;
    told["throughput_rps"] = Run::rate(total.samples(), run.duration_seconds());
    told["response_time_seconds"] = {{"p50", known(total.quantile(0.5))},
                                     {"p95", known(total.quantile(0.95))},
                                     {"p99", known(total.quantile(0.99))}};
    Json& criteria = told["criteria"] = Json::array();
    for (const CriterionResult& one : judgement.criteria) {
      criteria.push_back({{"criterion", one.criterion},
                          {"verdict", name_of(one.verdict)},
                          {"observed", known(one.observed)},
                          {"bound", known(one.bound)}});
    }
    Json& concerns = told["concerns"] = Json::array();
    for (const Concern& one : judgement.concerns) {
      if (one.level != ConcernLevel::note) concerns.push_back({{"check", one.check}, {"what", one.what}});
    }
    told["comparison"] = nullptr;
    if (const auto& found = judgement.comparison) {
      told["comparison"] = {{"verdict", name_of(found->verdict)},
                            {"within_margin", found->within_margin},
                            {"change", found->overall.change},
                            {"low", found->overall.interval.low},
                            {"high", found->overall.interval.high}};
    }
    told["tags"] = run.info.tags;
    const std::string link = dashboard_link(config_, run, run.ended_ns);
    told["dashboard_url"] = link.empty() ? Json(nullptr) : Json(link);
    return dump(told);
  }

  [[nodiscard]] std::string slack(const Run& run) const {
    const auto say = [&](const Localized& text) { return text.in(config_.lang); };
    const Tally total = run.total();
    std::string text = fmt::format("{} *{}*: {}", sign(), slack_text(run.info.test_name), say(verdict_word()));
    text += fmt::format("\n{}: {}", say({"amostras", "samples"}), total.samples());
    text += fmt::format(", {}: {}", say({"erros", "errors"}), run.errors(total));
    if (const auto p95 = total.quantile(0.95)) text += fmt::format(", p95: {}", measured(*p95, ValueUnit::seconds));
    if (judgement_ != nullptr) text += findings(*judgement_);
    if (const auto url = run.info.tags.find("ci_url"); url != run.info.tags.end() && parse_url(url->second)) {
      text += fmt::format("\n<{}|{}>", slack_text(url->second), say({"Build da CI", "CI build"}));
    }
    if (const std::string link = dashboard_link(config_, run, run.ended_ns); !link.empty()) {
      text += fmt::format("\n<{}|Dashboard>", slack_text(link));
    }
    return dump({{"text", text}});
  }

  [[nodiscard]] static std::string findings(const Judgement& judgement) {
    std::string text;
    std::size_t shown = 0;
    for (const Concern& one : judgement.concerns) {
      if (one.level == ConcernLevel::invalid) text += fmt::format("\n• {}", slack_text(one.what));
    }
    for (const CriterionResult& one : judgement.criteria) {
      if (one.verdict == Verdict::pass || ++shown > kMaxCriteria) continue;
      text += fmt::format("\n• `{}`: {}", slack_text(one.criterion),
                          one.observed ? measured(*one.observed, one.unit) : "–");
    }
    if (shown > kMaxCriteria) text += fmt::format("\n• … +{}", shown - kMaxCriteria);
    return text;
  }

  [[nodiscard]] std::string_view sign() const {
    if (judgement_ == nullptr) return ":information_source:";
    if (judgement_->verdict == Verdict::fail) return ":x:";
    if (is_invalid(*judgement_)) return ":no_entry:";
    if (!judgement_->verdict) return ":information_source:";
    return *judgement_->verdict == Verdict::pass   ? ":white_check_mark:"
           : *judgement_->verdict == Verdict::warn ? ":warning:"
                                                   : ":grey_question:";
  }
  [[nodiscard]] Localized verdict_word() const {
    const Localized unknown{"sem veredito", "no verdict"};
    if (judgement_ == nullptr) return unknown;
    if (judgement_->verdict == Verdict::fail) return {"REPROVADA", "FAILED"};
    if (is_invalid(*judgement_)) return {"INVÁLIDA", "INVALID"};
    if (!judgement_->verdict) return unknown;
    if (*judgement_->verdict == Verdict::pass) return {"APROVADA", "PASSED"};
    if (*judgement_->verdict == Verdict::warn) return {"APROVADA COM AVISOS", "PASSED WITH WARNINGS"};
    return {"INCONCLUSIVA", "INCONCLUSIVE"};
  }

  const Config config_;
  const NotifySettings settings_;
  const std::string url_;
  const std::string label_;
  std::shared_ptr<const Judgement> judgement_;
  HttpClient client_{aborted()};
};

/// In the place of the address, which must not be told. Empty where there is none.
std::string configured_target(const Config& config) {
  const Secret& address = config.of<NotifySettings>().webhook_url;
  if (address.empty()) return {};
  const auto url = parse_url(without_query(address.expose()));
  return fmt::format("{} (notify.webhook_url)", url ? url->host : "?");
}

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  const bool is_configured = !target.empty() && target == configured_target(config);
  const std::string& address = is_configured ? config.of<NotifySettings>().webhook_url.expose() : target;
  if (auto url = parse_url(without_query(address)); !url) {
    // What is wrong with it in particular would tell some of it.
    if (is_configured) return fail(ErrorCode::usage, "notify.webhook_url is not the address of a server");
    return std::unexpected(std::move(url).error());
  }
  return std::make_unique<Webhook>(config, address, target);
}

void declare_options(OptionTable& table) {
  Options<NotifySettings> options(table, "notify.", "OMNIWRITER_NOTIFY_");
  options.secret("webhook_url", &NotifySettings::webhook_url,
                 "Address that is told of each run once it was judged. Empty: nobody is told.", "the address");
  options.choice("format", &NotifySettings::format, {{"json", WebhookFormat::json}, {"slack", WebhookFormat::slack}},
                 "What it is told: `json`, as docs/gate.md has it, or a message as `slack` takes it.");
  options.choice("on", &NotifySettings::on, {{"always", NotifyOn::always}, {"failure", NotifyOn::failure}},
                 "When it is told: `always`, or on `failure`, where a run failed or is invalid.");
}

}  // namespace

const OutputKind& output_webhook() {
  static const OutputKind kKind{.name = "webhook",
                                .target_help = "URL",
                                .description = "Webhook, a message once a run was judged",
                                .configured_target = configured_target,
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
