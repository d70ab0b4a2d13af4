#include "inputs/jmeter_csv/nesting.h"

#include <algorithm>
#include <utility>

namespace omniwriter::jmeter_csv {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// "redir-0" and "redir-0-1" are named as parts of "redir".
bool is_named_after(std::string_view label, std::uint64_t outer_label_hash) {
  while (true) {
    std::size_t end = label.size();
    while (end > 0 && label[end - 1] >= '0' && label[end - 1] <= '9') --end;
    if (end == label.size() || end < 2 || label[end - 1] != '-') return false;
    label = label.substr(0, end - 1);
    if (StringTable::hash(label) == outer_label_hash) return true;
  }
}

// Whether neither can be within the other.
bool lie_apart(const Sample& a, const Sample& b) {
  if (a.start_ns == b.start_ns) return false;
  const Sample& first = a.start_ns < b.start_ns ? a : b;
  const Sample& second = a.start_ns < b.start_ns ? b : a;
  return first.start_ns + first.duration_ns <= second.start_ns;
}

}  // namespace

bool Nesting::encloses(const Outer& outer, const Sample& sample, const SampleOrigin& origin, std::string_view label) {
  // JMeter rounds each time to a millisecond.
  constexpr std::int64_t kRoundingNs = 1'000'000;
  const bool exact = !outer.whole_second && !origin.whole_second;
  const std::int64_t slack_ns = exact ? kRoundingNs : kNsPerSecond;
  if (sample.start_ns < outer.start_ns || sample.start_ns + sample.duration_ns > outer.end_ns + slack_ns) return false;
  // What begins as the sample ends is its last part where there was one before, and else just next.
  const bool begins_within = sample.start_ns < outer.end_ns || outer.has_parts || !exact ||
                             (sample.start_ns == outer.start_ns && label.ends_with("-0"));
  return begins_within && is_named_after(label, outer.label_hash);
}

bool Nesting::is_part(Thread& thread, const Sample& sample, const SampleOrigin& origin, std::string_view label) {
  for (Outer& outer : thread.outers) {
    if (!encloses(outer, sample, origin, label)) continue;
    outer.has_parts = true;
    return true;
  }
  return false;
}

void Nesting::apply(SampleBatch& batch) {
  rewrites_ = false;
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    Sample& sample = batch.samples[i];
    const SampleOrigin& origin = batch.origins[i];
    const std::uint64_t label_hash = batch.endpoints().hash_of(sample.endpoint);
    bool stays = true;
    if (sample.kind == SampleKind::transaction) {
      tally_.add_transaction(label_hash, origin.holds);
    } else if (origin.thread_hash == 0) {
      tally_.add_request(sample.repeat);
    } else {
      Thread& thread = threads_[(origin.thread_hash >> 1) % kThreads];
      if (thread.hash != origin.thread_hash) {
        if (!thread.waiting.empty()) {
          rewrite_from(i, batch);
          release_all(thread, batch);
        }
        thread = {};
        thread.hash = origin.thread_hash;
      }
      const std::int64_t end_ns = sample.start_ns + sample.duration_ns;
      const bool has_parts =
          !thread.waiting.empty() &&
          settle_waiting(thread, sample, {sample.start_ns, end_ns, label_hash, origin.whole_second, false}, i, batch);
      if (origin.numbered && is_part(thread, sample, origin, batch.endpoints()[sample.endpoint])) {
        sample.kind = SampleKind::sub_result;
        sample.detail = 0;
        if (const auto known = in_vain_.find(label_hash); known != in_vain_.end()) known->second = 0;
      } else {
        ++rows_;
        const Outer& last = thread.outers[(thread.next + thread.outers.size() - 1) % thread.outers.size()];
        overlaps_ += sample.start_ns < last.end_ns && end_ns > last.start_ns ? 1 : 0;
        rows_back_ += sample.start_ns < last.start_ns ? 1 : 0;
        // Member by member: made elsewhere and copied, it would have to be read before it is written out.
        Outer& outer = thread.outers[thread.next++ % thread.outers.size()];
        outer.start_ns = sample.start_ns;
        outer.end_ns = end_ns;
        outer.label_hash = label_hash;
        outer.whole_second = origin.whole_second;
        outer.has_parts = has_parts;
        if (origin.numbered && waits(thread, sample, origin, batch)) {
          rewrite_from(i, batch);
          stays = false;
        } else {
          numbered_ += origin.numbered ? 1 : 0;
          tally_.add_request(1);
        }
      }
    }
    if (rewrites_ && stays) rewritten_.push_back(sample);
  }
  if (rewrites_) {
    batch.samples.swap(rewritten_);
    batch.origins.clear();
  }
}

