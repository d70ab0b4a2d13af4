#pragma once
/// SIGINT, SIGTERM and SIGHUP as a question that can be asked, instead of an end.

#include <optional>

namespace omniwriter {

/// While it lives, such a signal is kept for whoever asks; afterwards it ends the process as usual. A SIGHUP that was
/// ignored before (nohup) stays so. One object at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  struct Received {
    int number = 0;
    bool from_terminal = false;  ///< Ctrl-C: every process of the terminal got it
  };
  /// The newest one since the last call.
  [[nodiscard]] std::optional<Received> take();
};

}  // namespace omniwriter
