#pragma once
/// A small HTTP server for what others fetch from us.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/sockets.h"
#include "omniwriter/error.h"

namespace omniwriter {

struct ServedRequest {
  std::string method;
  std::string path;  ///< as sent, without the query
  std::vector<std::pair<std::string, std::string>> headers;

  /// The value of a header, whatever the case of its name; several are joined by commas. Empty where there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

struct ServedReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers =
      {};                 // NOLINT(readability-redundant-member-init): g++ warns
  std::string body = {};  // NOLINT(readability-redundant-member-init): where these are left out
  /// Called once the last byte of the reply is on its way. Not for a reply that could not be sent whole.
  std::function<void()> sent = {};
};

struct HttpServerLimits {
  std::size_t connections = 32;  ///< beyond, the one goes that has waited longest for a request
  std::size_t header_bytes = std::size_t{16} << 10;
  std::chrono::milliseconds request_timeout{10'000};  ///< for a whole request, from the reply before it
  std::chrono::milliseconds reply_timeout{30'000};    ///< for a whole reply
};

/// Listens from listen() to destruction; one thread serves all connections, so a client that is slow holds up nobody.
/// Requests with a body get their answer, but the body is not read.
class HttpServer {
 public:
  /// Called from the server's thread. A HEAD request is to be answered like a GET; the body is then not sent.
  using Handler = std::function<ServedReply(const ServedRequest&)>;

  /// Port 0: any that is free. Fails where the place cannot be had, with the reason; not retryable.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(const HostPort& at, Handler handler,
                                                                  HttpServerLimits limits = {});
  /// Ends at once: replies under way are cut.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads where to listen: "host:port"; ":port" or "port" on 127.0.0.1. Port 0: any that is free.
[[nodiscard]] Result<HostPort> parse_listen_place(std::string_view text);

/// Whether only processes of this machine can reach what listens there: 127.0.0.0/8, ::1, localhost.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace omniwriter
