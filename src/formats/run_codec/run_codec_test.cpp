#include "formats/run_codec/run_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

namespace omniwriter {
namespace {

constexpr std::size_t kOutcomes = 8;

void expect_equal(const Tally& a, const Tally& b) {
  EXPECT_EQ(a.response_time, b.response_time);
  EXPECT_EQ(a.outcomes.entries(), b.outcomes.entries());
  EXPECT_EQ(a.bytes_received, b.bytes_received);
  EXPECT_EQ(a.bytes_sent, b.bytes_sent);
  ASSERT_EQ(a.reported == nullptr, b.reported == nullptr);
  if (a.reported) {
    EXPECT_EQ(*a.reported, *b.reported);
  }
}

std::shared_ptr<const ReportedTimes> reported_times() {
  return std::make_shared<const ReportedTimes>(ReportedTimes{
      .quantiles = {{0.5, 0.1}, {0.999, 1e-9 / 3}}, .relative_error = 0.05, .mean = true, .minimum = false});
}

Tally random_tally(std::mt19937_64& random, std::uint64_t samples, std::int64_t unit_ns) {
  Tally tally;
  for (std::uint64_t i = 0; i < samples; ++i) {
    tally.response_time.add(static_cast<std::int64_t>(random() % 2000) * unit_ns, 1 + random() % 3);
    tally.outcomes.add(static_cast<std::uint32_t>(random() % kOutcomes), 1);
  }
  tally.bytes_received = random();
  tally.bytes_sent = random() % 1000;
  return tally;
}

using Slots = std::map<std::int64_t, Tally>;

Slots random_timeline(std::uint64_t seed, std::int64_t slots) {
  std::mt19937_64 random(seed);
  Slots timeline;
  for (std::int64_t slot = 0; slot < slots; ++slot) {
    if (random() % 10 == 0) continue;  // a gap
    timeline[1'795'000'000 + slot] = random_tally(random, random() % 150, slot % 2 == 0 ? 1'000'000 : 12'347);
  }
  return timeline;
}

std::vector<std::string> encode_all(const Slots& slots) {
  std::vector<std::string> blocks;
  for (auto at = slots.begin(); at != slots.end();) {
    TimelineBlockWriter out;
    for (; at != slots.end() && out.size() < kTimelineBlockBytes; ++at) out.add(at->first, at->second);
    blocks.push_back(std::move(out).seal());
  }
  return blocks;
}

Result<void> decode(const std::string& block, Slots& slots) {
  const auto checked = check_timeline_block(block, kOutcomes);
  if (!checked) return std::unexpected(checked.error());
  auto reader = TimelineBlockReader::open(block, kOutcomes);
  if (!reader) return std::unexpected(reader.error());
  while ((*reader)->next()) slots.emplace((*reader)->slot(), (*reader)->tally());
  return {};
}

Tally extreme_tally() {
  Tally tally;
  tally.response_time.add(0, std::numeric_limits<std::uint32_t>::max());
  tally.response_time.add(1, 1);
  tally.response_time.add(1'000'000, std::uint64_t{1} << 60);
  tally.response_time.add(std::numeric_limits<std::int64_t>::max(), 2);
  tally.outcomes.add(kOutcomes - 1, std::numeric_limits<std::uint64_t>::max());
  tally.bytes_received = std::numeric_limits<std::uint64_t>::max();
  return tally;
}

// CRC-32 as in gzip, bit by bit: holds the format against the library that computes it.
std::string sealed(std::string bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  crc = ~crc;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(crc >> shift);
  return bytes;
}

TEST(RunCodec, TallyComesBackToTheLastBucket) {
  std::mt19937_64 random(1);
  std::vector<Tally> tallies{Tally{}, extreme_tally(), random_tally(random, 10'000, 1'000'000),
                             random_tally(random, 1, 1)};
  tallies[2].reported = reported_times();
  tallies[3].reported = std::make_shared<const ReportedTimes>();
  for (int scale = Histogram::kMinScale; scale <= Histogram::kMaxScale; ++scale) {
    tallies.push_back(random_tally(random, 100, 9'999'991));
    tallies.back().response_time = tallies.back().response_time.downscaled(scale);
  }
  for (const Tally& tally : tallies) {
    const auto decoded = decode_tally(encode_tally(tally), kOutcomes);
    ASSERT_TRUE(decoded) << decoded.error().message;
    expect_equal(*decoded, tally);
  }
}

TEST(RunCodec, TimelineComesBackFromItsBlocks) {
  const Slots timeline = random_timeline(2, 2000);
  const auto blocks = encode_all(timeline);
  ASSERT_GT(blocks.size(), 1U);
  Slots decoded;
  for (const std::string& block : blocks) {
    EXPECT_LT(block.size(), 2 * kTimelineBlockBytes);
    const auto done = decode(block, decoded);
    ASSERT_TRUE(done) << done.error().message;
  }
  ASSERT_EQ(decoded.size(), timeline.size());
  for (auto a = decoded.cbegin(), b = timeline.cbegin(); a != decoded.cend(); ++a, ++b) {
    EXPECT_EQ(a->first, b->first);
    expect_equal(a->second, b->second);
  }
}

TEST(RunCodec, TimelineKeepsSlotsAtTheEdgesOfTime) {
  Slots timeline;
  for (const std::int64_t slot : {-9'223'372'036, -1L, 0L, 9'223'372'036}) timeline[slot].response_time.add(7);
  Slots decoded;
  ASSERT_TRUE(decode(encode_all(timeline).at(0), decoded));
  ASSERT_EQ(decoded.size(), 4U);
  EXPECT_EQ(decoded.begin()->first, -9'223'372'036);
  EXPECT_EQ(decoded.rbegin()->first, 9'223'372'036);
}

TEST(RunCodec, BlobsOfTheFirstVersionAreRead) {
  std::string first = encode_active_users({{1, 2}});
  first.resize(first.size() - 4);
  first[0] = 1;
  EXPECT_TRUE(decode_active_users(sealed(first)));
  first[0] = 0;
  EXPECT_FALSE(decode_active_users(sealed(first)));
}

TEST(RunCodec, ASampleOfItsOwnBucketTakesOneByte) {
  Tally few;
  Tally many;
  for (int i = 0; i < 20; ++i) few.response_time.add(100'000'000 + i * 2'000'000);
  for (int i = 0; i < 120; ++i) many.response_time.add(100'000'000 + i * 2'000'000);
  EXPECT_LE(encode_tally(many).size(), encode_tally(few).size() + 102);
}

TEST(RunCodec, ABlockKnowsItsFirstAndItsLastSlot) {
  const Slots timeline = random_timeline(3, 100);
  const auto slots = check_timeline_block(encode_all(timeline).at(0), kOutcomes);
  ASSERT_TRUE(slots) << slots.error().message;
  EXPECT_EQ(slots->first, timeline.begin()->first);
  EXPECT_EQ(slots->second, timeline.rbegin()->first);
  EXPECT_FALSE(check_timeline_block(TimelineBlockWriter().seal(), kOutcomes)) << "an empty block";
}

TEST(RunCodec, OutcomesThatTheRunDoesNotHaveAreRefused) {
  Tally tally;
  tally.outcomes.add(5, 1);
  const std::string bytes = encode_tally(tally);
  EXPECT_TRUE(decode_tally(bytes, 6));
  EXPECT_FALSE(decode_tally(bytes, 5));
}

TEST(RunCodec, ActiveUsersComeBack) {
  const std::map<std::int64_t, std::uint32_t> users{
      {-5, 0}, {0, std::numeric_limits<std::uint32_t>::max()}, {1, 0}, {7, 50}, {1'795'000'000, 51}};
  const auto decoded = decode_active_users(encode_active_users(users));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, users);
  EXPECT_TRUE(decode_active_users(encode_active_users({}))->empty());
}

TEST(RunCodec, VitalsComeBack) {
  const std::map<std::int64_t, Vitals> vitals{{-5, {}}, {0, {3, 0.1, 100, 1e9}}, {1'795'000'000, {{}, {}, {}, 0}}};
  const auto decoded = decode_vitals(encode_vitals(vitals));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, vitals);
  EXPECT_TRUE(decode_vitals(encode_vitals({}))->empty());
  EXPECT_FALSE(decode_vitals(encode_active_users({{1, 2}})));
}

TEST(RunCodec, ABlockIsKnownByItsId) {
  const std::string block = encode_all(random_timeline(3, 100)).at(0);
  const std::uint64_t id = id_of_timeline_block(block);
  EXPECT_TRUE(is_timeline_block(block, id));
  EXPECT_NE(id, id_of_timeline_block(encode_all(random_timeline(4, 100)).at(0)));
  for (std::size_t at : {std::size_t{0}, block.size() / 2, block.size() - 1}) {
    std::string changed = block;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(is_timeline_block(changed, id));
    EXPECT_FALSE(is_timeline_block(block.substr(0, at), id));
  }
}

TEST(RunCodec, ABlockHoldsSlotsOfItsStretchAlone) {
  const Slots timeline = random_timeline(3, 100);
  const std::int64_t first = timeline.begin()->first;
  const std::int64_t last = timeline.rbegin()->first;
  const auto read = [&](SlotRange slots) {
    const auto reader = TimelineBlockReader::open(encode_all(timeline).at(0), kOutcomes, slots);
    while ((*reader)->next()) {
    }
  };
  EXPECT_NO_THROW(read({first, last + 1}));
  EXPECT_THROW(read({first + 1, last + 1}), std::runtime_error);
  EXPECT_THROW(read({first, last}), std::runtime_error);
}

TEST(RunCodec, EveryFlippedBitIsAnError) {
  std::mt19937_64 random(4);
  const std::string tally = encode_tally(random_tally(random, 30, 1'000'000));
  const Slots timeline = random_timeline(5, 5);
  const std::string block = encode_all(timeline).at(0);
  const std::string users = encode_active_users({{1, 2}, {3, 4}});
  const auto flipped = [](std::string bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    return bytes;
  };
  for (std::size_t bit = 0; bit < tally.size() * 8; ++bit) {
    const auto decoded = decode_tally(flipped(tally, bit), kOutcomes);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::io);
  }
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    Slots decoded;
    ASSERT_FALSE(decode(flipped(block, bit), decoded));
  }
  for (std::size_t bit = 0; bit < users.size() * 8; ++bit) ASSERT_FALSE(decode_active_users(flipped(users, bit)));
}

TEST(RunCodec, EveryTruncationIsAnError) {
  std::mt19937_64 random(6);
  const std::string tally = encode_tally(random_tally(random, 30, 1'000'000));
  for (std::size_t size = 0; size < tally.size(); ++size) {
    EXPECT_FALSE(decode_tally(std::string_view(tally).substr(0, size), kOutcomes));
  }
}

TEST(RunCodec, ContentThatMakesNoSenseIsAnErrorEvenWithAMatchingChecksum) {
  std::mt19937_64 random(7);
  Tally tally = random_tally(random, 30, 1'000'000);
  tally.reported = reported_times();
  const std::string whole = encode_tally(tally);
  const std::string content = whole.substr(0, whole.size() - 4);
  ASSERT_EQ(sealed(content), whole);
  for (std::size_t size = 2; size < content.size(); ++size) {
    EXPECT_FALSE(decode_tally(sealed(content.substr(0, size)), kOutcomes)) << size;
  }
  EXPECT_FALSE(decode_tally(sealed(content + '\0'), kOutcomes));

  const std::string eleven_byte_varint = std::string("\x01T\x0b", 3) + std::string(10, '\x80') + '\x01';
  EXPECT_FALSE(decode_tally(sealed(eleven_byte_varint), kOutcomes));
  EXPECT_FALSE(decode_tally(sealed(std::string("\x01T\x0c\0\0\0\0\0\0\0\0", 11)), kOutcomes)) << "scale 8";
  EXPECT_FALSE(decode_tally(sealed(std::string("\x01T\x0b\0\0\0\x05\0\0\0\0", 11)), kOutcomes))
      << "a maximum of no sample";
  EXPECT_TRUE(decode_tally(sealed(std::string("\x01T\x0b\0\0\0\0\0\0\0\0", 11)), kOutcomes));

  for (int i = 0; i < 20'000; ++i) {
    std::string changed = content;
    changed[2 + random() % (changed.size() - 2)] = static_cast<char>(random());
    static_cast<void>(decode_tally(sealed(changed), kOutcomes));  // no crash; the sanitizers watch
  }
}

TEST(RunCodec, ANewerVersionAndAnotherKindAreTold) {
  std::string newer = encode_active_users({});
  newer.resize(2);
  newer[0] = 3;
  const auto from_newer = decode_active_users(sealed(newer));
  ASSERT_FALSE(from_newer);
  EXPECT_NE(from_newer.error().message.find("newer omniwriter"), std::string::npos) << from_newer.error().message;
  EXPECT_FALSE(decode_tally(encode_active_users({}), kOutcomes));
}

TEST(RunCodec, KeepsADigest) {
  RunDigest digest;
  digest.closed_loop = true;
  digest.all.batches[3].response_time.add(1'000'000, 5);
  digest.all.batches[3].errors = 2;
  digest.endpoints.push_back({.endpoint = "GET /", .batches = digest.all.batches, .reported = nullptr});
  RunDigest decoded;
  ASSERT_TRUE(decode_digest(encode_digest(digest), decoded));
  EXPECT_TRUE(decoded.has_samples);
  EXPECT_TRUE(decoded.closed_loop);
  EXPECT_EQ(decoded.all.batches[3].response_time, digest.all.batches[3].response_time);
  EXPECT_EQ(decoded.endpoints.at(0).total().errors, 2);
  EXPECT_FALSE(decoded.all.reported);

  digest.has_samples = digest.closed_loop = false;
  digest.all.reported =
      std::make_shared<ReportedTimes>(ReportedTimes{.quantiles = {{0.95, 0.2}}, .relative_error = {}});
  ASSERT_TRUE(decode_digest(encode_digest(digest), decoded));
  EXPECT_FALSE(decoded.has_samples);
  EXPECT_FALSE(decoded.closed_loop);
  ASSERT_TRUE(decoded.all.reported);
  EXPECT_EQ(*decoded.all.reported, *digest.all.reported);
}

}  // namespace
}  // namespace omniwriter
