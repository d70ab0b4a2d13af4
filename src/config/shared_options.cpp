// Settings that several components have.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>

#include "config/options.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

Problem read_headers_into(std::map<std::string, std::string>& target, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& value) -> Problem {
    static const std::set<std::string> kTaken{"authorization",
                                              "content-encoding",
                                              "content-length",
                                              "content-type",
                                              "host",
                                              "transfer-encoding",
                                              "x-prometheus-remote-write-version"};
    const auto letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (name.empty() || !std::ranges::all_of(name, [&](char c) { return letter(c) || c == '-' || c == '_'; })) {
      return "the name of a header holds letters, digits, - and _";
    }
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (kTaken.contains(lower)) return "OmniWriter sets this header itself";
    target[name] = value;
    return {};
  });
}

Problem read_pem_path_into(fs::path& target, const Setting& setting) {
  if (auto problem = read_path_into(target, setting)) return problem;
  if (target.empty()) return {};
  const std::ifstream stream(target);
  std::error_code error;
  if (!stream || fs::is_directory(target, error)) return fmt::format("{} cannot be opened", target.string());
  return {};
}

}  // namespace

void add_tls_options(OptionTable& table, const std::string& section, const std::string& variable,
                     const std::string& whose, std::function<TlsSettings&(Config&)> of) {
  const bool all = section == "tls.";
  const std::string same = all ? "" : " Empty: that of `tls`.";
  Options<TlsSettings> options(table, section, variable, of);
  options.add("ca_file", &TlsSettings::ca_file, read_pem_path_into, "",
              fmt::format("File with the certificates of the authorities that {} trusted by over https, as PEM.{}",
                          whose, all ? " Empty: those of the system, or of `SSL_CERT_FILE`." : same));
  options.add("client_cert_file", &TlsSettings::client_cert_file, read_pem_path_into, "",
              fmt::format("File with the certificate that we show, as PEM.{}", all ? " Empty: none." : same));
  options.add("client_key_file", &TlsSettings::client_key_file, read_pem_path_into, "",
              "File with its key, as PEM without a passphrase. Empty: it stands in the same file.");
  options.add("insecure_skip_verify", all ? "false" : "",
              fmt::format("`true`: any certificate is taken, from whoever answers. Each run warns of it.{}",
                          all ? "" : " Not set: as `tls` has it."),
              [](TlsSettings& tls, const Setting& setting) {
                bool skip = false;
                auto problem = read_bool_into(skip, setting);
                if (!problem) tls.insecure_skip_verify = skip;
                return problem;
              });
  if (!all) table.tls.push_back({section, std::move(of)});
}

void add_access_options(OptionTable& table, const std::string& section, const std::function<HttpAccess&(Config&)>& of) {
  std::string variable = "OMNIWRITER_" + section + "_";
  std::ranges::transform(variable, variable.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  Options<HttpAccess> options(table, section + ".", variable, of);
  options.secret("token", &HttpAccess::token, "Token that is sent as `Authorization: Bearer`.", "the token");
  options.text("username", &HttpAccess::username, "User of Basic authentication. Empty: none.");
  options.secret("password", &HttpAccess::password, "Password of that user.", "the password");
  options.tls(&HttpAccess::tls, "the server is");
  options.secrets_go_to({"outputs." + section});
  Options<HttpAccess> free(table, section + ".", "", of);
  free.add("headers.<name>", &HttpAccess::headers, read_headers_into, "",
           "A further header of every request, as in `X-Scope-OrgID`.");
  table.options.back().help.secret = true;
}

}  // namespace omniwriter
