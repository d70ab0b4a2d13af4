#include "support/fake_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

namespace omniwriter::testing {

struct FakeListener::Impl {
  Impl(Kind use, Manner behave) : kind(use), manner(behave) {
    listener = ::socket(AF_INET, kind == Kind::tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (kind == Kind::udp) {
      // On a busy machine the reader may come late, and what does not fit is lost.
      constexpr int kHeld = 4 << 20;
      ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &kHeld, sizeof(kHeld));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    socklen_t size = sizeof(address);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    if (kind == Kind::tcp) ::listen(listener, 16);
    thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  ~Impl() {
    thread.request_stop();
    thread.join();
    for (const int one : held) ::close(one);
    ::close(listener);
  }

  // Whether there is something to read before the end.
  static bool readable(int socket, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{socket, POLLIN, 0};
      if (::poll(&entry, 1, 10) > 0) return true;
    }
    return false;
  }

  void keep(std::string_view bytes) {
    {
      const std::lock_guard lock(mutex);
      text += bytes;
      longest = std::max(longest, bytes.size());
    }
    changed.notify_all();
  }

  void work(const std::stop_token& stop) {
    std::vector<char> buffer(std::size_t{1} << 16);
    while (readable(listener, stop)) {
      const int from = kind == Kind::tcp ? ::accept(listener, nullptr, nullptr) : listener;
      ssize_t got = 1;
      while (got > 0 && readable(from, stop)) {
        got = ::recv(from, buffer.data(), buffer.size(), 0);
        if (got > 0) keep({buffer.data(), static_cast<std::size_t>(got)});
        if (got > 0 && manner == Manner::answers) (void)::send(from, "HTTP/1.1 400\r\n", 14, MSG_NOSIGNAL);
      }
      if (kind == Kind::udp) continue;
      if (manner == Manner::holds) {
        held.push_back(from);
      } else {
        ::close(from);
      }
    }
  }

  Kind kind;
  Manner manner;
  int listener = -1;
  std::uint16_t port = 0;
  std::vector<int> held;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::string text;
  std::size_t longest = 0;
  std::jthread thread;  // last: it uses all of the above
};

FakeListener::FakeListener(Kind kind, Manner manner) : impl_(std::make_unique<Impl>(kind, manner)) {}
FakeListener::~FakeListener() = default;

std::uint16_t FakeListener::port() const { return impl_->port; }
std::string FakeListener::address() const { return "127.0.0.1:" + std::to_string(impl_->port); }

std::string FakeListener::received() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->text;
}

std::string FakeListener::wait_for_bytes(std::size_t bytes) const {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait_for(lock, std::chrono::seconds(10), [&] { return impl_->text.size() >= bytes; });
  return impl_->text;
}

std::size_t FakeListener::longest_datagram() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->longest;
}

}  // namespace omniwriter::testing
