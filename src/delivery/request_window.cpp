#include "delivery/request_window.h"

#include <algorithm>

namespace omniwriter {

void RequestWindow::answered(std::chrono::nanoseconds took) {
  sum_ += took;
  if (++answers_ < size_) return;
  const std::chrono::nanoseconds mean = sum_ / static_cast<std::int64_t>(answers_);
  answers_ = 0;
  sum_ = {};
  if (size_ == 1) {
    usual_ = usual_.count() == 0 ? mean : (3 * usual_ + mean) / 4;
  } else {
    usual_ = std::min(usual_, mean);
  }
  if (mean <= usual_ + usual_ / 2) {
    size_ = std::min(most_, size_ + 1);
  } else if (mean > 2 * usual_) {
    size_ = std::max<std::size_t>(1, size_ - 1);
  }
}

void RequestWindow::failed() {
  size_ = std::max<std::size_t>(1, size_ / 2);
  answers_ = 0;
  sum_ = {};
}

}  // namespace omniwriter
