/// Writes result files of load tests as large as one likes: the same arguments give the same bytes.
///
/// The shape is that of genuine JMeter 5.6 and k6 files: twelve endpoints with lognormal latencies (medians from 5 ms
/// to 2 s), about 2 % errors of several kinds, records in the order in which requests ended, users ramping up and down.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::int64_t kStartNs = 1'795'446'000'000'000'000;  // 2026-11-23T15:00:00Z
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;

/// Buffered output. A failed write ends the program: half a file must not be measured.
class Writer {
 public:
  explicit Writer(int file) : file_(file), buffer_(new char[kCapacity]) {}

  template <typename... Parts>
  void write(const Parts&... parts) {
    if (used_ + kReserve > kCapacity) flush();
    (append(parts), ...);
  }

  void flush() {
    for (std::size_t done = 0; done < used_;) {
      const ssize_t written = ::write(file_, buffer_.get() + done, used_ - done);
      if (written < 0) {
        std::perror("omniwriter_generate");
        std::_Exit(1);
      }
      done += static_cast<std::size_t>(written);
    }
    used_ = 0;
  }

 private:
  static constexpr std::size_t kCapacity = std::size_t{1} << 20;
  static constexpr std::size_t kReserve = 8192;  // more than one record needs

  void append(std::string_view text) {
    std::memcpy(buffer_.get() + used_, text.data(), text.size());
    used_ += text.size();
  }
  template <std::integral Number>
    requires(!std::same_as<Number, char>)
  void append(Number number) {
    used_ = static_cast<std::size_t>(std::to_chars(buffer_.get() + used_, buffer_.get() + kCapacity, number).ptr -
                                     buffer_.get());
  }

  int file_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
};

/// splitmix64
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  std::int64_t below(std::int64_t limit) { return static_cast<std::int64_t>(uniform() * static_cast<double>(limit)); }
  double normal() {
    if (spare_ready_) {
      spare_ready_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    spare_ready_ = true;
    return radius * std::cos(angle);
  }

 private:
  std::uint64_t state_;
  double spare_ = 0;
  bool spare_ready_ = false;
};

struct Endpoint {
  std::string_view name;
  std::string_view method;
  std::string_view path;
  int weight;  ///< in percent
  double median_ms;
};

constexpr std::array<Endpoint, 12> kEndpoints{{
    {"home", "GET", "/", 16, 12},
    {"product list", "GET", "/api/v2/products?page=", 18, 35},
    {"product", "GET", "/api/v2/products/", 20, 20},
    {"search", "GET", "/api/v2/search?q=", 10, 120},
    {"GET \"offers\", today", "GET", "/api/v2/offers?day=", 5, 60},
    {"Zürich ünï", "GET", "/api/v2/shops/", 4, 45},
    {"login", "POST", "/api/v2/session/", 7, 250},
    {"cart", "PUT", "/api/v2/cart/", 8, 80},
    {"checkout", "POST", "/api/v2/orders/", 4, 600},
    {"payment", "POST", "/api/v2/payments/", 2, 1200},
    {"monthly report", "GET", "/api/v2/reports/", 1, 2000},
    {"health", "GET", "/health?n=", 5, 5},
}};
constexpr std::string_view kHost = "https://shop.example.com";

enum class Ending { ok, server_error, not_found, timeout, wrong_content, wrong_content_in_lines };

struct Request {
  const Endpoint* endpoint;
  std::int64_t end_ns;
  std::int64_t duration_ns;
  std::int64_t waiting_ns;  ///< until the first byte
  std::int64_t connect_ns;
  std::int64_t id;  ///< of what was asked for
  std::int64_t bytes_received;
  std::int64_t bytes_sent;
  int users;
  int user;
  Ending ending;
};

/// The load test behind the file: `requests` of them, ending evenly over `seconds`.
class LoadTest {
 public:
  LoadTest(std::int64_t requests, std::int64_t seconds, std::uint64_t seed)
      : random_(seed),
        length_ns_(seconds * kSecond),
        step_ns_(static_cast<double>(length_ns_) / static_cast<double>(requests)) {}

