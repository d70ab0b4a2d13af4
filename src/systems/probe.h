#pragma once
/// A system that is looked at: questions to it that change nothing, and what is found.

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/foreign_json.h"
#include "config/config.h"
#include "model/system_state.h"
#include "net/http_client.h"
#include "systems/server.h"

namespace omniwriter {

struct System;

/// Most of what a server says that is shown: a name, a sentence.
inline constexpr std::size_t kShownNameBytes = 100;
inline constexpr std::size_t kShownQuoteBytes = 200;

class Probe {
 public:
  /// Each request takes at most the request timeout of `config`. The clock of the system is compared with `clock`.
  Probe(const System& system, const Config& config, HttpClient& http, const Clock& clock);

  /// Of the requests from now on; at first none.
  void login(HttpLogin login) { login_ = std::move(login); }
  [[nodiscard]] bool has_login() const { return !login_.username.empty() || !login_.token.empty(); }

  /// The answer, or nothing where none came; that is noted then.
  std::optional<HttpResponse> get(std::string_view path) { return ask("GET", path); }
  std::optional<HttpResponse> ask(std::string method, std::string_view path, std::string_view body = {});

  /// As the system states it; bounded.
  void version(std::string_view text);
  // What was found: see FindingKind. No text may hold a secret.
  enum class Health : bool { well, ill };  ///< whether the system itself can do its work
  void fault(std::string id, Localized finding, Localized remedy, Health health = Health::well);
  void advice(std::string id, Localized finding, Localized remedy, Health health = Health::well);
  void note(std::string id, Localized finding, Localized remedy);
  // Faults that any system may have.
  void not_this_system(std::string_view name, int status);
  void not_ready();
  /// For a system that we have no login for.
  void asks_for_login(int status);
  /// `variables`: the environment variables that hold the login, as a choice.
  void refuses_our_login(int status, const Localized& variables);

  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] SystemState state() &&;

 private:
  void no_answer(const std::string& why);
  void compare_clocks(const HttpResponse& response, std::int64_t asked_ns);

  SystemState state_;
  std::string_view title_;
  std::string setting_;  // the environment variable that holds the address
  std::chrono::milliseconds timeout_;
  HttpLogin login_;
  std::size_t faults_ = 0;
  bool clocks_compared_ = false;
  HttpClient& http_;
  const Clock& clock_;
};

/// The answer as JSON; discarded() where it is none.
[[nodiscard]] inline nlohmann::json parsed(const HttpResponse& response) { return parse_foreign_json(response.body); }
[[nodiscard]] inline bool refuses_login(int status) { return status == 401 || status == 403; }
/// Without the v in front, and bounded.
[[nodiscard]] std::string as_version(std::string_view text);
/// The first number of a version; nothing where there is none.
[[nodiscard]] std::optional<int> major_version(std::string_view version);

}  // namespace omniwriter
