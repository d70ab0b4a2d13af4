#pragma once
/// The inner loop of RowReader: positions of separators outside of quotes. Private to this folder.

#include <cstddef>
#include <cstdint>

namespace omniwriter::csv {

/// What the scan of a stretch reads and moves on.
struct Scan {
  const char* bytes;
  std::size_t from, to;  // `to` is `from` plus a multiple of 64, unless it is the end of the bytes
  char delimiter;
  std::uint64_t in_quotes;        // all ones or zero, at `from`; afterwards at `to`
  std::uint64_t quoted_newlines;  // set where there are any
  std::uint32_t* separators;      // up to 63 places behind the last one are written to
  std::size_t separator_count;
  std::uint32_t* rows;  // for each newline: the number of separators up to and with it
  std::size_t row_count;
};

// Builds of the same loop for different machines.
void scan_avx512(Scan& scan);
void scan_avx2(Scan& scan);
void scan_portable(Scan& scan);

#if defined(__x86_64__)
inline bool can_scan_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }
inline bool can_scan_avx512() {
  return can_scan_avx2() && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
}
#endif

// The loop is a template in an unnamed namespace, and calls nothing of the standard library, so that code built for
// newer machines cannot end up in other callers.
namespace {

struct Masks {
  std::uint64_t quotes, delimiters, newlines;
};

// Bit i of the result: whether an odd number of bits is set among bits 0 ... i.
[[maybe_unused]] inline std::uint64_t prefix_xor(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// `classify(block)` gives the masks of 64 bytes; `write(separators, count, base, out)` writes the positions of the bits
// of a mask, each plus `base`.
template <typename Classify, typename Write>
[[maybe_unused]] inline void scan_blocks(Scan& scan, const Classify& classify, const Write& write) {
  constexpr std::size_t kBlock = 64;
  std::uint32_t* out = scan.separators + scan.separator_count;
  std::uint32_t* rows = scan.rows + scan.row_count;
  std::uint64_t in_quotes = scan.in_quotes;
  std::uint64_t quoted_newlines = 0;
  for (std::size_t at = scan.from; at < scan.to; at += kBlock) {
    Masks masks = classify(scan.bytes + at);
    if (scan.to - at < kBlock) [[unlikely]] {
      const std::uint64_t valid = (std::uint64_t{1} << (scan.to - at)) - 1;
      masks = {masks.quotes & valid, masks.delimiters & valid, masks.newlines & valid};
    }
    if ((masks.quotes | in_quotes) != 0) {
      const std::uint64_t quoted = prefix_xor(masks.quotes) ^ in_quotes;
      quoted_newlines |= masks.newlines & quoted;
      masks.delimiters &= ~quoted;
      masks.newlines &= ~quoted;
      in_quotes = static_cast<std::uint64_t>(static_cast<std::int64_t>(quoted) >> 63);
    }
    const std::uint64_t separators = masks.delimiters | masks.newlines;
    const auto before = static_cast<std::uint32_t>(out - scan.separators);
    for (std::uint64_t newlines = masks.newlines; newlines != 0; newlines &= newlines - 1) {
      const std::uint64_t up_to = newlines ^ (newlines - 1);  // the lowest newline and all bits below it
      *rows++ = before + static_cast<std::uint32_t>(__builtin_popcountll(separators & up_to));
    }
    const int count = __builtin_popcountll(separators);
    write(separators, count, static_cast<std::uint32_t>(at), out);
    out += count;
  }
  scan.in_quotes = in_quotes;
  scan.quoted_newlines = quoted_newlines;
  scan.separator_count = static_cast<std::size_t>(out - scan.separators);
  scan.row_count = static_cast<std::size_t>(rows - scan.rows);
}

// Eight at a time whether there are as many or not: guessing the loop's end would cost more than spare writes.
[[maybe_unused]] inline void write_by_eight(std::uint64_t separators, int count, std::uint32_t base,
                                            std::uint32_t* out) {
  for (int written = 0; written < count; written += 8) {
    for (int i = 0; i < 8; ++i) {
      out[written + i] = base + (separators == 0 ? 64U : static_cast<std::uint32_t>(__builtin_ctzll(separators)));
      separators &= separators - 1;
    }
  }
}

}  // namespace
}  // namespace omniwriter::csv
