#include "base/stop_signals.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigaction() is of POSIX

#include <array>
#include <atomic>
#include <csignal>

namespace omniwriter {
namespace {

constexpr std::array kStopSignals{SIGINT, SIGTERM, SIGHUP};

std::atomic<int> received_number{0};
std::atomic<bool> received_from_terminal{false};

void keep(int number, siginfo_t* info, void* /*context*/) {
  received_from_terminal = info->si_code == SI_KERNEL;
  received_number = number;
}

}  // namespace

StopSignals::StopSignals() {
  received_number = 0;
  for (const int number : kStopSignals) {
    struct sigaction before{};
    sigaction(number, nullptr, &before);
    if (number == SIGHUP && before.sa_handler == SIG_IGN) continue;
    struct sigaction action{};
    action.sa_sigaction = keep;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int number : kStopSignals) {
    struct sigaction now{};
    sigaction(number, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0) std::signal(number, SIG_DFL);
  }
}

std::optional<StopSignals::Received> StopSignals::take() {
  const int number = received_number.exchange(0);
  if (number == 0) return std::nullopt;
  return Received{number, received_from_terminal};
}

}  // namespace omniwriter
