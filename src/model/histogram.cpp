#include "omniwriter/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace omniwriter {
namespace {

constexpr int kSubBuckets = 1 << Histogram::kMaxScale;  // buckets an octave
constexpr int kMantissaBits = 52;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << kMantissaBits) - 1;
constexpr int kExponentBias = 1023;
constexpr int kGuessBits = 8;

// The lower bounds of the buckets of one octave, as the mantissa bits of doubles in [1, 2), and for each value of the
// top mantissa bits the bucket at which the search begins. A step of the guess table is narrower than the narrowest
// bucket, so at most one bound lies in it and one comparison ends the search.
struct Octave {
  std::array<std::uint64_t, kSubBuckets + 1> bound{};
  std::array<std::uint8_t, 1 << kGuessBits> guess{};

  Octave() {
    for (std::size_t k = 0; k < kSubBuckets; ++k) {
      bound[k] = std::bit_cast<std::uint64_t>(std::exp2(static_cast<double>(k) / kSubBuckets)) & kMantissaMask;
    }
    bound[kSubBuckets] = kMantissaMask + 1;
    for (std::size_t slot = 0; slot < guess.size(); ++slot) {
      const std::uint64_t first = std::uint64_t{slot} << (kMantissaBits - kGuessBits);
      std::size_t k = 0;
      while (k + 1 < kSubBuckets && bound[k + 1] <= first) ++k;
      guess[slot] = static_cast<std::uint8_t>(k);
    }
  }
};
const Octave kOctave;

// The bucket at kMaxScale of a duration > 0.
inline std::int32_t finest_index(std::int64_t duration_ns) {
  const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(duration_ns) / 1e9);
  const int exponent = static_cast<int>(bits >> kMantissaBits) - kExponentBias;
  const std::uint64_t mantissa = bits & kMantissaMask;
  // Upper bounds are inclusive: a power of two ends the octave below it.
  if (mantissa == 0) return exponent * kSubBuckets - 1;
  std::size_t k = kOctave.guess[mantissa >> (kMantissaBits - kGuessBits)];
  k += mantissa > kOctave.bound[k + 1] ? 1 : 0;
  return exponent * kSubBuckets + static_cast<std::int32_t>(k);
}

// 2^(step / kSubBuckets), from the same table that decides which bucket a value falls into.
double power(std::int32_t step) {
  const std::int32_t octave = step >> Histogram::kMaxScale;
  const auto k = static_cast<std::size_t>(step & (kSubBuckets - 1));
  const auto mantissa = std::bit_cast<double>(kOctave.bound[k] | (std::uint64_t{kExponentBias} << kMantissaBits));
  return std::ldexp(mantissa, octave);
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}

std::uint64_t largest_in(int width) {
  return width == 8 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << (width * 8)) - 1;
}

template <typename T>
T load(const std::uint8_t* counters, std::size_t at) {
  T value{};
  std::memcpy(&value, counters + at * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void store(std::uint8_t* counters, std::size_t at, T value) {
  std::memcpy(counters + at * sizeof(T), &value, sizeof(T));
}

// Calls `use` with a zero of the counter type of that width.
template <typename Use>
decltype(auto) with_width(int width, Use&& use) {
  switch (width) {
    case 1:
      return use(std::uint8_t{});
    case 2:
      return use(std::uint16_t{});
    case 4:
      return use(std::uint32_t{});
    default:
      return use(std::uint64_t{});
  }
}

// Bit i tells whether counter i of a block of `n` counters is in use. Most counters of a short stretch of time are a
// byte and 0: eight of those are looked at at once.
template <typename T>
std::uint32_t used_in(const std::uint8_t* block, int n) {
  std::uint32_t used = 0;
  if constexpr (sizeof(T) == 1 && std::endian::native == std::endian::little) {
    for (int i = 0; i < n; i += 8) {
      constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
      const auto eight = load<std::uint64_t>(block + i, 0);
      const std::uint64_t high_bits = (((eight & kLow) + kLow) | eight) & ~kLow;
      used |= static_cast<std::uint32_t>(((high_bits >> 7) * 0x0102040810204080) >> 56) << i;
    }
  } else {
    for (int i = 0; i < n; ++i) {
      used |= static_cast<std::uint32_t>(load<T>(block, static_cast<std::size_t>(i)) != 0) << i;
    }
  }
  return used;
}

}  // namespace

Histogram::Histogram(const Histogram& other) { *this = other; }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  const std::size_t bytes = std::size_t{other.block_count_} * kBlock * other.width_;
  std::unique_ptr<std::uint8_t[]> counters;
  if (bytes != 0) {
    counters = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
    std::memcpy(counters.get(), other.counters_.get(), bytes);
  }
  count_ = other.count_;
  zero_count_ = other.zero_count_;
  sum_ns_ = other.sum_ns_;
  min_ns_ = other.min_ns_;
  max_ns_ = other.max_ns_;
  present_ = other.present_;
  counters_ = std::move(counters);
  block_count_ = other.block_count_;
  block_capacity_ = other.block_count_;
  width_ = other.width_;
  scale_ = other.scale_;
  return *this;
}

