#pragma once
/// Plain TCP and UDP, for protocols that are lines of text and know no answer.

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "omniwriter/error.h"

namespace omniwriter {

struct HostPort {
  std::string host;  ///< an IPv6 address without its brackets
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const;  ///< "host:port"
};

/// Reads "host:port" or "[address]:port"; the port must be there.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

/// Connects, sends everything, says that there is no more, and waits until the other side has closed as well: the only
/// sign that it has read to the end. Errors are retryable; that the other side says something is one that is not.
/// Gives up soon after `stop` is requested.
[[nodiscard]] Result<void> send_over_tcp(const HostPort& to, std::string_view bytes, std::chrono::milliseconds timeout,
                                         std::stop_token stop = {});

/// Datagrams to one place. Whether they arrive is not known; but where nobody listens on the same machine, a later
/// send() fails. Pauses by `clock`, lest the receiver, or a switch on the way, has to throw away what it cannot hold.
/// Not thread-safe.
class UdpSender {
 public:
  UdpSender(HostPort to, Clock& clock) : to_(std::move(to)), clock_(clock) {}
  ~UdpSender();
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  [[nodiscard]] Result<void> send(std::string_view datagram);

 private:
  HostPort to_;
  Clock& clock_;
  int socket_ = -1;
  std::size_t since_pause_ = 0;  // bytes
};

}  // namespace omniwriter
