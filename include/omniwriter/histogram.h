#pragma once
/// The one histogram of OmniWriter: base-2 exponential buckets, mergeable, with a stated error bound.

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace omniwriter {

/// A distribution of durations.
///
/// Bucket i of scale s holds the durations in (2^(i/2^s), 2^((i+1)/2^s)] *seconds*: the layout of OpenTelemetry
/// exponential histograms, and of Prometheus native histograms with index i+1. Durations are taken in nanoseconds.
/// Count, sum, minimum and maximum are exact; a quantile is the value of the sample at rank ceil(q*n), off by at most
/// relative_error() of itself. At the default scale that is 0.271 %, for every duration from 1 ns to 136 years;
/// longer ones count in the last bucket.
///
/// merge() is associative and commutative: parts of a file, threads and machines merge to the same histogram, whatever
/// the order. Not thread-safe. Memory: 100 bytes, plus 32 counters of 1, 2, 4 or 8 bytes (as the largest count needs)
/// for each stretch of 32 buckets in use.
class Histogram {
 public:
  static constexpr int kMaxScale = 7;
  static constexpr int kMinScale = -4;

  Histogram() = default;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&& other) noexcept;
  Histogram& operator=(Histogram&& other) noexcept;
  ~Histogram() = default;

  /// Adds `times` samples of the same duration (>= 0). Returns by how many bytes content_bytes() grew, nearly always 0.
  std::size_t add(std::int64_t duration_ns, std::uint64_t times = 1);
  /// Adds all samples of `other`; the result has the lower of the two scales. Returns the growth of content_bytes().
  std::size_t merge(const Histogram& other);
  /// The same samples in buckets 2^(scale() - scale) times as wide. `scale` in [kMinScale, scale()].
  [[nodiscard]] Histogram downscaled(int scale) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t zero_count() const { return zero_count_; }  ///< samples of duration 0
  [[nodiscard]] std::uint64_t sum_ns() const { return sum_ns_; }          ///< saturates at 584 years
  [[nodiscard]] std::int64_t min_ns() const { return count_ == 0 ? 0 : min_ns_; }
  [[nodiscard]] std::int64_t max_ns() const { return max_ns_; }
  [[nodiscard]] double sum_seconds() const { return static_cast<double>(sum_ns_) / 1e9; }
  [[nodiscard]] double mean_seconds() const { return count_ == 0 ? 0.0 : sum_seconds() / static_cast<double>(count_); }
  [[nodiscard]] double min_seconds() const { return static_cast<double>(min_ns()) / 1e9; }
  [[nodiscard]] double max_seconds() const { return static_cast<double>(max_ns_) / 1e9; }
  [[nodiscard]] int scale() const { return scale_; }

  /// The value in seconds at rank ceil(q*n), q in [0, 1]; 0 where there is no sample.
  [[nodiscard]] double quantile(double q) const;
  /// How far quantile() may be off, relative to the true value: (b-1)/(b+1) with b = 2^(2^-scale).
  [[nodiscard]] double relative_error() const { return relative_error(scale_); }
  [[nodiscard]] static double relative_error(int scale);

  /// Non-empty buckets, ascending, without the zero bucket.
  struct Bucket {
    std::int32_t index;
    std::uint64_t count;
    bool operator==(const Bucket&) const = default;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;
  void for_each_bucket(const std::function<void(Bucket)>& visit) const;

  /// The bucket of a duration > 0, and the upper bound in seconds of a bucket.
  [[nodiscard]] static std::int32_t bucket_index(std::int64_t duration_ns, int scale = kMaxScale);
  [[nodiscard]] static double upper_bound_seconds(std::int32_t index, int scale);

  /// Puts a histogram back together from what the getters above gave: for stores and decoders.
  /// Ignores buckets outside of the index range of `scale`. Sum, min and max are taken as they are.
  [[nodiscard]] static Histogram restore(int scale, const std::vector<Bucket>& buckets, std::uint64_t zero_count,
                                         std::uint64_t sum_ns, std::int64_t min_ns, std::int64_t max_ns);

  /// Bytes that the content needs. Depends on the samples alone, not on the order they came in.
  [[nodiscard]] std::size_t content_bytes() const {
    return sizeof(Histogram) + static_cast<std::size_t>(block_count_) * kBlock * width_;
  }

  bool operator==(const Histogram& other) const;

 private:
  // Buckets come in blocks of 32. A bitmap tells which blocks exist; those that do lie packed, ascending, in one array
  // of counters that are all as wide as the largest count needs.
  static constexpr int kBlock = 32;
  static constexpr int kBlocks = 256;  // indices -4096 ... 4095 at every scale
  static constexpr int kFirstIndex = -kBlocks * kBlock / 2;

  std::size_t add_at(std::int32_t index, std::uint64_t times);
  void reserve(std::size_t blocks);
  std::size_t insert_block(int block);
  std::size_t widen(std::uint64_t value);
  bool add_block(int block, const std::uint8_t* from, int width);
  [[nodiscard]] int rank(int block) const;
  [[nodiscard]] std::uint64_t counter(std::size_t at) const;
  void set_counter(std::size_t at, std::uint64_t value);

  std::uint64_t count_ = 0;
  std::uint64_t zero_count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::int64_t min_ns_ = 0;
  std::int64_t max_ns_ = 0;
  std::array<std::uint64_t, kBlocks / 64> present_{};
  std::unique_ptr<std::uint8_t[]> counters_;
  std::uint16_t block_count_ = 0;
  std::uint16_t block_capacity_ = 0;
  std::uint8_t width_ = 1;  // bytes a counter
  std::int8_t scale_ = kMaxScale;
};

}  // namespace omniwriter
