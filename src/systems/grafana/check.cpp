#include <fmt/format.h>

#include "base/utf8.h"
#include "systems/grafana/grafana.h"
#include "systems/probe.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxMessageIdBytes = 60;

/// Without the token.
HttpLogin trust_of(const HttpLogin& login) {
  HttpLogin trust;
  trust.tls = login.tls;
  return trust;
}

const Localized& give_a_token() {
  static const Localized kText{
      "crie no Grafana, em Administração, uma conta de serviço com o papel Admin e um token para ela; ponha o token em "
      "GRAFANA_API_KEY",
      "create a service account with the role Admin, and a token for it, in Grafana under Administration; put the "
      "token "
      "into GRAFANA_API_KEY"};
  return kText;
}

/// Whether the version is one that OmniWriter can work with, as far as that can be told.
bool check_grafana_version(Probe& probe, const std::string& version) {
  const auto major = major_version(version);
  if (!major) {
    probe.advice("grafana_version_unknown",
                 version.empty() ? Localized{"o Grafana não diz a sua versão", "Grafana does not tell its version"}
                                 : Localized{fmt::format("não se entende a versão do Grafana: {}", version),
                                             fmt::format("the version of Grafana cannot be read: {}", version)},
                 {fmt::format("confira que é a {} ou uma mais nova; hide_version, na seção auth.anonymous, a esconde",
                              grafana::kOldestMajor),
                  fmt::format("make sure that it is {} or newer; hide_version in its section auth.anonymous hides it",
                              grafana::kOldestMajor)});
    return true;
  }
  if (*major >= grafana::kOldestMajor) return true;
  probe.fault("grafana_too_old",
              {fmt::format("o Grafana {} é antigo demais: não aceita regras de alerta pela API", version),
               fmt::format("Grafana {} is too old: it takes no alert rules through its API", version)},
              {fmt::format("atualize para a versão {} ou mais nova", grafana::kOldestMajor),
               fmt::format("upgrade to version {} or newer", grafana::kOldestMajor)});
  return false;
}

/// Grafana answered 401 to the token, or took it for nobody's.
void token_refused(Probe& probe, const HttpResponse& response) {
  const Json answer = parsed(response);
  const std::string message_id = text_at(answer, "/messageId");
  if (message_id == "api-key.expired") {
    return probe.fault("grafana_token_expired", {"o token do Grafana expirou", "the token for Grafana has expired"},
                       {"crie um token novo para a mesma conta de serviço e ponha-o em GRAFANA_API_KEY",
                        "create a new token for the same service account, and put it into GRAFANA_API_KEY"});
  }
  // Only Grafana's own words: what else is in the answer may repeat the token.
  const bool known = message_id.starts_with("api-key.") || message_id.starts_with("auth.");
  const bool plain = message_id.size() <= kMaxMessageIdBytes &&
                     message_id.find_first_not_of("abcdefghijklmnopqrstuvwxyz.-") == std::string::npos;
  const std::string said = known && plain ? ", " + message_id : "";
  probe.fault("grafana_token_refused",
              {fmt::format("o Grafana não aceita o token (HTTP {}{})", response.status, said),
               fmt::format("Grafana does not accept the token (HTTP {}{})", response.status, said)},
              give_a_token());
}

void check_grafana_rights(Probe& probe, bool has_token) {
  const auto permissions = probe.get("/api/access-control/user/permissions");
  if (!permissions) return;
  if (permissions->status == 401 || (!permissions->ok() && !has_token)) {
    if (has_token) return token_refused(probe, *permissions);
    return probe.fault("grafana_token_missing",
                       {"o Grafana pede um token, e não há nenhum", "Grafana asks for a token, and none is set"},
                       give_a_token());
  }
  const Json rights = parsed(*permissions);
  if (!permissions->ok() || !rights.is_object()) {
    return probe.advice(
        "grafana_rights_unknown",
        {fmt::format("não se pode perguntar o que o token permite (HTTP {})", permissions->status),
         fmt::format("what the token may do cannot be asked (HTTP {})", permissions->status)},
        {"confira que a conta de serviço tem o papel Admin", "make sure that its service account has the role Admin"});
  }
  std::string missing;
  for (const char* right : {"folders:create", "dashboards:create", "datasources:create", "alert.rules:create"}) {
    if (!rights.contains(right)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
  }
  if (missing.empty()) return;
  if (has_token && missing == "datasources:create") {
    // An Editor: all but the data sources can be made, and those may be there.
    return probe.advice(
        "grafana_datasources_closed",
        {"o token não pode criar fontes de dados", "the token may not create data sources"},
        {"onde elas já existem, nada falta; senão dê à sua conta de serviço o papel Admin, ou aponte uma "
         "em grafana.datasource_uid",
         "where they are there, nothing is missing; else give its service account the role Admin, or "
         "name one in grafana.datasource_uid"});
  }
  if (has_token) {
    probe.fault("grafana_rights_missing",
                {"o token não tem estes direitos: " + missing, "the token lacks rights: " + missing},
                {"dê à sua conta de serviço o papel Admin, ou esses direitos",
                 "give its service account the role Admin, or these rights"});
  } else {
    probe.fault("grafana_token_missing",
                {"não há token, e sem ele faltam estes direitos: " + missing,
                 "no token is set, and without one these rights are missing: " + missing},
                give_a_token());
  }
}

}  // namespace

void check_grafana(Probe& probe, const Config& config) {
  probe.login(trust_of(grafana_login(config)));
  const auto health = probe.get("/api/health");
  if (!health) return;
  const Json about = parsed(*health);
  const std::string version = as_version(text_at(about, "/version"));
  probe.version(version);
  const std::string database = text_at(about, "/database");
  if (database.empty()) return probe.not_this_system("Grafana", health->status);
  if (database != "ok") {
    probe.fault("grafana_database_down",
                {"o Grafana não alcança o próprio banco de dados", "Grafana cannot reach its own database"},
                {"veja o log do Grafana", "look at the log of Grafana"}, Probe::Health::ill);
  }
  if (!check_grafana_version(probe, version)) return;

  // Where anonymous access is on, a wrong token gets 200 as well, but as nobody in particular.
  const bool has_token = !config.of<GrafanaSettings>().api_key.empty();
  probe.login(grafana_login(config));
  if (has_token) {
    const auto user = probe.get("/api/user");
    if (!user) return;
    if (!user->ok() || text_at(parsed(*user), "/login").empty()) return token_refused(probe, *user);
  }
  check_grafana_rights(probe, has_token);
}

}  // namespace omniwriter
