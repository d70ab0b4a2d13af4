#include "systems/prometheus/run_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/floor_divide.h"
#include "base/try.h"
#include "config/vitals_settings.h"
#include "delivery/http_report.h"
#include "delivery/logins.h"
#include "formats/prom_query/prom_query.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMostPoints = 600;
constexpr std::size_t kMostSeriesOfOne = 20;
constexpr std::chrono::seconds kTimeForAll{5};  // people wait for the results of their test

const std::string& address(const Config& config) {
  const auto& own = config.of<VitalsSettings>().prometheus_url;
  return own.empty() ? config.of<PrometheusSettings>().url : own;
}

HttpLogin login(const Config& config) {
  const auto& settings = config.of<VitalsSettings>();
  const HttpLogin login = access_login(settings.prometheus);
  return settings.prometheus_url.empty() ? trusting(login, config.of<PrometheusSettings>().tls) : login;
}

bool is_of_the_generator(std::string_view query) { return query == kCpuQuery || query == kMemoryQuery; }

class Questions {
 public:
  Questions(const Config& config, const QuerySpan& span, HttpClient& http)
      : url_(join_url(address(config), "/api/v1/query_range")), login_(login(config)), span_(span), http_(http) {}

  [[nodiscard]] Result<RangeAnswer> ask(const std::string& name, const std::string& query, std::size_t most_series,
                                        milliseconds timeout) {
    const std::string body =
        fmt::format("query={}&start={}&end={}&step={}", url_encode(query), span_.first, span_.last, span_.step);
    HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = body;
    request.login = login_;
    request.timeout = timeout;
    request.max_answer_bytes = kLongAnswerBytes;
    const HttpResponse response = TRY(http_.send(request));
    auto answer = parse_range_answer(response.body, name, most_series);
    // What a proxy says is no JSON.
    if (!answer && !response.ok() && !response.body.starts_with('{')) {
      return fail(ErrorCode::refused, server_words(response));
    }
    return answer;
  }

 private:
  std::string url_;
  HttpLogin login_;
  QuerySpan span_;
  HttpClient& http_;
};

}  // namespace

QuerySpan query_span(std::int64_t started_ns, std::int64_t ended_ns) {
  QuerySpan span;
  span.first = floor_divide(started_ns, kNsPerSecond);
  span.last = std::max(span.first, floor_divide(ended_ns + kNsPerSecond - 1, kNsPerSecond));
  span.step = std::max<std::int64_t>((span.last - span.first + kMostPoints - 2) / (kMostPoints - 1), 1);
  return span;
}

QueriesAnswer ask_queries(const Config& config, const QuerySpan& span, const std::set<std::string_view>& left_out,
                          HttpClient& http, const Clock& clock) {
  QueriesAnswer found;
  const auto& queries = config.of<VitalsSettings>().queries;
  if (queries.empty()) return found;
  if (address(config).empty()) {
    found.notes.emplace_back("vitals.queries are not asked: no Prometheus is configured (PROMETHEUS_URL)");
    return found;
  }
  Questions questions(config, span, http);
  const auto until = clock.steady() + kTimeForAll;
  for (const auto& [name, query] : queries) {
    if (left_out.contains(name)) continue;
    const auto left = std::chrono::duration_cast<milliseconds>(until - clock.steady());
    if (left <= milliseconds{0}) {
      found.notes.push_back(
          fmt::format("the query {} and those after it were not asked: Prometheus took too long", name));
      break;
    }
    const std::size_t room = kMostObservedSeries - found.series.size();
    auto answer =
        questions.ask(name, query, std::min(room, kMostSeriesOfOne), std::min(left, config.delivery.request_timeout));
    if (!answer) {
      found.notes.push_back(fmt::format("the query {} was not answered: {}", name, answer.error().message));
      if (answer.error().retryable) break;  // nobody is there: nor would the others be
      continue;
    }
    if (answer->series.empty() && answer->left_out == 0) {
      found.notes.push_back(fmt::format("the query {} gives nothing for the time of the run", name));
      continue;
    }
    if (is_of_the_generator(name) && answer->series.size() + answer->left_out != 1) {
      found.notes.push_back(fmt::format("the query {} has to give one series, not {}: it is left out", name,
                                        answer->series.size() + answer->left_out));
      continue;
    }
    if (answer->left_out > 0) {
      found.notes.push_back(
          fmt::format("of the query {}, {} series are left out: sum() or topk() give fewer", name, answer->left_out));
    }
    for (ObservedSeries& one : answer->series) found.series.push_back(std::move(one));
  }
  return found;
}

}  // namespace omniwriter
