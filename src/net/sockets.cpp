#include "net/sockets.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "base/url.h"

namespace omniwriter {
namespace {

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds timeout, std::stop_token stop = {})
      : at_(std::chrono::steady_clock::now() + timeout), stop_(std::move(stop)) {}

  // Waits until the socket is ready for `events`; false where that takes too long, or nobody wants to wait any more.
  [[nodiscard]] bool wait(const Socket& socket, short events) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
      if (left.count() <= 0 || stop_.stop_requested()) return false;
      pollfd entry{socket.get(), events, 0};
      const int ready = ::poll(&entry, 1, static_cast<int>(std::min(left, kBetweenLooks).count()));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

 private:
  static constexpr std::chrono::milliseconds kBetweenLooks{100};
  std::chrono::steady_clock::time_point at_;
  std::stop_token stop_;
};

std::unexpected<Error> lost(const HostPort& to, std::string_view why) {
  return fail(ErrorCode::unreachable, fmt::format("{}: {}", to.text(), why), true);
}
std::unexpected<Error> lost(const HostPort& to, int error) { return lost(to, std::generic_category().message(error)); }

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const HostPort& to, int type) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (error != 0) return lost(to, ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

Result<Socket> connect_to(const HostPort& to, const addrinfo& address, const Deadline& deadline) {
  Socket socket(::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (socket.get() < 0) return lost(to, errno);
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return lost(to, errno);
  if (!deadline.wait(socket, POLLOUT)) return lost(to, "no connection in time");
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return lost(to, error);
  return socket;
}

// To the first of its addresses that takes the connection.
Result<Socket> connect_to(const HostPort& to, int type, const Deadline& deadline) {
  const auto addresses = TRY(resolve(to, type));
  std::optional<Error> first_error;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    auto socket = connect_to(to, *address, deadline);
    if (socket) return socket;
    if (!first_error) first_error = std::move(socket).error();
  }
  return std::unexpected(first_error.value_or(Error{ErrorCode::unreachable, to.text() + ": has no address", true}));
}

}  // namespace

std::string HostPort::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto url = parse_url("http://" + std::string(text));
  const auto last = text.find_last_of(":]");
  const bool has_port = last != std::string_view::npos && text[last] == ':';
  if (!url || !url->path.empty() || !has_port) {
    return fail(ErrorCode::usage, "not a place to send to: it should look like host:2003");
  }
  return HostPort{url->host, url->port};
}

Result<void> send_over_tcp(const HostPort& to, std::string_view bytes, std::chrono::milliseconds timeout,
                           std::stop_token stop) {
  const Deadline deadline(timeout, std::move(stop));
  const auto socket = TRY(connect_to(to, SOCK_STREAM, deadline));
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!deadline.wait(socket, POLLOUT)) return lost(to, "it does not take all in time");
    } else if (errno != EINTR) {
      return lost(to, errno);
    }
  }
  if (::shutdown(socket.get(), SHUT_WR) != 0) return lost(to, errno);
  while (deadline.wait(socket, POLLIN)) {
    std::array<char, 64> answer{};
    const ssize_t got = ::recv(socket.get(), answer.data(), answer.size(), 0);
    if (got == 0) return {};
    if (got > 0) return fail(ErrorCode::refused, to.text() + " answers, as nothing does that takes lines of text");
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return lost(to, errno);
  }
  return lost(to, "it does not close the connection in time");
}

UdpSender::~UdpSender() {
  if (socket_ >= 0) ::close(socket_);
}

Result<void> UdpSender::send(std::string_view datagram) {
  // At most 4 MB a second: what Linux holds for a receiver is then good for thirty milliseconds.
  constexpr std::size_t kBytesBetweenPauses = std::size_t{4} << 10;
  constexpr std::chrono::milliseconds kPause{1};
  if (socket_ < 0) {
    auto socket = TRY(connect_to(to_, SOCK_DGRAM, Deadline(std::chrono::seconds(1))));
    socket_ = socket.release();
  }
  if (since_pause_ + datagram.size() > kBytesBetweenPauses) {
    clock_.sleep(kPause);
    since_pause_ = 0;
  }
  since_pause_ += datagram.size();
  if (::send(socket_, datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) return {};
  const int error = errno;
  ::close(std::exchange(socket_, -1));  // the name may stand for another address by then
  if (error == EMSGSIZE)
    return fail(ErrorCode::refused, fmt::format("{}: {}", to_.text(), std::generic_category().message(error)));
  return lost(to_, error);
}

}  // namespace omniwriter
