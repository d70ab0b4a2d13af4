#pragma once
/// A small HTTP server whose answers a test writes.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omniwriter::testing {

struct FakeRequest {
  std::string method;
  std::string target;  ///< path and query, as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< as sent, maybe compressed

  /// The first value of a header, whatever the case of its name; empty where there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  /// The body, decompressed if it says that it is gzip.
  [[nodiscard]] std::string plain_body() const;
};

struct FakeReply {
  // NOLINTBEGIN(readability-redundant-member-init): g++ warns of designated initialisers that leave these out
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::chrono::milliseconds delay{0};               ///< wait so long before the answer
  bool hold = false;                                ///< never answer; the connection stays open
  std::optional<std::size_t> cut_after_bytes = {};  ///< send only so many bytes of the answer, head included, and close
  // NOLINTEND(readability-redundant-member-init)
};

/// Listens on a free port of 127.0.0.1 from construction to destruction. One thread serves all connections, with
/// keep-alive, and calls the handler; so a handler may keep state without a lock.
class FakeHttpServer {
 public:
  using Handler = std::function<FakeReply(const FakeRequest&)>;

  explicit FakeHttpServer(Handler handler);
  ~FakeHttpServer();
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:12345"
  [[nodiscard]] std::uint16_t port() const;

  /// What came in so far, in order; also requests that were not answered.
  [[nodiscard]] std::vector<FakeRequest> requests() const;
  [[nodiscard]] std::size_t connections() const;
  /// Closes the next `count` connections without reading from them.
  void refuse_next(std::size_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter::testing
