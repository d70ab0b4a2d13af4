#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "base/base64.h"
#include "base/guarded.h"
#include "base/try.h"
#include "net/curl_library.h"
#include "net/gzip.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxHeaders = 256;
constexpr std::chrono::milliseconds kMaxRetryAfter = std::chrono::hours(1);

struct CurlHandleDeleter {
  void operator()(CURL* handle) const { curl_library()->easy_cleanup(handle); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_library()->slist_free_all(list); }
};
struct CurlUrlDeleter {
  void operator()(CURLU* url) const { curl_library()->url_cleanup(url); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDeleter>;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The query may hold what must not be printed.
std::string printable_url(std::string_view url) { return std::string(url.substr(0, url.find_first_of("?#"))); }

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

Result<void> check_url(const CurlLibrary& library, const std::string& url) {
  const std::unique_ptr<CURLU, CurlUrlDeleter> parsed(library.url());
  // The text of a URL that cannot be read, or that holds a password, is not repeated.
  if (!parsed || library.url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return fail(ErrorCode::usage, "not a URL: it should look like http://host:port/path");
  }
  const auto has = [&](CURLUPart part) {
    char* text = nullptr;
    const bool found = library.url_get(parsed.get(), part, &text, 0) == CURLUE_OK;
    library.free(text);
    return found;
  };
  if (has(CURLUPART_USER) || has(CURLUPART_PASSWORD)) {
    return fail(ErrorCode::usage, "a URL must not hold a user name or password: set them on their own");
  }
  return {};
}

struct Body {
  std::string& text;
  std::size_t max_bytes;
  bool cut = false;
};

std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* user) {
  auto& [text, max_bytes, cut] = *static_cast<Body*>(user);
  const std::size_t taken = std::min(size * count, max_bytes - text.size());
  text.append(data, taken);
  cut = taken < size * count;
  return taken;  // less than was offered ends the transfer
}

struct Head {
  std::vector<std::pair<std::string, std::string>>& headers;
  bool whole = false;
};

std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* user) {
  auto& [headers, whole] = *static_cast<Head*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    headers.clear();  // what came before belonged to an interim answer
    whole = false;
  } else if (trim(line).empty()) {
    whole = true;
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos && headers.size() < kMaxHeaders) {
    headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  }
  return line.size();
}

// Called at least once a second, whatever the transfer waits for.
int on_progress(void* user, curl_off_t /*to_get*/, curl_off_t /*got*/, curl_off_t /*to_send*/, curl_off_t /*sent*/) {
  return static_cast<const std::stop_token*>(user)->stop_requested() ? 1 : 0;  // 1 ends the transfer
}

// What OpenSSL says of a handshake that will never go well, and what a person can do about it.
std::string_view tls_remedy(CURLcode code, std::string_view words) {
  const auto says = [&](std::string_view phrase) { return words.find(phrase) != std::string_view::npos; };
  if (code == CURLE_SSL_CACERT_BADFILE) return "ca_file must hold certificates of authorities as PEM";
  if (code == CURLE_SSL_CERTPROBLEM) {
    return "client_cert_file must hold our certificate, and client_key_file its key, both as PEM without a passphrase";
  }
  if (says("wrong version number") || says("packet length too long") || says("http request")) {
    return "what answers there speaks plain http: write http:// instead of https://, or name the port of its https";
  }
  if (says("certificate required") || says("handshake failure")) {
    return "the server may want to see a certificate of ours: set client_cert_file and client_key_file";
  }
  if (says("alert bad certificate") || says("alert unknown ca") || says("alert certificate")) {
    return "the server does not take our certificate: check client_cert_file and client_key_file";
  }
  if (code != CURLE_PEER_FAILED_VERIFICATION) return {};
  if (says("expired") || says("not yet valid")) return "renew the certificate of the server, or set the clocks right";
  if (says("subject name") || says("does not match") || says("IP address mismatch") || says("ostname mismatch")) {
    return "name the server as its certificate does, or give it one for this name";
  }
  return "put the certificate of its authority (of the server itself, where it has signed its own) into ca_file";
}

