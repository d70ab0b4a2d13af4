#include "pipeline/http_report.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxWords = 500;

// {"error":"..."}, {"error":{"type":"...","reason":"..."}}, {"message":"..."}
std::string json_message(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return {};
  for (const char* key : {"error", "message"}) {
    const auto found = json.find(key);
    if (found == json.end()) continue;
    if (found->is_string()) return found->get<std::string>();
    if (!found->is_object() || !found->contains("reason") || !(*found)["reason"].is_string()) continue;
    const auto type = found->find("type");
    const std::string prefix = type != found->end() && type->is_string() ? type->get<std::string>() + ": " : "";
    return prefix + (*found)["reason"].get<std::string>();
  }
  return {};
}

}  // namespace

std::string server_words(const HttpResponse& response) {
  std::string words = json_message(response.body);
  if (words.empty()) words = response.body.substr(0, kMaxWords);
  words = clean_utf8(words, kMaxWords);
  return fmt::format("HTTP {}{}{}", response.status, words.empty() ? "" : ": ", words);
}

bool is_transient(int status) { return status == 408 || status == 429 || status >= 500; }

SendReport report_no_answer(std::size_t items, const Error& error) {
  return all_retryable(items, error.message, error.retryable ? Retry::later : Retry::blocked);
}

SendReport report_answer(std::size_t items, const HttpResponse& response) {
  if (response.ok()) return {};
  const std::string words = server_words(response);
  if (is_transient(response.status)) {
    SendReport report = all_retryable(items, words);
    report.retry_after = response.retry_after(std::chrono::system_clock::now());
    return report;
  }
  if (response.status == 413) return all_retryable(items, words, Retry::smaller);
  if (response.status < 400) {
    return all_retryable(items, fmt::format("HTTP {}: redirected to {}", response.status, response.header("location")),
                         Retry::blocked);
  }
  if (response.status == 401 || response.status == 403 || response.status == 404) {
    return all_retryable(items, words, Retry::blocked);
  }
  return all_rejected(items, words);
}

Error error_of(const HttpResponse& response) {
  return {ErrorCode::refused, server_words(response), is_transient(response.status)};
}

}  // namespace omniwriter
