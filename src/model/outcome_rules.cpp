#include "model/outcome_rules.h"

#include <charconv>
#include <optional>
#include <string>

#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxErrorTypeBytes = 64;
constexpr std::string_view kNonHttp = "Non HTTP response code:";

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The status of HTTP: three digits, of which the first is not 0.
std::optional<int> http_status(std::string_view text) {
  const auto value = number(text);
  return text.size() == 3 && value && *value >= 100 ? value : std::nullopt;
}

std::string http_error(std::string_view status) { return "http_" + std::string(status); }

std::string free_text(std::string_view text) {
  std::string clean = clean_utf8(text, kMaxErrorTypeBytes);
  return clean.empty() ? "error" : clean;
}

// JMeter gives the class of the Java exception, with or without package.
std::string java_error(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  name = name.substr(0, name.find_first_of(" :/,;\t\r\n"));
  const bool in_ssl_package = name.starts_with("javax.net.ssl.");
  const std::size_t package = name.find_last_of(".$");
  if (package != std::string_view::npos) name.remove_prefix(package + 1);

  if (name == "SocketTimeoutException" || name == "ConnectTimeoutException") return "timeout";
  if (name == "ConnectException" || name == "HttpHostConnectException") return "connection_refused";
  if (name == "UnknownHostException") return "dns";
  if (name == "NoHttpResponseException" || name == "ConnectionClosedException") return "connection_closed";
  if (name == "SocketException") return "connection_reset";
  if (in_ssl_package || name.starts_with("SSL")) return "tls";
  return free_text(name);
}

// https://grafana.com/docs/k6/latest/javascript-api/error-codes/
std::string k6_error(int code, std::string_view error) {
  // k6 gives its code for "anything else" to servers that hang up.
  if (code == 1000 && error.ends_with("EOF")) return "connection_closed";
  if (code == 1050 || code == 1211) return "timeout";
  if (code == 1110 || code == 1111) return "blocked";
  if (code >= 1100 && code < 1200) return "dns";
  if (code == 1212) return "connection_refused";
  if (code == 1220) return "connection_reset";
  if (code >= 1300 && code < 1400) return "tls";
  if (code >= 1400 && code < 1600) return "http_" + std::to_string(code - 1000);
  if (code >= 1600 && code < 1700) return "http2";
  return "k6_" + std::to_string(code);
}

// What the network libraries of Go, Python, Java and Node say of failures; empty where it is nothing known.
std::string_view network_error(std::string_view message) {
  std::string lower(message.substr(0, kMaxErrorTypeBytes * 8));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto has = [&](std::string_view text) { return lower.find(text) != std::string::npos; };
  if (has("timeout") || has("timed out") || has("etimedout") || has("timed_out") || has("deadline exceeded")) {
    return "timeout";
  }
  if (has("no such host") || has("server misbehaving") || has("unknownhost") || has("enotfound") ||
      has("name or service not known") || has("nameresolution") || has("name resolution") || has("name_not_resolved")) {
    return "dns";
  }
  if (has("refused")) return "connection_refused";
  if (has("connection reset") || has("connection_reset") || has("econnreset") || has("broken pipe"))
    return "connection_reset";
  if (has("tls: ") || has("x509: ") || has("ssl") || has("err_cert")) return "tls";
  if (has("http2: ")) return "http2";
  if (lower.ends_with("eof") || has("connection closed") || has("connection aborted") || has("remotedisconnected") ||
      has("server closed idle connection") || has("connection_closed")) {
    return "connection_closed";
  }
  return {};
}

}  // namespace

Outcome jmeter_outcome(std::string_view response_code, bool success) {
  const auto status = http_status(response_code);
  if (success) return {status ? std::string(response_code) : "ok", ""};
  if (status) return {std::string(response_code), *status >= 400 ? http_error(response_code) : "assertion"};
  if (response_code.starts_with(kNonHttp)) return {"error", java_error(response_code.substr(kNonHttp.size()))};
  return {"error", free_text(response_code)};
}

Outcome k6_outcome(std::string_view status, std::string_view error_code, std::string_view error,
                   std::string_view expected_response) {
  const auto http = http_status(status);
  const bool failed = expected_response.empty() ? !error_code.empty() || status == "0" || (http && *http >= 400)
                                                : expected_response == "false";
  if (!failed) return {http ? std::string(status) : "ok", ""};

  Outcome outcome{http ? std::string(status) : "error", ""};
  if (const auto code = number(error_code); code && *code > 0) {
    outcome.error_type = k6_error(*code, error);
  } else {
    outcome.error_type = http ? http_error(status) : free_text(error);
  }
  return outcome;
}

Outcome gatling_outcome(bool ok, std::string_view message) {
  if (ok) return {"ok", ""};
  if (message.starts_with("status.find")) {
    const std::string_view found = message.substr(message.find_last_of(' ') + 1);
    const auto status = http_status(found);
    if (!status) return {"error", "assertion"};
    return {std::string(found), *status >= 400 ? http_error(found) : "assertion"};
  }
  const auto has = [&](std::string_view text) { return message.find(text) != std::string_view::npos; };
  if (has(".find.") || has(".findAll.") || has(".count.")) return {"error", "assertion"};
  if (has("Request timeout") || has("TimeoutException") || has("connection timed out")) return {"error", "timeout"};
  if (has("UnknownHostException")) return {"error", "dns"};
  if (has("SSL") || has("Ssl")) return {"error", "tls"};
  if (has("Connection refused")) return {"error", "connection_refused"};
  if (has("Connection reset")) return {"error", "connection_reset"};
  if (has("Premature close") || has("Remotely closed")) return {"error", "connection_closed"};
  return {"error", free_text(message)};
}

bool is_http_status(std::string_view text) { return http_status(text).has_value(); }

Outcome http_outcome(std::string_view status) {
  const auto value = http_status(status);
  return jmeter_outcome(status, value && *value < 400);
}

Outcome told_outcome(std::string_view status, bool failed, std::string_view error) {
  const auto http = http_status(status);
  if (!failed) return {http ? std::string(status) : "ok", ""};
  if (http && *http >= 400) return {std::string(status), http_error(status)};
  const std::string_view known = network_error(error);
  return {http ? std::string(status) : "error", known.empty() ? free_text(error) : std::string(known)};
}

Outcome vegeta_outcome(std::string_view status, std::string_view error) {
  if (const auto http = http_status(status)) {
    return {std::string(status), *http >= 200 && *http < 400 ? "" : http_error(status)};
  }
  // Behind the method and the address, which may hold anything.
  if (const std::size_t address = error.rfind("\": "); address != std::string_view::npos) {
    error.remove_prefix(address + 3);
  }
  const std::string_view known = network_error(error);
  return {"error", known.empty() ? free_text(error) : std::string(known)};
}

}  // namespace omniwriter
