#include "support/fake_http_server.h"

// One thread runs the server, so Asio needs no fences, which ThreadSanitizer does not know.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <fmt/format.h>
#include <zlib.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>

#include "base/guarded.h"

namespace omniwriter::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMaxBody = std::uint64_t{256} << 20;

struct State {
  std::vector<FakeRequest> requests;
  std::size_t connections = 0;
  std::size_t refuse = 0;
};

std::string render(const FakeReply& reply) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                                 std::string(http::obsolete_reason(static_cast<http::status>(reply.status))));
  for (const auto& [name, value] : reply.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (reply.status != 204) text += fmt::format("Content-Length: {}\r\n", reply.body.size());
  text += "\r\n";
  return reply.status == 204 ? text : text + reply.body;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const FakeHttpServer::Handler& handler, Guarded<State>& state)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), handler_(handler), state_(state) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(kMaxBody);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    const auto& message = parser_->get();
    FakeRequest request{std::string(message.method_string()), std::string(message.target()), {}, message.body()};
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    state_.with([&](State& state) { state.requests.push_back(request); });
    reply_ = handler_(request);
    if (reply_.hold) {
      read();  // keeps the session alive until the client goes away
    } else if (reply_.delay.count() > 0) {
      timer_.expires_after(reply_.delay);
      timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->write();
      });
    } else {
      write();
    }
  }

  void write() {
    text_ = render(reply_);
    if (reply_.cut_after_bytes) text_.resize(std::min(text_.size(), *reply_.cut_after_bytes));
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error && !self->reply_.cut_after_bytes) self->read();
    });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const FakeHttpServer::Handler& handler_;
  Guarded<State>& state_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  FakeReply reply_;
  std::string text_;
};

}  // namespace

std::string FakeRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, {name.data(), name.size()})) return value;
  }
  return {};
}

std::string FakeRequest::plain_body() const {
  if (header("Content-Encoding") != "gzip") return body;
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string packed = body;
  std::string plain;
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  int result = Z_OK;
  while (result == Z_OK) {
    std::string part(std::size_t{64} * 1024, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    result = inflate(&stream, Z_NO_FLUSH);
    plain.append(part, 0, part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? plain : "(broken gzip)";
}

struct FakeHttpServer::Impl {
  explicit Impl(Handler use) : handler(std::move(use)) {
    accept();
    thread = std::jthread([this] { context.run(); });
  }
  ~Impl() { context.stop(); }

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      const bool refused = state.with([](State& now) {
        ++now.connections;
        if (now.refuse == 0) return false;
        --now.refuse;
        return true;
      });
      if (!refused) std::make_shared<Session>(std::move(socket), handler, state)->read();
      accept();
    });
  }

  Handler handler;
  Guarded<State> state;
  asio::io_context context;
  tcp::acceptor acceptor{context, {asio::ip::make_address("127.0.0.1"), 0}};
  std::jthread thread;  // ends before what it uses
};

FakeHttpServer::FakeHttpServer(Handler handler) : impl_(std::make_unique<Impl>(std::move(handler))) {}
FakeHttpServer::~FakeHttpServer() = default;

std::string FakeHttpServer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }
std::uint16_t FakeHttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::vector<FakeRequest> FakeHttpServer::requests() const {
  return impl_->state.with([](State& state) { return state.requests; });
}
std::size_t FakeHttpServer::connections() const {
  return impl_->state.with([](State& state) { return state.connections; });
}
void FakeHttpServer::refuse_next(std::size_t count) {
  impl_->state.with([&](State& state) { state.refuse = count; });
}

}  // namespace omniwriter::testing
