#include "delivery/lanes.h"

#include <utility>

namespace omniwriter {

Lanes::Lanes(Output& output, std::chrono::milliseconds timeout, Clock& clock, std::size_t most)
    : output_(output), timeout_(timeout), clock_(clock), most_(most) {}

Lanes::~Lanes() = default;

void Lanes::start(std::uint64_t number, std::span<const OutputItem> batch) {
  ++under_way_;
  const Request request{number, batch};
  if (most_ <= 1) {
    Answer answer = send(request);
    const Lock lock(mutex_);
    answers_.push_back(std::move(answer));
    return;
  }
  if (threads_.size() < under_way_) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
  {
    const Lock lock(mutex_);
    requests_.push_back(request);
  }
  requested_.notify_one();
}

Lanes::Answer Lanes::wait() {
  Lock lock(mutex_);
  answered_.wait(lock, [&]() REQUIRES(mutex_) { return !answers_.empty(); });
  Answer answer = std::move(answers_.front());
  answers_.pop_front();
  --under_way_;
  return answer;
}

void Lanes::work(const std::stop_token& stop) {
  while (true) {
    Request request{};
    {
      Lock lock(mutex_);
      if (!requested_.wait(lock, stop, [&]() REQUIRES(mutex_) { return !requests_.empty(); })) return;
      request = requests_.front();
      requests_.pop_front();
    }
    Answer answer = send(request);
    {
      const Lock lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    answered_.notify_one();
  }
}

Lanes::Answer Lanes::send(const Request& request) {
  const auto begun = clock_.steady();
  SendReport report = output_.send(request.batch, timeout_);
  return {request.number, std::move(report), clock_.steady() - begun};
}

}  // namespace omniwriter
