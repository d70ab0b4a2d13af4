#pragma once
/// A server that is asked over JSON and HTTP, and what it answers.

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "omniwriter/error.h"

namespace omniwriter {

struct Answer {
  int status = 0;
  std::string text;
  nlohmann::json body;  ///< discarded() where the text is no JSON

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

class Server {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Server(HttpClient& http, std::string url, HttpLogin login, std::chrono::milliseconds timeout)
      : http_(http), url_(std::move(url)), login_(std::move(login)), timeout_(timeout) {}

  /// Sends a request. Every HTTP answer is a value; no answer is an error.
  [[nodiscard]] Result<Answer> ask(const char* method, std::string_view path, std::string_view body = {},
                                   Headers headers = {});
  [[nodiscard]] Result<Answer> get(std::string_view path) { return ask("GET", path); }
  [[nodiscard]] Result<Answer> send(const char* method, std::string_view path, const nlohmann::json& body,
                                    Headers headers = {});

 private:
  HttpClient& http_;
  std::string url_;
  HttpLogin login_;
  std::chrono::milliseconds timeout_;
};

/// The member at the JSON pointer as text; empty where there is none.
[[nodiscard]] std::string text_at(const nlohmann::json& from, const std::string& pointer);
/// The member at the JSON pointer; an empty list where there is none.
[[nodiscard]] nlohmann::json list_at(const nlohmann::json& from, const std::string& pointer);
/// The members of `from` that are named; the others are the server's own.
[[nodiscard]] nlohmann::json members(const nlohmann::json& from, std::initializer_list<const char*> names);
/// The server's words, on one line and bounded.
[[nodiscard]] std::string words_of(const Answer& answer);

}  // namespace omniwriter
