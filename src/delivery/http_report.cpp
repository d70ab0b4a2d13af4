#include "delivery/http_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/foreign_json.h"
#include "base/utf8.h"
#include "formats/es_bulk/es_bulk.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxWords = 2000;

// {"error":"..."}, {"error":{"type":"...","reason":"..."}}, {"message":"..."}
std::string json_message(std::string_view body) {
  const auto json = parse_foreign_json(body);
  if (!json.is_object()) return {};
  for (const char* key : {"error", "message"}) {
    const auto found = json.find(key);
    if (found == json.end()) continue;
    if (std::string words = elasticsearch_reason(*found); !words.empty()) return words;
  }
  return {};
}

// The title of a web page says it all.
std::string_view title_of(std::string_view page) {
  constexpr std::string_view kBefore = "<title>";
  const auto begin = page.find(kBefore);
  const auto end = page.find("</title>", begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return page;
  return page.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

// What is wrong is the address, the account or the way there, not what was sent.
bool is_for_people(int status) {
  static constexpr std::array kAll{401, 402, 403, 404, 405, 407, 410, 421, 423, 426, 451};
  return status < 400 || status >= 600 || std::ranges::find(kAll, status) != kAll.end();
}

// The same in words, with what to do about it; empty where they say nothing of the kind.
std::string_view remedy_of(std::string_view words) {
  const auto says = [&](std::string_view phrase) { return words.find(phrase) != std::string_view::npos; };
  if (says("HTTP request to an HTTPS server") || says("HTTP request was sent to HTTPS port")) {
    return "write https:// in its address";
  }
  if (says("No required SSL certificate") || says("SSL certificate error")) {
    return "set client_cert_file and client_key_file to a certificate that it takes";
  }
  if (says("no space left on device")) return "its disk is full";
  return {};
}

}  // namespace

bool is_web_page(const HttpResponse& response) {
  const auto begins = [&](std::string_view front) {
    return std::ranges::equal(std::string_view(response.body).substr(0, front.size()), front, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  };
  return response.header("content-type").starts_with("text/html") || begins("<!doctype html") || begins("<html");
}

bool is_silent_success(const HttpResponse& response) {
  return response.ok() && response.body.empty() && !is_web_page(response);
}

std::string server_words(const HttpResponse& response) {
  std::string words = json_message(response.body);
  if (words.empty()) words = is_web_page(response) ? title_of(response.body) : std::string_view(response.body);
  words = clean_utf8(words, kMaxWords);
  return fmt::format("HTTP {}{}{}", response.status, words.empty() ? "" : ": ", words);
}

bool is_transient(int status) { return status == 408 || status == 429 || (status >= 500 && status < 600); }

SendReport report_no_answer(std::size_t items, const Error& error) {
  SendReport report = all_retryable(items, error.message, error.retryable ? Retry::later : Retry::blocked);
  report.no_answer = error.code == ErrorCode::unreachable;
  return report;
}

SendReport report_blocked(std::size_t items, const std::string& words, std::string_view remedy) {
  return all_retryable(items, remedy.empty() ? words : fmt::format("{}; {}", words, remedy), Retry::blocked);
}

SendReport report_answer(std::size_t items, const HttpResponse& response, bool is_success) {
  if (response.ok() && is_success) return {};
  const std::string words = server_words(response);
  if (response.ok()) {
    return report_blocked(items, (is_web_page(response) ? "it answers with a web page, " : "it answers ") + words,
                          "is this its address?");
  }
  if (const auto remedy = remedy_of(words); !remedy.empty()) return report_blocked(items, words, remedy);
  if (is_transient(response.status)) {
    SendReport report = all_retryable(items, words);
    report.retry_after = response.retry_after(std::chrono::system_clock::now());
    return report;
  }
  if (response.status == 413) return all_retryable(items, words, Retry::smaller);
  if (response.status >= 300 && response.status < 400) {
    return report_blocked(items,
                          fmt::format("HTTP {}: redirected to {}", response.status, response.header("location")));
  }
  return is_for_people(response.status) ? report_blocked(items, words) : all_rejected(items, words);
}

bool is_for_people(const HttpResponse& response) {
  return !response.ok() && !is_transient(response.status) &&
         (is_for_people(response.status) || !remedy_of(server_words(response)).empty());
}

Error error_of(const HttpResponse& response) {
  return {ErrorCode::refused, server_words(response), is_transient(response.status)};
}

}  // namespace omniwriter