  Request next() {
    Request request{};
    request.endpoint = &pick_endpoint();
    const double ideal_ns = step_ns_ * (static_cast<double>(count_++) + random_.uniform());
    request.end_ns = kStartNs + std::min(static_cast<std::int64_t>(ideal_ns), length_ns_ - 1);
    request.users = users_at(ideal_ns / static_cast<double>(length_ns_));
    request.user = 1 + static_cast<int>(random_.below(request.users));
    request.ending = pick_ending();
    if (request.ending == Ending::timeout) {
      request.duration_ns = 10 * kSecond + random_.below(50 * kMillisecond);
    } else {
      const double ms = request.endpoint->median_ms * std::exp(0.5 * random_.normal());
      request.duration_ns = static_cast<std::int64_t>(std::min(ms, 60'000.0) * 1e6);
      request.bytes_received = 200 + random_.below(4000);
    }
    request.waiting_ns = request.duration_ns - request.duration_ns / 16;
    request.connect_ns = random_.below(64) == 0 ? request.duration_ns / 8 : 0;
    request.bytes_sent = 120 + random_.below(300);
    request.id = random_.below(100'000);
    return request;
  }

  [[nodiscard]] std::int64_t count() const { return count_; }
  Random& random() { return random_; }

 private:
  const Endpoint& pick_endpoint() {
    std::int64_t at = random_.below(100);
    for (const Endpoint& endpoint : kEndpoints) {
      at -= endpoint.weight;
      if (at < 0) return endpoint;
    }
    return kEndpoints.back();
  }

  Ending pick_ending() {
    const std::int64_t at = random_.below(20'000);
    if (at < 160) return Ending::server_error;
    if (at < 240) return Ending::not_found;
    if (at < 300) return Ending::timeout;
    if (at < 390) return Ending::wrong_content;
    if (at < 400) return Ending::wrong_content_in_lines;  // 1 of 2000
    return Ending::ok;
  }

  static int users_at(double progress) {
    constexpr double kMost = 200;
    const double up = progress / 0.2;
    const double down = (1.0 - progress) / 0.05;
    return 1 + static_cast<int>((kMost - 1) * std::clamp(std::min(up, down), 0.0, 1.0));
  }

  Random random_;
  std::int64_t length_ns_;
  double step_ns_;
  std::int64_t count_ = 0;
};

std::string_view status_of(Ending ending) {
  switch (ending) {
    case Ending::server_error:
      return "500";
    case Ending::not_found:
      return "404";
    case Ending::timeout:
      return "0";
    default:
      return "200";
  }
}

// What JMeter writes for a request, in CSV and XML alike.
struct JmeterResult {
  std::string_view code;
  std::string_view message;
  bool success;
};

JmeterResult jmeter_result(Ending ending) {
  switch (ending) {
    case Ending::ok:
      return {"200", "OK", true};
    case Ending::server_error:
      return {"500", "Internal Server Error", false};
    case Ending::not_found:
      return {"404", "Not Found", false};
    case Ending::timeout:
      return {"Non HTTP response code: java.net.SocketTimeoutException", "Non HTTP response message: Read timed out",
              false};
    default:
      return {"200", "OK", false};
  }
}

// `text` as a field of CSV: quoted where it must be.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string xml_attribute(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"') {
      escaped += "&quot;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string json_string(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Names as each format writes them, by endpoint.
template <typename Escape>
std::vector<std::string> escaped_names(Escape escape) {
  std::vector<std::string> names;
  names.reserve(kEndpoints.size());
  for (const Endpoint& endpoint : kEndpoints) names.push_back(escape(endpoint.name));
  return names;
}

std::size_t index_of(const Request& request) { return static_cast<std::size_t>(request.endpoint - kEndpoints.data()); }

// `endpoints`: as many labels; those that the test has no name for are numbered.
void write_jtl(Writer& out, std::int64_t rows, std::int64_t seconds, std::uint64_t seed, std::size_t endpoints) {
  auto names = escaped_names(csv_field);
  while (names.size() < endpoints) {
    names.push_back(csv_field(std::string(kEndpoints[names.size() % kEndpoints.size()].name) + " " +
                              std::to_string(names.size() / kEndpoints.size())));
  }
  const auto label = [&, turns = (names.size() - 1) / kEndpoints.size() + 1](const Request& request) {
    const std::size_t turn = static_cast<std::size_t>(request.id) % turns;
    return std::string_view(names[(index_of(request) + turn * kEndpoints.size()) % names.size()]);
  };
  LoadTest test(rows, seconds, seed);
  out.write(
      std::string_view("timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
                       "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"));
  for (std::int64_t row = 0; row < rows; ++row) {
    const Request request = test.next();
    const JmeterResult result = jmeter_result(request.ending);
    std::string_view failure;
    if (request.ending == Ending::wrong_content) {
      failure = "\"Test failed: text expected to contain /\"\"total\"\", \"\"items\"\"/\"";
    } else if (request.ending == Ending::wrong_content_in_lines) {
      failure = "\"expected \"\"total\"\", got\nan empty page, twice\"";
    }
    const std::int64_t elapsed_ms = request.duration_ns / kMillisecond;
    out.write(request.end_ns / kMillisecond - elapsed_ms, ",", elapsed_ms, ",", label(request), ",", result.code, ",",
              result.message, ",Buyers 1-", request.user, ",text,", result.success ? "true" : "false", ",", failure,
              ",", request.bytes_received, ",", request.bytes_sent, ",", request.users, ",", request.users, ",", kHost,
              request.endpoint->path, request.id, ",", request.waiting_ns / kMillisecond, ",0,",
              request.connect_ns / kMillisecond, "\n");
  }
}

void write_jtl_xml(Writer& out, std::int64_t rows, std::int64_t seconds, std::uint64_t seed) {
  const auto names = escaped_names(xml_attribute);
  LoadTest test(rows, seconds, seed);
  out.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n");
  for (std::int64_t row = 0; row < rows; ++row) {
    const Request request = test.next();
    const JmeterResult result = jmeter_result(request.ending);
    const std::int64_t elapsed_ms = request.duration_ns / kMillisecond;
    out.write("<httpSample t=\"", elapsed_ms, "\" it=\"0\" lt=\"", request.waiting_ns / kMillisecond, "\" ct=\"",
              request.connect_ns / kMillisecond, "\" ts=\"", request.end_ns / kMillisecond - elapsed_ms, "\" s=\"",
              result.success ? "true" : "false", "\" lb=\"", names[index_of(request)], "\" rc=\"", result.code,
              "\" rm=\"", result.message, "\" tn=\"Buyers 1-", request.user, "\" dt=\"text\" by=\"",
              request.bytes_received, "\" sby=\"", request.bytes_sent, "\" ng=\"", request.users, "\" na=\"",
              request.users, "\">\n");
    if (request.ending == Ending::wrong_content || request.ending == Ending::wrong_content_in_lines) {
      out.write(
          "  <assertionResult>\n    <name>content</name>\n    <failure>true</failure>\n    <error>false</error>\n"
          "    <failureMessage>expected &quot;total&quot;, got\nan empty page</failureMessage>\n"
          "  </assertionResult>\n");
    }
    out.write("  <java.net.URL>", kHost, request.endpoint->path, request.id, "</java.net.URL>\n</httpSample>\n");
  }
  out.write("\n</testResults>\n");
}

/// k6's metrics, in the order in which a run first uses them.
struct K6Metric {
  std::string_view name;
  std::string_view type;
  std::string_view contains;
};
enum K6MetricIndex : std::size_t {
  metric_reqs,
  metric_duration,
  metric_blocked,
  metric_connecting,
  metric_tls,
  metric_sending,
  metric_waiting,
  metric_receiving,
  metric_failed,
  metric_checks,
  metric_data_sent,
  metric_data_received,
  metric_iteration_duration,
  metric_iterations,
  metric_vus,
  metric_vus_max,
  metric_count
};
constexpr std::array<K6Metric, metric_count> kK6MetricTable{{
    {"http_reqs", "counter", "default"},
    {"http_req_duration", "trend", "time"},
    {"http_req_blocked", "trend", "time"},
    {"http_req_connecting", "trend", "time"},
    {"http_req_tls_handshaking", "trend", "time"},
    {"http_req_sending", "trend", "time"},
    {"http_req_waiting", "trend", "time"},
    {"http_req_receiving", "trend", "time"},
    {"http_req_failed", "rate", "default"},
    {"checks", "rate", "default"},
    {"data_sent", "counter", "data"},
    {"data_received", "counter", "data"},
    {"iteration_duration", "trend", "time"},
    {"iterations", "counter", "default"},
    {"vus", "gauge", "default"},
    {"vus_max", "gauge", "default"},
}};

/// k6 measures in milliseconds with up to six decimals.
std::string_view decimal_ms(std::array<char, 32>& text, std::int64_t ns, bool all_decimals) {
  char* end = std::to_chars(text.data(), text.data() + text.size(), ns / kMillisecond).ptr;
  std::int64_t rest = ns % kMillisecond;
  if (rest != 0 || all_decimals) {
    *end = '.';
    for (int at = 6; at >= 1; --at, rest /= 10) end[at] = static_cast<char>('0' + rest % 10);
    end += 7;
    while (!all_decimals && end[-1] == '0') --end;
  }
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

/// RFC 3339 as Go prints it: the fraction without trailing zeros.
std::string_view go_time(std::array<char, 40>& text, std::int64_t ns) {
  static thread_local std::int64_t known_second = -1;
  static thread_local char known[20];
  const std::int64_t second = ns / kSecond;
  if (second != known_second) {
    const std::time_t time = second;
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::strftime(known, sizeof known, "%Y-%m-%dT%H:%M:%S", &parts);
    known_second = second;
  }
  std::memcpy(text.data(), known, 19);
  char* end = text.data() + 19;
  if (std::int64_t rest = ns % kSecond; rest != 0) {
    *end = '.';
    for (int at = 9; at >= 1; --at, rest /= 10) end[at] = static_cast<char>('0' + rest % 10);
    end += 10;
    while (end[-1] == '0') --end;
  }
  *end++ = 'Z';
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

/// Writes points as NDJSON.
class K6Json {
 public:
  explicit K6Json(Writer& out) : out_(out), names_(escaped_names(json_string)) {}

  void begin() {}

  /// Whether a Metric line comes before the first point of this metric.
  static constexpr std::int64_t kLinesBeforeFirstPoint = 1;

  void announce(const K6Metric& metric) {
    out_.write("{\"type\":\"Metric\",\"data\":{\"name\":\"", metric.name, "\",\"type\":\"", metric.type,
               "\",\"contains\":\"", metric.contains, "\",\"thresholds\":[],\"submetrics\":null},\"metric\":\"",
               metric.name, "\"}\n");
  }

  void set_time(std::int64_t ns) { time_ = go_time(time_text_, ns); }
  void set_no_tags() { tags_.clear(); }
  void set_iteration_tags() { tags_ = "\"group\":\"\",\"scenario\":\"default\""; }
  void set_check_tags() { tags_ = "\"check\":\"status is 200\",\"group\":\"\",\"scenario\":\"default\""; }
  void set_request_tags(const Request& request) {
    const std::string_view status = status_of(request.ending);
    tags_.clear();
    if (request.ending == Ending::timeout) tags_ += "\"error\":\"request timeout\",\"error_code\":\"1050\",";
    if (request.ending == Ending::server_error) tags_ += "\"error_code\":\"1500\",";
    if (request.ending == Ending::not_found) tags_ += "\"error_code\":\"1404\",";
    tags_ += status == "200" ? "\"expected_response\":\"true\"" : "\"expected_response\":\"false\"";
    tags_ += ",\"group\":\"\",\"method\":\"";
    tags_ += request.endpoint->method;
    tags_ += "\",\"name\":\"";
    tags_ += names_[index_of(request)];
    if (request.ending != Ending::timeout) tags_ += "\",\"proto\":\"HTTP/1.1";
    tags_ += "\",\"scenario\":\"default\",\"status\":\"";
    tags_ += status;
    tags_ += "\",\"url\":\"";
    tags_ += kHost;
    tags_ += request.endpoint->path;
    tags_ += std::to_string(request.id);
    tags_ += '"';
  }

  void point(const K6Metric& metric, std::int64_t value) { line(metric, value); }
  void point_ms(const K6Metric& metric, std::int64_t ns) {
    std::array<char, 32> text{};
    line(metric, decimal_ms(text, ns, false));
  }

 private:
  template <typename Value>
  void line(const K6Metric& metric, const Value& value) {
    out_.write("{\"metric\":\"", metric.name, "\",\"type\":\"Point\",\"data\":{\"time\":\"", time_,
               "\",\"value\":", value, ",\"tags\":{", tags_, "}}}\n");
  }

  Writer& out_;
  std::vector<std::string> names_;
  std::array<char, 40> time_text_{};
  std::string_view time_;
  std::string tags_;
};

/// Writes points as k6's CSV output does, with its default columns and whole seconds.
class K6Csv {
 public:
  explicit K6Csv(Writer& out) : out_(out), names_(escaped_names(csv_field)) {}

  static constexpr std::int64_t kLinesBeforeFirstPoint = 0;

  void begin() {
    out_.write(
        "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,"
        "service,status,subproto,tls_version,url,extra_tags,metadata\n");
  }
  void announce(const K6Metric&) {}

  void set_time(std::int64_t ns) { second_ = ns / kSecond; }
  void set_no_tags() { tags_ = ",,,,,,,,,,,,,,,,"; }
  void set_iteration_tags() { tags_ = ",,,,,,,,,default,,,,,,,"; }
  void set_check_tags() { tags_ = ",status is 200,,,,,,,,default,,,,,,,"; }
  void set_request_tags(const Request& request) {
    const std::string_view status = status_of(request.ending);
    tags_ = ",,";
    if (request.ending == Ending::timeout) tags_ += "request timeout";
    tags_ += ',';
    if (request.ending == Ending::timeout) tags_ += "1050";
    if (request.ending == Ending::server_error) tags_ += "1500";
    if (request.ending == Ending::not_found) tags_ += "1404";
    tags_ += status == "200" ? ",true,," : ",false,,";
    tags_ += request.endpoint->method;
    tags_ += ',';
    tags_ += names_[index_of(request)];
    tags_ += request.ending == Ending::timeout ? ",,default,," : ",HTTP/1.1,default,,";
    tags_ += status;
    tags_ += ",,,";
    tags_ += kHost;
    tags_ += request.endpoint->path;
    tags_ += std::to_string(request.id);
    tags_ += ",,";
  }

  void point(const K6Metric& metric, std::int64_t value) { point_ms(metric, value * kMillisecond); }
  void point_ms(const K6Metric& metric, std::int64_t ns) {
    std::array<char, 32> text{};
    out_.write(metric.name, ",", second_, ",", decimal_ms(text, ns, true), tags_, "\n");
  }

 private:
  Writer& out_;
  std::vector<std::string> names_;
  std::int64_t second_ = 0;
  std::string tags_;
};

/// The points of a k6 run, `lines` of them with the Metric lines, in the encoding `Format`.
template <typename Format>
class K6Run {
 public:
  K6Run(Writer& out, std::int64_t lines, std::int64_t seconds, std::uint64_t seed)
      : format_(out), left_(lines), test_(std::max<std::int64_t>(1, lines / kPointsPerRequest), seconds, seed) {}

  void write() {
    format_.begin();
    std::int64_t last_second = kStartNs / kSecond;
    std::int64_t iteration_ns = 0;
    std::int64_t now = kStartNs;
    std::int64_t users = 1;
    while (left_ >= kMostLinesPerTurn) {
      const Request request = test_.next();
      now = std::max(now, request.end_ns);
      users = request.users;
      if (now / kSecond != last_second) {
        last_second = now / kSecond;
        write_users(now, users);
      }
      write_request(request);
      iteration_ns += request.duration_ns;
      if (test_.count() % kRequestsPerIteration == 0) {
        write_iteration(now, iteration_ns);
        iteration_ns = 0;
      }
    }
    format_.set_time(now);
    format_.set_no_tags();
    while (left_ > 0) point(metric_vus, users);
  }

 private:
  static constexpr std::int64_t kRequestsPerIteration = 4;
  static constexpr std::int64_t kPointsPerRequest = 11;  // 9, a check, and a quarter of an iteration's four
  static constexpr std::int64_t kMostLinesPerTurn = 32;  // each metric with its Metric line

  void announce(K6MetricIndex metric) {
    if (announced_[metric]) return;
    announced_[metric] = true;
    format_.announce(kK6MetricTable[metric]);
    left_ -= Format::kLinesBeforeFirstPoint;
  }
  void point(K6MetricIndex metric, std::int64_t value) {
    announce(metric);
    if (left_-- > 0) format_.point(kK6MetricTable[metric], value);
  }
  void point_ms(K6MetricIndex metric, std::int64_t ns) {
    announce(metric);
    if (left_-- > 0) format_.point_ms(kK6MetricTable[metric], ns);
  }

  void write_request(const Request& request) {
    const std::int64_t sending = std::min<std::int64_t>(request.duration_ns / 64, 50'000);
    const std::int64_t waiting = request.waiting_ns - sending;
    format_.set_time(request.end_ns);
    format_.set_request_tags(request);
    point(metric_reqs, 1);
    point_ms(metric_duration, request.duration_ns);
    point_ms(metric_blocked, request.connect_ns + 1000);
    point_ms(metric_connecting, request.connect_ns);
    point_ms(metric_tls, 0);
    point_ms(metric_sending, sending);
    point_ms(metric_waiting, waiting);
    point_ms(metric_receiving, request.duration_ns - waiting - sending);
    point(metric_failed, status_of(request.ending) == "200" ? 0 : 1);
    format_.set_check_tags();
    point(metric_checks, status_of(request.ending) == "200" ? 1 : 0);
  }

  void write_iteration(std::int64_t now, std::int64_t duration_ns) {
    format_.set_time(now);
    format_.set_iteration_tags();
    point(metric_data_sent, 500 + test_.random().below(500));
    point(metric_data_received, 4000 + test_.random().below(8000));
    point_ms(metric_iteration_duration, duration_ns);
    point(metric_iterations, 1);
  }

  void write_users(std::int64_t now, std::int64_t users) {
    format_.set_time(now);
    format_.set_no_tags();
    point(metric_vus, users);
    point(metric_vus_max, 200);
  }

  Format format_;
  std::int64_t left_;
  LoadTest test_;
  std::array<bool, metric_count> announced_{};
};

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Writes a result file of a load test of any size; the same arguments give the same bytes.");
  std::string format = "jtl";
  std::string file = "-";
  std::int64_t rows = 1'000'000;
  std::int64_t seconds = 3600;
  std::uint64_t seed = 1;
  std::size_t endpoints = kEndpoints.size();
  app.add_option("--format", format, "jtl, jtl-xml, k6-json or k6-csv")
      ->check(CLI::IsMember({"jtl", "jtl-xml", "k6-json", "k6-csv"}));
  app.add_option("--rows", rows, "records to write; for k6: points with their Metric lines")
      ->check(CLI::PositiveNumber);
  app.add_option("--duration", seconds, "length of the test in seconds")->check(CLI::PositiveNumber);
  app.add_option("--endpoints", endpoints, "how many labels; only of jtl")->check(CLI::Range(12, 1000));
  app.add_option("--seed", seed, "of the random numbers");
  app.add_option("-o,--out", file, "file to write, - for standard output");
  CLI11_PARSE(app, argc, argv);

  const int descriptor =
      file == "-" ? STDOUT_FILENO : ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    std::perror(file.c_str());
    return 1;
  }
  Writer out(descriptor);
  if (format == "jtl") write_jtl(out, rows, seconds, seed, endpoints);
  if (format == "jtl-xml") write_jtl_xml(out, rows, seconds, seed);
  if (format == "k6-json") K6Run<K6Json>(out, rows, seconds, seed).write();
  if (format == "k6-csv") K6Run<K6Csv>(out, rows, seconds, seed).write();
  out.flush();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "omniwriter_generate: %s\n", error.what());
  return 1;
}
