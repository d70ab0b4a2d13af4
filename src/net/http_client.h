#pragma once
/// HTTP requests over libcurl.

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// How a server is trusted over https, and the certificate that we show it. Files are PEM.
struct HttpTls {
  std::string ca_file;           ///< these authorities alone; empty: those of SSL_CERT_FILE, or of the system
  std::string client_cert_file;  ///< empty: none
  std::string client_key_file;   ///< empty: the key stands in the same file
  bool insecure = false;         ///< takes any certificate
};

/// Who one is to a server, and who that has to be.
struct HttpLogin {
  std::string username;  ///< Basic authentication where not empty
  Secret password;
  Secret token;  ///< sent as `Authorization: <token_scheme> <token>` where not empty
  std::string token_scheme = "Bearer";
  HttpTls tls = {};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< must not hold credentials: those go into `login`
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
  HttpLogin login;
  bool compress = false;  ///< send the body gzip-encoded
  /// For requests that do harm when they arrive twice. Over a connection that is kept, a request that gets no answer is
  /// sent again unseen: the server may have closed it before. So this one gets a new connection.
  bool once = false;
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_answer_bytes = std::size_t{1} << 20;  ///< unpacked; a longer answer of success is an error
};

struct HttpResponse {
  int status = 0;
  std::string body;  ///< of success whole, otherwise cut at max_answer_bytes and without our secrets
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case

  /// The first value of a header (name in lower case); empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// What the clock of the server says, to the second (cut off); nothing where it does not tell.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> date() const;
  /// Retry-After as seconds or HTTP date, against the given time; 0 where absent or unreadable. At most one hour.
  [[nodiscard]] std::chrono::milliseconds retry_after(std::chrono::system_clock::time_point now) const;
};

/// The most for lists whose length follows from what a server holds, or from what it was sent.
inline constexpr std::size_t kLongAnswerBytes = std::size_t{4} << 20;

/// Keeps connections alive between requests. Thread-safe: requests that go on at once have a connection each.
class HttpClient {
 public:
  /// Requests end with an error within about a second after `stop` is requested, as if the server did not answer.
  explicit HttpClient(std::stop_token stop = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request. Any HTTP answer is a value, also 4xx and 5xx; no answer is an error (unreachable, retryable where
  /// it may pass). Redirects are not followed. Only http and https. Error messages name the URL, never a secret.
  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Percent-encodes all but unreserved characters.
[[nodiscard]] std::string url_encode(std::string_view text);
/// `base` with `path` ("/write?db=x") behind it; one slash between, whether or not base ends in one.
[[nodiscard]] std::string join_url(std::string_view base, std::string_view path);

}  // namespace omniwriter