Histogram::Histogram(Histogram&& other) noexcept { *this = std::move(other); }

Histogram& Histogram::operator=(Histogram&& other) noexcept {
  if (this == &other) return *this;
  count_ = std::exchange(other.count_, 0);
  zero_count_ = std::exchange(other.zero_count_, 0);
  sum_ns_ = std::exchange(other.sum_ns_, 0);
  min_ns_ = std::exchange(other.min_ns_, 0);
  max_ns_ = std::exchange(other.max_ns_, 0);
  present_ = std::exchange(other.present_, {});
  counters_ = std::exchange(other.counters_, nullptr);
  block_count_ = std::exchange(other.block_count_, std::uint16_t{0});
  block_capacity_ = std::exchange(other.block_capacity_, std::uint16_t{0});
  width_ = std::exchange(other.width_, std::uint8_t{1});
  scale_ = std::exchange(other.scale_, std::int8_t{kMaxScale});
  return *this;
}

std::int32_t Histogram::bucket_index(std::int64_t duration_ns, int scale) {
  return finest_index(duration_ns) >> (kMaxScale - scale);
}

double Histogram::upper_bound_seconds(std::int32_t index, int scale) {
  return power((index + 1) * (1 << (kMaxScale - scale)));
}

double Histogram::relative_error(int scale) {
  const double base = std::exp2(std::exp2(-scale));
  return (base - 1) / (base + 1);
}

inline int Histogram::rank(int block) const {
  const auto word = static_cast<std::size_t>(block) / 64;
  int before = 0;
  for (std::size_t i = 0; i < word; ++i) before += std::popcount(present_[i]);
  return before + std::popcount(present_[word] & ((std::uint64_t{1} << (block % 64)) - 1));
}

std::uint64_t Histogram::counter(std::size_t at) const {
  return with_width(width_, [&](auto zero) -> std::uint64_t { return load<decltype(zero)>(counters_.get(), at); });
}

void Histogram::set_counter(std::size_t at, std::uint64_t value) {
  with_width(width_, [&](auto zero) { store(counters_.get(), at, static_cast<decltype(zero)>(value)); });
}

void Histogram::reserve(std::size_t blocks) {
  const std::size_t block_bytes = std::size_t{kBlock} * width_;
  auto room = std::make_unique_for_overwrite<std::uint8_t[]>(blocks * block_bytes);
  if (block_count_ != 0) std::memcpy(room.get(), counters_.get(), block_count_ * block_bytes);
  counters_ = std::move(room);
  block_capacity_ = static_cast<std::uint16_t>(blocks);
}

std::size_t Histogram::insert_block(int block) {
  if (block_count_ == block_capacity_) reserve(std::size_t{block_capacity_} + (block_capacity_ < 8 ? 4 : 8));
  const std::size_t block_bytes = std::size_t{kBlock} * width_;
  const auto at = static_cast<std::size_t>(rank(block)) * block_bytes;
  std::memmove(counters_.get() + at + block_bytes, counters_.get() + at, block_count_ * block_bytes - at);
  std::memset(counters_.get() + at, 0, block_bytes);
  present_[static_cast<std::size_t>(block) / 64] |= std::uint64_t{1} << (block % 64);
  ++block_count_;
  return block_bytes;
}

