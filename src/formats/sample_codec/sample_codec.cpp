#include "formats/sample_codec/sample_codec.h"

#include <zstd.h>

#include <limits>

#include "base/packing.h"

namespace omniwriter {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::int64_t kNsPerMs = 1'000'000;
// Most tools record milliseconds: then six bytes of each time can be saved.
constexpr std::uint8_t kMilliseconds = 0x01;
constexpr int kCompressionLevel = 1;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::io, "kept samples are damaged: " + std::string(what));
}

bool has_whole_milliseconds(const SampleBlock& block) {
  for (const Sample& sample : block.samples) {
    if (sample.start_ns % kNsPerMs != 0 || sample.duration_ns % kNsPerMs != 0) return false;
  }
  return true;
}

std::string pack(const SampleBlock& block) {
  PackWriter out;
  out.byte(kVersion);
  out.varint(block.first);
  out.varint(block.names.size());
  for (const auto& [endpoint, request] : block.names) {
    out.text(endpoint);
    out.text(request == endpoint ? std::string_view() : std::string_view(request));
  }
  out.varint(block.outcomes.size());
  for (const auto& [status, error_type] : block.outcomes) {
    out.text(status);
    out.text(error_type);
  }
  const bool milliseconds = has_whole_milliseconds(block);
  const std::int64_t unit = milliseconds ? kNsPerMs : 1;
  out.byte(milliseconds ? kMilliseconds : 0);
  out.varint(block.samples.size());
  std::int64_t before = 0;
  for (const Sample& sample : block.samples) {
    const std::int64_t start = sample.start_ns / unit;
    // Modulo 2^64, so that no pair of times is too far apart.
    out.varint(
        zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(before))));
    before = start;
    out.varint(static_cast<std::uint64_t>(sample.duration_ns / unit));
    out.varint(sample.endpoint);
    out.varint(sample.outcome);
    out.varint(sample.bytes_received);
    out.varint(sample.bytes_sent);
    out.varint(sample.repeat);
  }
  return std::move(out).take();
}

Result<SampleBlock> unpack(std::string_view bytes) {
  PackReader in(bytes);
  if (in.byte() != kVersion) return damaged("another version wrote them");
  SampleBlock block;
  block.first = in.varint();
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    const std::string endpoint(in.text());
    const std::string_view request = in.text();
    block.names.push_back({endpoint, request.empty() ? endpoint : std::string(request)});
  }
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    std::string status(in.text());
    block.outcomes.push_back({std::move(status), std::string(in.text())});
  }
  const std::uint8_t unit_code = in.byte();
  const std::int64_t unit = unit_code == kMilliseconds ? kNsPerMs : 1;
  const std::uint64_t count = in.varint_up_to(SampleBlock::kMaxSamples);
  constexpr std::int64_t kMaxTime = std::numeric_limits<std::int64_t>::max();
  std::int64_t start = 0;
  for (std::uint64_t left = count; left > 0 && in.ok(); --left) {
    Sample sample;
    start = static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                      static_cast<std::uint64_t>(unzigzag(in.varint())));
    if (start > kMaxTime / unit || start < -(kMaxTime / unit)) in.stop();
    sample.start_ns = in.ok() ? start * unit : 0;
    sample.duration_ns = static_cast<std::int64_t>(in.varint_up_to(static_cast<std::uint64_t>(kMaxTime / unit))) * unit;
    const std::uint64_t name = in.varint();
    const std::uint64_t outcome = in.varint();
    if (name >= block.names.size() || outcome >= block.outcomes.size()) in.stop();
    sample.endpoint = static_cast<std::uint32_t>(name);
    sample.outcome = static_cast<std::uint16_t>(outcome);
    sample.bytes_received = in.varint();
    sample.bytes_sent = in.varint();
    sample.repeat = static_cast<std::uint32_t>(in.varint_up_to(std::numeric_limits<std::uint32_t>::max()));
    block.samples.push_back(sample);
  }
  if (!in.ok() || !in.done() || unit_code > kMilliseconds) return damaged("they make no sense");
  return block;
}

}  // namespace

std::string encode_sample_block(const SampleBlock& block) {
  const std::string packed = pack(block);
  std::string bytes(ZSTD_compressBound(packed.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), packed.data(), packed.size(), kCompressionLevel));
  return bytes;
}

Result<SampleBlock> decode_sample_block(std::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > SampleBlock::kMaxBytes) {
    return damaged("they are no compressed block");
  }
  std::string packed(size, '\0');
  const std::size_t got = ZSTD_decompress(packed.data(), packed.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) return damaged("a compressed block ends early");
  return unpack(packed);
}

}  // namespace omniwriter
