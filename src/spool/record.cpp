#include "spool/record.h"

#include <isa-l/crc.h>

#include <array>
#include <bit>
#include <cstring>

namespace omniwriter {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are copied as they lie in memory");

constexpr std::uint32_t kMarker = 0x4c50536f;  // "oSPL"

template <typename T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <typename T>
T get(const char* at) {
  T value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

std::uint32_t checksum(std::string_view bytes, std::uint32_t salt) {
  // The library takes a pointer to what it does not change.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));  // NOLINT
  return crc32_iscsi(data, static_cast<int>(bytes.size()), salt);
}

void append_record(std::string& out, const SpoolRecord& record, std::uint64_t number, std::uint32_t salt) {
  std::array<char, RecordHeader::kBytes> header{};
  put(header.data(), kMarker);
  put(header.data() + 4, static_cast<std::uint32_t>(record.bytes.size()));
  put(header.data() + 8, number);
  put(header.data() + 16, record.weight);
  put(header.data() + 24, record.flags);
  put(header.data() + 28, checksum(record.bytes, salt));
  put(header.data() + 32, checksum({header.data(), 32}, salt));
  out.append(header.data(), header.size());
  out += record.bytes;
}

std::optional<RecordHeader> read_header(std::string_view bytes, std::uint32_t salt) {
  if (bytes.size() < RecordHeader::kBytes || get<std::uint32_t>(bytes.data()) != kMarker) return std::nullopt;
  if (get<std::uint32_t>(bytes.data() + 32) != checksum(bytes.substr(0, 32), salt)) return std::nullopt;
  RecordHeader header;
  header.length = get<std::uint32_t>(bytes.data() + 4);
  header.number = get<std::uint64_t>(bytes.data() + 8);
  header.weight = get<std::uint64_t>(bytes.data() + 16);
  header.flags = get<std::uint32_t>(bytes.data() + 24);
  header.payload_checksum = get<std::uint32_t>(bytes.data() + 28);
  if (header.length > RecordHeader::kMaxPayload) return std::nullopt;
  return header;
}

std::size_t find_marker(std::string_view bytes, std::size_t from) { return bytes.find(std::string_view("oSPL"), from); }

}  // namespace omniwriter