// As other programs have it. libcurl does not look there itself.
const std::string& ca_file_of_environment() {
  static const std::string kFile = [] {
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
      const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
      if (value != nullptr && *value != '\0') return std::string(value);
    }
    return std::string();
  }();
  return kFile;
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_AGAIN:
      return true;
    default:
      return false;
  }
}

/// A date in any of the forms of HTTP.
std::optional<std::chrono::sys_seconds> http_date(const std::string& text) {
  const CurlLibrary* const library = curl_library();
  const std::time_t seconds = text.empty() || library == nullptr ? -1 : library->getdate(text.c_str(), nullptr);
  if (seconds == -1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::chrono::sys_seconds> HttpResponse::date() const { return http_date(std::string(header("date"))); }

std::chrono::milliseconds HttpResponse::retry_after(std::chrono::system_clock::time_point now) const {
  const std::string text(header("retry-after"));
  if (text.empty()) return std::chrono::milliseconds{0};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range && text.front() != '-') return kMaxRetryAfter;
  if (error != std::errc{} || end != text.data() + text.size()) {
    const auto date = http_date(text);
    if (!date) return std::chrono::milliseconds{0};
    seconds = (*date - std::chrono::floor<std::chrono::seconds>(now)).count();
  }
  const std::int64_t most = std::chrono::duration_cast<std::chrono::seconds>(kMaxRetryAfter).count();
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most));
}

namespace {

void blot_out(std::string& text, const std::string& secret) {
  constexpr std::string_view kBlot = "***";
  constexpr std::size_t kShortest = 4;  // a shorter one is found by chance everywhere, and protects nothing
  if (secret.size() < kShortest) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kBlot.size())) {
    text.replace(at, secret.size(), kBlot);
  }
}

// Some servers repeat the request in their answer, and answers are quoted in reports and kept in the store.
void blot_out_secrets(std::string& body, const HttpRequest& request) {
  const HttpLogin& login = request.login;
  blot_out(body, login.token.expose());
  if (login.username.empty()) return;
  blot_out(body, base64(login.username + ":" + login.password.expose()));
  blot_out(body, login.password.expose());
}

}  // namespace

struct HttpClient::Impl {
  using Handle = std::unique_ptr<CURL, CurlHandleDeleter>;  // with the connections it has made

  explicit Impl(std::stop_token to_heed) : stop(std::move(to_heed)) {}

  std::stop_token stop;
  Guarded<std::vector<Handle>> idle;
};

