#include "delivery/sample_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kBlockSamples = 16'384;
constexpr std::size_t kBlockNameBytes = std::size_t{1} << 20;
constexpr std::size_t kCommitBytes = std::size_t{4} << 20;
constexpr std::uint64_t kCommitsInRoom = 8;  // at least: what is dropped is dropped by what was committed together
constexpr std::size_t kMaxRequestBytes = 4096;
constexpr std::size_t kRememberedNames = 50'000;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t samples_in(const SampleBlock& block) {
  std::uint64_t samples = 0;
  for (const Sample& sample : block.samples) samples += sample.repeat;
  return samples;
}

}  // namespace

SampleLog::SampleLog(Spool spool, SpoolPlace place, Options options)
    : spool_(std::move(spool)),
      place_(std::move(place)),
      options_(std::move(options)),
      room_(spool_.room() + place_->queue().bytes()),
      first_record_(place_->queue().acknowledged()) {}

SampleLog::~SampleLog() {
  if (place_ && !has_run_) std::ignore = place_->close(false);
}

Result<std::unique_ptr<SampleLog>> SampleLog::begin(Spool spool, Options options) {
  auto place = spool.open_nameless();
  if (!place) return std::unexpected(std::move(place).error());
  return std::unique_ptr<SampleLog>(new SampleLog(std::move(spool), *std::move(place), std::move(options)));
}

Result<std::unique_ptr<SampleLog>> SampleLog::open(Spool spool, std::string_view run_id, Options options) {
  auto place = spool.open(run_id, kSampleLogPlace);
  if (!place) return std::unexpected(std::move(place).error());
  std::unique_ptr<SampleLog> log(new SampleLog(std::move(spool), *std::move(place), std::move(options)));
  log->has_run_ = true;
  if (auto recovered = log->recover(); !recovered) return std::unexpected(std::move(recovered).error());
  return log;
}

Result<void> SampleLog::recover() {
  SpoolQueue::Reading reading = place_->queue().read();
  SpoolRecord last;
  while (true) {
    auto next = reading.next();
    if (!next) return std::unexpected(std::move(next).error());
    if (!*next) break;
    if (const auto* lost = std::get_if<SpoolQueue::Lost>(&**next)) {
      firsts_.resize(lost->end - first_record_, kNoLimit);
      continue;
    }
    last = std::move(std::get<SpoolQueue::Read>(**next).record);
    firsts_.push_back(last.weight);
  }
  if (firsts_.empty()) return {};
  const auto block = decode_sample_block(last.bytes);
  next_ = block ? block->first + samples_in(*block) : last.weight;
  return {};
}

Result<void> SampleLog::go_on_behind(std::uint64_t samples, bool forget) {
  if (auto closed = close_block(); !closed) return closed;
  const std::uint64_t kept_until = std::exchange(next_, samples);
  known_until_ = forget ? samples : std::max(kept_until, samples);
  if (!forget || kept_until <= samples) return {};
  // An empty block says that what comes after that number, and stands before it, counts no more.
  append_block();
  return commit();
}

Result<void> SampleLog::add(const SampleBatch& batch) {
  for (const Sample& sample : batch.samples) {
    if (sample.kind != SampleKind::request) continue;
    if (next_ < known_until_) {
      next_ += sample.repeat;
      continue;
    }
    if (block_.samples.empty()) block_.first = next_;
    Sample& kept = block_.samples.emplace_back(sample);
    kept.endpoint = name_id(batch.endpoints()[sample.endpoint]);
    kept.outcome = outcome_id(batch.outcomes()[sample.outcome]);
    next_ += sample.repeat;
    if (block_.samples.size() < kBlockSamples && name_bytes_ < kBlockNameBytes) continue;
    if (auto closed = close_block(); !closed) return closed;
  }
  return {};
}

std::uint32_t SampleLog::name_id(const std::string& request) {
  const auto [found, is_new] = name_ids_.try_emplace(request, static_cast<std::uint32_t>(block_.names.size()));
  if (!is_new) return found->second;
  // Rules of people are slow, and most names come again in the next block.
  if (endpoint_of_.size() >= kRememberedNames) endpoint_of_.clear();
  const auto [endpoint, is_unknown] = endpoint_of_.try_emplace(request);
  if (is_unknown) endpoint->second = options_.endpoint_names ? (*options_.endpoint_names)(request) : request;
  block_.names.push_back({endpoint->second, clean_utf8(request, kMaxRequestBytes)});
  name_bytes_ += endpoint->second.size() + request.size();
  return found->second;
}

