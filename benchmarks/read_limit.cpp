/// How fast a file can be read at all: reads it in blocks of 256 KiB, and with --newlines counts the newlines too.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace {

using Bytes = std::uint8_t __attribute__((vector_size(16)));

std::uint64_t count_newlines(const char* data, std::size_t size) {
  const Bytes newline = Bytes{} + static_cast<std::uint8_t>('\n');
  std::uint64_t count = 0;
  std::size_t at = 0;
  while (at + sizeof(Bytes) <= size) {
    Bytes found{};
    // A counter of one byte holds 255 rounds.
    for (int round = 0; round < 255 && at + sizeof(Bytes) <= size; ++round, at += sizeof(Bytes)) {
      Bytes block;
      std::memcpy(&block, data + at, sizeof block);
      found -= static_cast<Bytes>(block == newline);
    }
    for (std::size_t lane = 0; lane < sizeof(Bytes); ++lane) count += found[lane];
  }
  for (; at < size; ++at) count += data[at] == '\n' ? 1 : 0;
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const bool newlines = argc == 3 && std::string_view(argv[1]) == "--newlines";
  if (argc != (newlines ? 3 : 2)) {
    std::fputs("usage: omniwriter_read_limit [--newlines] FILE\n", stderr);
    return 2;
  }
  const int file = ::open(argv[argc - 1], O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    std::perror(argv[argc - 1]);
    return 1;
  }
  constexpr std::size_t kBlock = 256 * 1024;
  const auto buffer = std::make_unique<char[]>(kBlock);
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  for (;;) {
    const ssize_t got = ::pread(file, buffer.get(), kBlock, static_cast<off_t>(bytes));
    if (got < 0) {
      std::perror(argv[argc - 1]);
      return 1;
    }
    if (got == 0) break;
    bytes += static_cast<std::uint64_t>(got);
    if (newlines) lines += count_newlines(buffer.get(), static_cast<std::size_t>(got));
  }
  std::printf("%llu bytes", static_cast<unsigned long long>(bytes));
  if (newlines) std::printf(", %llu newlines", static_cast<unsigned long long>(lines));
  std::puts("");
  return 0;
}
