#include "systems/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/url.h"
#include "base/utf8.h"
#include "model/translation.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxVersionBytes = 60;
constexpr double kMaxSkewSeconds = 5;

}  // namespace

Probe::Probe(const System& system, const Config& config, HttpClient& http, const Clock& clock)
    : title_(system.title),
      setting_(system.setting),
      timeout_(config.delivery.request_timeout),
      http_(http),
      clock_(clock) {
  state_.system = system.name;
  state_.url = system.url(config);
  state_.configured = state_.ok = !state_.url.empty();
}

std::optional<HttpResponse> Probe::ask(std::string method, std::string_view path, std::string_view body) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = join_url(state_.url, path);
  request.headers = {{"Accept", "application/json"}};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  request.login = login_;
  request.timeout = timeout_;
  request.max_answer_bytes = kLongAnswerBytes;
  const std::int64_t asked_ns = clock_.wall_ns();
  auto response = http_.send(request);
  if (!response) {
    no_answer(response.error().message);
    return std::nullopt;
  }
  compare_clocks(*response, asked_ns);
  state_.reachable = true;
  return *std::move(response);
}

void Probe::no_answer(const std::string& why) {
  const std::string why_pt = translated(why, Language::pt_br);
  if (state_.reachable) {
    fault("no_answer", {"não há mais resposta: " + why_pt, why}, {"veja o log do sistema", "look at its log"},
          Health::ill);
  } else if (why.find("into ca_file") != std::string::npos) {
    const std::string variable = setting_.substr(0, setting_.find("_URL")) + "_CA_FILE";
    fault("certificate_not_trusted", {"não há conexão segura: " + why_pt, why},
          {fmt::format("indique em {} (ou tls.ca_file) um arquivo PEM com o certificado da autoridade que assinou o do "
                       "servidor",
                       variable),
           fmt::format("name in {} (or tls.ca_file) a PEM file with the certificate of the authority that signed the "
                       "one of the server",
                       variable)});
  } else {
    fault("unreachable", {"não há resposta: " + why_pt, why},
          {fmt::format("inicie o sistema ou corrija {}", setting_), fmt::format("start it, or correct {}", setting_)});
  }
}

void Probe::version(std::string_view text) { state_.version = as_version(text); }

void Probe::fault(std::string id, Localized finding, Localized remedy, Health health) {
  state_.ok = false;
  const auto behind_faults = state_.findings.begin() + static_cast<std::ptrdiff_t>(faults_++);
  state_.findings.insert(
      behind_faults, {std::move(id), std::move(finding), std::move(remedy), FindingKind::fault, health == Health::ill});
}

void Probe::advice(std::string id, Localized finding, Localized remedy, Health health) {
  state_.findings.push_back(
      {std::move(id), std::move(finding), std::move(remedy), FindingKind::advice, health == Health::ill});
}

void Probe::note(std::string id, Localized finding, Localized remedy) {
  state_.findings.push_back({std::move(id), std::move(finding), std::move(remedy), FindingKind::note});
}

void Probe::not_this_system(std::string_view name, int status) {
  fault("wrong_server",
        {fmt::format("o que responde nesse endereço (HTTP {}) não é o {}", status, name),
         fmt::format("what answers there (HTTP {}) is not {}", status, name)},
        {fmt::format("corrija {}", setting_), fmt::format("correct {}", setting_)}, Health::ill);
}

void Probe::asks_for_login(int status) {
  fault("login_required",
        {fmt::format("{} pede usuário e senha (HTTP {})", title_, status),
         fmt::format("{} asks for a login (HTTP {})", title_, status)},
        {fmt::format("dê em {} um endereço que dispense usuário e senha", setting_),
         fmt::format("give in {} an address that needs none", setting_)});
}

void Probe::refuses_our_login(int status, const Localized& variables) {
  const bool given = has_login();
  const Localized finding =
      given
          ? Localized{fmt::format("o {} não aceita o usuário ou o token (HTTP {})", title_, status),
                      fmt::format("{} does not accept the user or token (HTTP {})", title_, status)}
          : Localized{fmt::format("o {} pede usuário e senha, ou um token, e não há nenhum (HTTP {})", title_, status),
                      fmt::format("{} asks for a login, and none is set (HTTP {})", title_, status)};
  fault(fmt::format("{}_login_{}", state_.system, given ? "refused" : "missing"), finding,
        {(given ? "corrija " : "defina ") + variables.pt_br, (given ? "correct " : "set ") + variables.en});
}

void Probe::not_ready() {
  fault("not_ready", {std::string(title_) + " ainda não está pronto", std::string(title_) + " is not ready yet"},
        {"espere que termine de ler os seus dados e verifique de novo",
         "wait until it has read its data, and check again"},
        Health::ill);
}

SystemState Probe::state() && {
  if (login_.tls.insecure && state_.url.starts_with("https://")) {
    advice("certificate_not_verified",
           {"o certificado do servidor não é verificado (insecure_skip_verify): qualquer um pode se passar por ele",
            "the certificate of the server is not verified (insecure_skip_verify): anybody can pose as it"},
           {"indique em ca_file o certificado da autoridade que o assinou, e desligue insecure_skip_verify",
            "name the certificate of its authority in ca_file, and turn insecure_skip_verify off"});
  }
  return std::move(state_);
}

/// The server took its time somewhere between the question and the answer, and tells it to the second. Only what is
/// beyond that counts.
void Probe::compare_clocks(const HttpResponse& response, std::int64_t asked_ns) {
  const auto date = response.date();
  if (!date || clocks_compared_) return;
  clocks_compared_ = true;
  const auto theirs = static_cast<double>(date->time_since_epoch().count());
  const double asked = static_cast<double>(asked_ns) / 1e9;
  const double answered = static_cast<double>(clock_.wall_ns()) / 1e9;
  const double ahead = theirs - answered;
  const double behind = asked - (theirs + 1);
  const double skew = std::max(ahead, behind);
  if (skew <= kMaxSkewSeconds) return;
  const bool is_ahead = ahead > behind;
  const double seconds = std::round(skew * 10) / 10;
  std::string seconds_pt = fmt::format("{}", seconds);
  std::ranges::replace(seconds_pt, '.', ',');
  advice("clock_skew",
         {fmt::format("o relógio do {} está {} s {} em relação ao desta máquina", title_, seconds_pt,
                      is_ahead ? "adiantado" : "atrasado"),
          fmt::format("the clock of {} is {} s {} the one of this machine", title_, seconds,
                      is_ahead ? "ahead of" : "behind")},
         {"sincronize os dois relógios (NTP): senão os resultados aparecem no momento errado e os alertas olham para o "
          "período errado",
          "synchronise both clocks (NTP): else results show at the wrong moment, and alerts look at the wrong "
          "period"});
}

std::string as_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  return clean_utf8(text, kMaxVersionBytes);
}

std::optional<int> major_version(std::string_view version) {
  int major = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
  if (error != std::errc{} || end == version.data() + version.size() || *end != '.') return std::nullopt;
  return major;
}

}  // namespace omniwriter