std::uint16_t SampleLog::outcome_id(const Outcome& outcome) {
  const auto id = std::ranges::find(block_.outcomes, outcome) - block_.outcomes.begin();
  if (id == std::ssize(block_.outcomes)) block_.outcomes.push_back(outcome);
  return static_cast<std::uint16_t>(id);
}

void SampleLog::append_block() {
  if (block_.samples.empty()) block_.first = next_;
  firsts_.push_back(block_.first);
  place_->queue().append({encode_sample_block(block_), block_.first, 0});
  block_ = {};
  name_bytes_ = 0;
  name_ids_.clear();
}

Result<void> SampleLog::close_block() {
  if (block_.samples.empty()) return {};
  append_block();
  if (place_->queue().uncommitted_bytes() < std::min<std::uint64_t>(kCommitBytes, room_ / kCommitsInRoom)) return {};
  return commit_blocks();
}

Result<void> SampleLog::commit() {
  if (!block_.samples.empty()) append_block();
  return commit_blocks();
}

Result<void> SampleLog::commit_blocks() {
  SpoolQueue& queue = place_->queue();
  while (queue.bytes() + queue.uncommitted_bytes() > room_) {
    if (!options_.drop_oldest) {
      return fail(
          ErrorCode::usage,
          fmt::format("there is no room for the single samples: they take more than the {} bytes that are left; "
                      "raise limits.spool_bytes, set limits.drop_samples to drop the oldest, or do without "
                      "samples",
                      room_));
    }
    const std::uint64_t end = queue.end_of_oldest_segment();
    if (end <= queue.acknowledged()) break;
    if (auto dropped = queue.acknowledge(end, {}); !dropped) return dropped;
  }
  return queue.commit();
}

Result<void> SampleLog::give_to(std::string_view run_id) {
  if (auto committed = commit(); !committed) return committed;
  SpoolPlace nameless = *std::exchange(place_, std::nullopt);
  auto place = spool_.name(std::move(nameless), run_id, kSampleLogPlace);
  if (!place) return std::unexpected(std::move(place).error());
  place_.emplace(*std::move(place));
  has_run_ = true;
  return {};
}

Result<void> SampleLog::remove() { return std::exchange(place_, std::nullopt)->close(false); }

void SampleLog::for_each(const std::function<void(const KeptSample&)>& visit) const {
  // What was added again later does not count where it was before.
  std::vector<std::uint64_t> limits(firsts_.size(), kNoLimit);
  for (std::size_t i = firsts_.size(); i-- > 1;) limits[i - 1] = std::min(limits[i], firsts_[i]);

  SpoolQueue::Reading reading = place_->queue().read();
  while (true) {
    const auto next = reading.next();
    if (!next) damaged_ = true;
    if (!next || !*next) return;
    const auto* const read = std::get_if<SpoolQueue::Read>(&**next);
    const auto block = read != nullptr ? decode_sample_block(read->record.bytes) : fail(ErrorCode::io, {});
    if (!block) {
      damaged_ = true;
      continue;
    }
    KeptSample kept;
    kept.number = block->first;
    for (const Sample& sample : block->samples) {
      if (kept.number >= limits[read->number - first_record_]) break;
      kept.start_ns = sample.start_ns;
      kept.duration_ns = sample.duration_ns;
      kept.bytes_received = sample.bytes_received;
      kept.bytes_sent = sample.bytes_sent;
      kept.repeat = sample.repeat;
      kept.endpoint = block->names[sample.endpoint].endpoint;
      kept.request = block->names[sample.endpoint].request;
      kept.outcome = &block->outcomes[sample.outcome];
      visit(kept);
      kept.number += sample.repeat;
    }
  }
}

std::string SampleLog::why_missing() const {
  if (damaged_) return "single samples cannot be read from the disk any more";
  if (place_->queue().acknowledged() > 0) {
    return "single samples were dropped, the oldest first, for there was no room on the disk (limits.spool_bytes)";
  }
  return "single samples were not kept when they were read";
}

}  // namespace omniwriter