std::size_t Histogram::widen(std::uint64_t value) {
  int width = width_;
  while (value > largest_in(width)) width *= 2;
  if (width == width_) return 0;

  const std::size_t counters = std::size_t{block_count_} * kBlock;
  auto wide = std::make_unique_for_overwrite<std::uint8_t[]>(std::size_t{block_capacity_} * kBlock *
                                                             static_cast<std::size_t>(width));
  with_width(width_, [&](auto narrow_zero) {
    with_width(width, [&](auto wide_zero) {
      for (std::size_t i = 0; i < counters; ++i) {
        store(wide.get(), i, static_cast<decltype(wide_zero)>(load<decltype(narrow_zero)>(counters_.get(), i)));
      }
    });
  });
  const std::size_t growth = counters * static_cast<std::size_t>(width - width_);
  counters_ = std::move(wide);
  width_ = static_cast<std::uint8_t>(width);
  return growth;
}

// Adds the counters of a block, of a width no larger than ours. False, and nothing is added, where a sum needs more.
bool Histogram::add_block(int block, const std::uint8_t* from, int width) {
  return with_width(width_, [&](auto to_zero) {
    using To = decltype(to_zero);
    std::uint8_t* const to = counters_.get() + static_cast<std::size_t>(rank(block)) * kBlock * sizeof(To);
    return with_width(width, [&](auto from_zero) {
      auto sums = load<std::array<To, kBlock>>(to, 0);
      const auto more = load<std::array<decltype(from_zero), kBlock>>(from, 0);
      To overflows = 0;
      for (std::size_t i = 0; i < kBlock; ++i) {
        const auto sum = static_cast<To>(sums[i] + more[i]);
        overflows = static_cast<To>(overflows | (sum < sums[i] ? To{1} : To{0}));
        sums[i] = sum;
      }
      if (sizeof(To) < sizeof(std::uint64_t) && overflows != 0) return false;
      std::memcpy(to, sums.data(), sizeof(sums));
      return true;
    });
  });
}

inline std::size_t Histogram::add_at(std::int32_t index, std::uint64_t times) {
  index = std::clamp(index, kFirstIndex, -kFirstIndex - 1);
  const int from_first = index - kFirstIndex;
  const int block = from_first / kBlock;
  std::size_t growth = 0;
  if ((present_[static_cast<std::size_t>(block) / 64] >> (block % 64) & 1) == 0) growth += insert_block(block);
  const auto at = static_cast<std::size_t>(rank(block)) * kBlock + static_cast<std::size_t>(from_first % kBlock);
  // Nearly all histograms are of one endpoint and second, and hold small counts.
  if (width_ == 1 && times <= largest_in(1) - counters_[at]) [[likely]] {
    counters_[at] = static_cast<std::uint8_t>(counters_[at] + times);
    return growth;
  }
  const std::uint64_t value = saturating_add(counter(at), times);
  if (value > largest_in(width_)) growth += widen(value);
  set_counter(at, value);
  return growth;
}

std::size_t Histogram::add(std::int64_t duration_ns, std::uint64_t times) {
  if (times == 0) return 0;
  min_ns_ = count_ == 0 ? duration_ns : std::min(min_ns_, duration_ns);
  max_ns_ = std::max(max_ns_, duration_ns);
  count_ += times;
  sum_ns_ = saturating_add(sum_ns_, saturating_multiply(static_cast<std::uint64_t>(duration_ns), times));
  if (duration_ns == 0) {
    zero_count_ += times;
    return 0;
  }
  return add_at(finest_index(duration_ns) >> (kMaxScale - scale_), times);
}

std::size_t Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return 0;
  if (&other == this) return merge(Histogram(other));
  const std::size_t before = content_bytes();
  if (scale_ > other.scale_) *this = downscaled(other.scale_);

  if (count_ == 0) {
    min_ns_ = other.min_ns_;
    max_ns_ = other.max_ns_;
  } else {
    min_ns_ = std::min(min_ns_, other.min_ns_);
    max_ns_ = std::max(max_ns_, other.max_ns_);
  }
  count_ += other.count_;
  zero_count_ += other.zero_count_;
  sum_ns_ = saturating_add(sum_ns_, other.sum_ns_);

  if (scale_ != other.scale_) {
    other.for_each_bucket([&](Bucket bucket) { add_at(bucket.index >> (other.scale_ - scale_), bucket.count); });
    return content_bytes() - std::min(before, content_bytes());
  }
  if (other.block_count_ == 0) return content_bytes() - before;
  widen(largest_in(other.width_));  // which its largest count needs
  std::size_t blocks = 0;
  for (std::size_t word = 0; word < present_.size(); ++word) {
    blocks += static_cast<std::size_t>(std::popcount(present_[word] | other.present_[word]));
  }
  if (blocks > block_capacity_) reserve(blocks);
  const std::uint8_t* from = other.counters_.get();
  for (std::size_t word = 0; word < present_.size(); ++word) {
    for (std::uint64_t left = other.present_[word]; left != 0; left &= left - 1) {
      const int block = static_cast<int>(word * 64) + std::countr_zero(left);
      if ((present_[word] >> (block % 64) & 1) == 0) insert_block(block);
      while (!add_block(block, from, other.width_)) widen(largest_in(width_) + 1);
      from += std::size_t{kBlock} * other.width_;
    }
  }
  return content_bytes() - before;
}