// Whether a numbered row waits for its sample.
bool Nesting::waits(Thread& thread, const Sample& sample, const SampleOrigin& origin, const SampleBatch& batch) {
  const std::uint64_t label_hash = batch.endpoints().hash_of(sample.endpoint);
  if (thread.waiting.size() == kMaxWaiting || waiting_ == kMaxWaitingInAll) return false;
  if (in_vain_.size() == kMaxNames && !in_vain_.contains(label_hash)) return false;
  if (in_vain_[label_hash] >= kMaxInVain) return false;
  ++waiting_;
  Waiting& waiting = thread.waiting.emplace_back();
  waiting.sample = sample;
  waiting.origin = origin;
  waiting.label = batch.endpoints()[sample.endpoint];
  waiting.outcome = batch.outcomes()[sample.outcome];
  if (sample.detail != 0) {
    waiting.detail = batch.details[sample.detail - 1];
    if (waiting.detail->message != 0) waiting.message = batch.messages()[waiting.detail->message - 1];
    for (std::size_t i = 0; i < kMaxDimensions && waiting.detail->dimensions[i] != 0; ++i) {
      waiting.dimensions[i] = batch.endpoints()[waiting.detail->dimensions[i] - 1];
    }
  }
  return true;
}

// Which of the rows that wait are parts of `sample`, and which are too far from it to wait any longer. Tells whether it
// has parts.
bool Nesting::settle_waiting(Thread& thread, const Sample& sample, Outer outer, std::size_t row, SampleBatch& batch) {
  std::erase_if(thread.waiting, [&](const Waiting& waiting) {
    const bool part = encloses(outer, waiting.sample, waiting.origin, waiting.label);
    if (!part && !lie_apart(waiting.sample, sample)) return false;
    rewrite_from(row, batch);
    outer.has_parts = outer.has_parts || part;
    release(waiting, part ? SampleKind::sub_result : SampleKind::request, batch);
    return true;
  });
  return outer.has_parts;
}

void Nesting::release(const Waiting& waiting, SampleKind kind, SampleBatch& batch) {
  --waiting_;
  Sample sample = waiting.sample;
  sample.kind = kind;
  sample.endpoint = batch.endpoint(waiting.label);
  sample.outcome = batch.outcome(waiting.outcome.status, waiting.outcome.error_type);
  sample.detail = 0;
  if (waiting.detail && kind == SampleKind::request) {
    SampleDetail& detail = batch.details.emplace_back(*waiting.detail);
    detail.message = batch.message(waiting.message);
    for (std::size_t i = 0; i < kMaxDimensions && detail.dimensions[i] != 0; ++i) {
      detail.dimensions[i] = batch.endpoint(waiting.dimensions[i]) + 1;
    }
    sample.detail = static_cast<std::uint32_t>(batch.details.size());
  }
  std::uint32_t& in_vain = in_vain_[batch.endpoints().hash_of(sample.endpoint)];
  if (kind == SampleKind::request) {
    ++in_vain;
    ++numbered_;
    tally_.add_request(1);
  } else {
    in_vain = 0;
  }
  rewritten_.push_back(sample);
}

void Nesting::release_all(Thread& thread, SampleBatch& batch) {
  for (const Waiting& waiting : thread.waiting) release(waiting, SampleKind::request, batch);
  thread.waiting.clear();
}

// From this row of the batch on, rows are written anew.
void Nesting::rewrite_from(std::size_t row, const SampleBatch& batch) {
  if (rewrites_) return;
  rewrites_ = true;
  rewritten_.assign(batch.samples.begin(), batch.samples.begin() + static_cast<std::ptrdiff_t>(row));
}

void Nesting::finish(SampleBatch& batch) {
  rewritten_.clear();
  for (Thread& thread : threads_) release_all(thread, batch);
  batch.samples.insert(batch.samples.end(), rewritten_.begin(), rewritten_.end());
}

std::string Nesting::note() const {
  constexpr std::uint64_t kFewInOrder = 20;
  std::string note = tally_.note();
  if (!tells_transactions_ && overlaps_ * kFewInOrder > rows_) {
    note = "it has no responseMessage, so transactions look like requests; " + std::to_string(overlaps_) +
           " of its rows overlap another of their thread, as transactions do "
           "(jmeter.save.saveservice.response_message=true tells them apart)";
  }
  if (numbered_ == 0 || rows_back_ * kFewInOrder <= rows_) return note;
  return note + (note.empty() ? "" : "; ") + "its rows are not in order of time, so " + std::to_string(numbered_) +
         " of them are taken as requests though they have the names of parts of others (such as \"home-0\" of "
         "\"home\"); sorted by timeStamp, or as JMeter wrote it, the file tells";
}

}  // namespace omniwriter::jmeter_csv
