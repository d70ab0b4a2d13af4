#pragma once
/// Somebody who listens on a port and says nothing: Graphite, StatsD.

#include <cstdint>
#include <memory>
#include <string>

namespace omniwriter::testing {

/// Listens on a free port of 127.0.0.1 from construction to destruction, in a thread of its own.
class FakeListener {
 public:
  enum class Kind : std::uint8_t { tcp, udp };
  /// With TCP: reads to the end and closes, or answers, or never closes.
  enum class Manner : std::uint8_t { reads, answers, holds };

  explicit FakeListener(Kind kind, Manner manner = Manner::reads);
  ~FakeListener();
  FakeListener(const FakeListener&) = delete;
  FakeListener& operator=(const FakeListener&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string address() const;  ///< "127.0.0.1:12345"
  /// Everything that came so far, one behind the other.
  [[nodiscard]] std::string received() const;
  /// The same, once it is so much; or what there is after ten seconds.
  [[nodiscard]] std::string wait_for_bytes(std::size_t bytes) const;
  [[nodiscard]] std::size_t longest_datagram() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter::testing
