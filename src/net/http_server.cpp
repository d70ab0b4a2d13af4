#include "net/http_server.h"

// One thread runs the server, so Asio needs no fences, which ThreadSanitizer does not know.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>
#include <thread>
#include <tuple>

namespace omniwriter {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptAgain{100};
constexpr std::chrono::milliseconds kGoodbye{1'000};
constexpr std::size_t kMostThrownAway = std::size_t{256} << 10;

std::string head_of(const ServedReply& reply, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                                 std::string(http::obsolete_reason(static_cast<http::status>(reply.status))));
  for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + fmt::format("Content-Length: {}\r\nConnection: {}\r\n\r\n", reply.body.size(),
                            keep_alive ? "keep-alive" : "close");
}

// A tool that `run` starts would keep the port open beyond our end.
void close_on_exec(int descriptor) {
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

class Session;

struct Shared {
  HttpServer::Handler handler;
  HttpServerLimits limits;
  std::vector<Session*> sessions;  // in the order in which they began
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {
    shared_.sessions.push_back(this);
  }
  ~Session() { std::erase(shared_.sessions, this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    waits_since_ = std::chrono::steady_clock::now();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    stream_.expires_after(shared_.limits.request_timeout);
    http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      self->waits_since_.reset();
      if (!error) return self->answer();
      if (error.category() != make_error_code(http::error::bad_method).category()) return;
      if (error == http::error::end_of_stream || error == http::error::partial_message) return;
      self->keep_alive_ = false;
      const bool too_long = error == http::error::header_limit || error == http::error::buffer_overflow;
      self->write({.status = too_long ? 431 : 400}, false);
    });
  }
  // Since when it has waited for a request, or for the other side to close; nothing while it replies.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> waits_since() const { return waits_since_; }
  void close() { stream_.close(); }

 private:
  void answer() {
    const auto& message = parser_->get();
    const std::string_view target(message.target().data(), message.target().size());
    ServedRequest request{std::string(message.method_string()), std::string(target.substr(0, target.find('?'))), {}};
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) != 0;
    keep_alive_ = parser_->keep_alive() && !has_body;
    write(shared_.handler(request), request.method == "HEAD");
  }

  void write(ServedReply reply, bool head_alone) {
    reply_ = std::move(reply);
    head_ = head_of(reply_, keep_alive_);
    const std::array parts{asio::buffer(head_), asio::buffer(reply_.body.data(), head_alone ? 0 : reply_.body.size())};
    stream_.expires_after(shared_.limits.reply_timeout);
    asio::async_write(stream_, parts, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (self->reply_.sent) self->reply_.sent();
      self->reply_ = {};
      if (self->keep_alive_) return self->read();
      self->waits_since_ = std::chrono::steady_clock::now();
      error_code ignored;
      std::ignore = self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      self->stream_.expires_after(kGoodbye);
      self->throw_away(0);
    });
  }

  // A connection that is closed with something unread takes the reply with it.
  void throw_away(std::size_t so_far) {
    stream_.async_read_some(asio::buffer(rest_), [self = shared_from_this(), so_far](error_code error, std::size_t n) {
      if (!error && so_far + n < kMostThrownAway) self->throw_away(so_far + n);
    });
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  beast::flat_buffer buffer_{shared_.limits.header_bytes + 1};
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::optional<std::chrono::steady_clock::time_point> waits_since_;
  bool keep_alive_ = false;
  ServedReply reply_;
  std::string head_;
  std::array<char, 4096> rest_{};
};

}  // namespace

std::string ServedRequest::header(std::string_view name) const {
  std::string values;
  for (const auto& [key, value] : headers) {
    if (beast::iequals(key, {name.data(), name.size()})) values += (values.empty() ? "" : ",") + value;
  }
  return values;
}

struct HttpServer::Impl {
  Shared shared;  // outlives the sessions, which the context holds
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer accept_again{context};
  std::uint16_t port = 0;
  std::jthread thread;

  Impl(Handler handler, HttpServerLimits limits) : shared{std::move(handler), limits, {}} {}
  ~Impl() { context.stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  error_code open(const tcp::endpoint& at) {
    error_code error;
    acceptor = tcp::acceptor(context);
    if (acceptor.open(at.protocol(), error)) return error;
    close_on_exec(acceptor.native_handle());
    if (acceptor.set_option(tcp::acceptor::reuse_address(true), error)) return error;
    if (acceptor.bind(at, error)) return error;
    if (acceptor.listen(tcp::acceptor::max_listen_connections, error)) return error;
    port = acceptor.local_endpoint(error).port();
    return error;
  }

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) {  // no descriptor is left, perhaps
        accept_again.expires_after(kAcceptAgain);
        accept_again.async_wait([this](error_code stopped) {
          if (!stopped) accept();
        });
        return;
      }
      close_on_exec(socket.native_handle());
      if (make_room()) std::make_shared<Session>(std::move(socket), shared)->read();
      accept();
    });
  }

  // False where every connection there may be has a reply under way.
  bool make_room() {
    if (shared.sessions.size() < shared.limits.connections) return true;
    Session* longest = nullptr;
    for (Session* session : shared.sessions) {
      const auto since = session->waits_since();
      if (since && (longest == nullptr || *since < *longest->waits_since())) longest = session;
    }
    if (longest == nullptr) return false;
    longest->close();
    return true;
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HostPort& at, Handler handler, HttpServerLimits limits) {
  auto impl = std::make_unique<Impl>(std::move(handler), limits);
  error_code error;
  const auto found =
      tcp::resolver(impl->context)
          .resolve(at.host, std::to_string(at.port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
  for (const auto& entry : found) {
    error = impl->open(entry.endpoint());
    if (!error) break;
  }
  const bool taken = error == asio::error::address_in_use;
  if (error)
    return fail(taken ? ErrorCode::busy : ErrorCode::io,
                fmt::format("cannot listen on {}: {}", at.text(), error.message()));
  impl->accept();
  impl->thread = std::jthread([context = &impl->context] { context->run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const { return impl_->port; }

Result<HostPort> parse_listen_place(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool has_host = colon != std::string_view::npos && colon > 0;
  auto place = parse_host_port((has_host ? std::string(text.substr(0, colon)) : "127.0.0.1") + ":1");
  if (!place || problem != std::errc{} || end != port.data() + port.size()) {
    return fail(ErrorCode::usage, "not a place to listen on: it should look like 127.0.0.1:9464");
  }
  place->port = number;
  return place;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

}  // namespace omniwriter