HttpClient::HttpClient(std::stop_token stop) : impl_(std::make_unique<Impl>(std::move(stop))) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  const CurlLibrary* const library = curl_library();
  if (library == nullptr) return fail(ErrorCode::internal, "libcurl.so.4 is missing or broken: install libcurl4");
  TRY(check_url(*library, request.url));

  std::string packed;
  std::string_view body = request.body;
  if (request.compress && !body.empty()) {
    packed = TRY(gzip(body));
    body = packed;
  }

  CurlList headers;
  const auto add_header = [&](const std::string& line) {
    headers.reset(library->slist_append(headers.release(), line.c_str()));
  };
  bool has_content_type = false;
  for (const auto& [name, value] : request.headers) {
    if (has_line_break(name) || has_line_break(value)) {
      return fail(ErrorCode::usage,
                  fmt::format("the value of header {} holds a line break", lower(name).substr(0, 40)));
    }
    has_content_type |= lower(name) == "content-type";
    add_header(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  if (!has_content_type) add_header("Content-Type:");
  add_header("Expect:");
  if (!packed.empty()) add_header("Content-Encoding: gzip");
  const HttpLogin& login = request.login;
  const HttpTls& tls = login.tls;
  if (!login.token.empty()) {
    if (has_line_break(login.token.expose())) return fail(ErrorCode::usage, "the token holds a line break");
    add_header(fmt::format("Authorization: {} {}", login.token_scheme, login.token.expose()));
  }

  auto handle = impl_->idle.with([](auto& idle) {
    if (idle.empty()) return Impl::Handle();
    Impl::Handle last = std::move(idle.back());
    idle.pop_back();
    return last;
  });
  if (!handle) handle.reset(library->easy_init());
  CURL* const curl = handle.get();
  if (curl == nullptr) return fail(ErrorCode::internal, "libcurl could not be initialised");
  HttpResponse response;
  Head head{response.headers};
  Body text{response.body, request.max_answer_bytes};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  library->easy_reset(curl);  // forgets the options, keeps the connections
  library->easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  library->easy_setopt(curl, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
  library->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  library->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  library->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  library->easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request.timeout.count(), 1)));
  library->easy_setopt(curl, CURLOPT_USERAGENT, "omniwriter/" OMNIWRITER_VERSION);
  library->easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  library->easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  library->easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text.data());
  library->easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  library->easy_setopt(curl, CURLOPT_WRITEDATA, &text);
  library->easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  library->easy_setopt(curl, CURLOPT_HEADERDATA, &head);
  library->easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  library->easy_setopt(curl, CURLOPT_XFERINFODATA, &impl_->stop);
  library->easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (!login.username.empty()) {
    library->easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    library->easy_setopt(curl, CURLOPT_USERNAME, login.username.c_str());
    library->easy_setopt(curl, CURLOPT_PASSWORD, login.password.expose().c_str());
  }
  if (const std::string& ca_file = tls.ca_file.empty() ? ca_file_of_environment() : tls.ca_file; !ca_file.empty()) {
    library->easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
    library->easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!tls.client_cert_file.empty()) {
    const std::string& key = tls.client_key_file.empty() ? tls.client_cert_file : tls.client_key_file;
    library->easy_setopt(curl, CURLOPT_SSLCERT, tls.client_cert_file.c_str());
    library->easy_setopt(curl, CURLOPT_SSLKEY, key.c_str());
    library->easy_setopt(curl, CURLOPT_KEYPASSWD, "");  // or OpenSSL would ask for one on the terminal
  }
  if (tls.insecure) {
    library->easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    library->easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (request.method == "HEAD") {
    library->easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else {
    const bool sends_body = !body.empty() || request.method == "POST" || request.method == "PUT";
    if (sends_body) {
      library->easy_setopt(curl, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
      library->easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
    library->easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  const CURLcode code = library->easy_perform(curl);
  if (code != CURLE_OK && !text.cut) {
    const char* const reason = code == CURLE_ABORTED_BY_CALLBACK ? "broken off before the answer came"
                               : error_text[0] != '\0'           ? error_text.data()
                                                                 : library->easy_strerror(code);
    const std::string_view remedy = tls_remedy(code, reason);
    return fail(ErrorCode::unreachable,
                fmt::format("{} {}: {}{}{}", request.method, printable_url(request.url), reason,
                            remedy.empty() ? "" : "; ", remedy),
                may_pass(code) && remedy.empty());
  }
  // libcurl lets an answer pass that breaks off among its headers.
  if (!head.whole) {
    return fail(ErrorCode::unreachable,
                fmt::format("{} {}: the answer broke off", request.method, printable_url(request.url)), true);
  }
  long status = 0;
  library->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  impl_->idle.with([&](auto& idle) { idle.push_back(std::move(handle)); });
  response.status = static_cast<int>(status);
  if (response.ok() && text.cut) {
    return fail(ErrorCode::unreachable, fmt::format("{} {}: the answer is longer than {} bytes", request.method,
                                                    printable_url(request.url), request.max_answer_bytes));
  }
  if (!response.ok()) blot_out_secrets(response.body, request);
  return response;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (unreserved(c)) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    }
  }
  return result;
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return fmt::format("{}/{}", base, path);
}

}  // namespace omniwriter