Histogram Histogram::downscaled(int scale) const {
  if (scale >= scale_) return *this;
  Histogram result;
  result.scale_ = static_cast<std::int8_t>(scale);
  for_each_bucket([&](Bucket bucket) { result.add_at(bucket.index >> (scale_ - scale), bucket.count); });
  result.count_ = count_;
  result.zero_count_ = zero_count_;
  result.sum_ns_ = sum_ns_;
  result.min_ns_ = min_ns_;
  result.max_ns_ = max_ns_;
  return result;
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return 0.0;
  // The factor keeps q*n of exact products (0.07 * 100) from rounding up to the next rank.
  const double exact = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_) * (1 - 1e-14);
  const auto wanted = static_cast<std::uint64_t>(std::ceil(exact));
  if (wanted <= 1) return min_seconds();
  if (wanted >= count_) return max_seconds();
  if (wanted <= zero_count_) return 0.0;

  std::uint64_t seen = zero_count_;
  std::size_t at = 0;
  for (std::size_t word = 0; word < present_.size(); ++word) {
    for (std::uint64_t left = present_[word]; left != 0; left &= left - 1) {
      const int block = static_cast<int>(word * 64) + std::countr_zero(left);
      for (int i = 0; i < kBlock; ++i, ++at) {
        seen += counter(at);
        if (seen < wanted) continue;
        const std::int32_t index = kFirstIndex + block * kBlock + i;
        const double low = upper_bound_seconds(index - 1, scale_);
        const double high = upper_bound_seconds(index, scale_);
        // The harmonic mean is as far from both bounds, relative to the true value.
        return std::clamp(2 * low * high / (low + high), min_seconds(), max_seconds());
      }
    }
  }
  return max_seconds();
}

void Histogram::for_each_bucket(const std::function<void(Bucket)>& visit) const {
  with_width(width_, [&](auto zero) {
    using Counter = decltype(zero);
    const std::uint8_t* counters = counters_.get();
    for (std::size_t word = 0; word < present_.size(); ++word) {
      for (std::uint64_t left = present_[word]; left != 0; left &= left - 1, counters += kBlock * sizeof(Counter)) {
        const int first = kFirstIndex + (static_cast<int>(word * 64) + std::countr_zero(left)) * kBlock;
        for (std::uint32_t used = used_in<Counter>(counters, kBlock); used != 0; used &= used - 1) {
          const int i = std::countr_zero(used);
          visit({first + i, load<Counter>(counters, static_cast<std::size_t>(i))});
        }
      }
    }
  });
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> result;
  for_each_bucket([&](Bucket bucket) { result.push_back(bucket); });
  return result;
}

Histogram Histogram::restore(int scale, const std::vector<Bucket>& buckets, std::uint64_t zero_count,
                             std::uint64_t sum_ns, std::int64_t min_ns, std::int64_t max_ns) {
  Histogram result;
  result.scale_ = static_cast<std::int8_t>(std::clamp(scale, kMinScale, kMaxScale));
  result.zero_count_ = zero_count;
  result.count_ = zero_count;
  for (const Bucket& bucket : buckets) {
    if (bucket.count == 0 || bucket.index < kFirstIndex || bucket.index >= -kFirstIndex) continue;
    result.add_at(bucket.index, bucket.count);
    result.count_ += bucket.count;
  }
  result.sum_ns_ = sum_ns;
  result.min_ns_ = min_ns;
  result.max_ns_ = max_ns;
  return result;
}

bool Histogram::operator==(const Histogram& other) const {
  return count_ == other.count_ && zero_count_ == other.zero_count_ && sum_ns_ == other.sum_ns_ &&
         min_ns() == other.min_ns() && max_ns_ == other.max_ns_ && scale_ == other.scale_ &&
         buckets() == other.buckets();
}

}  // namespace omniwriter
