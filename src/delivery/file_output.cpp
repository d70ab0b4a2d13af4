#include "delivery/file_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "base/atomic_file.h"

namespace omniwriter {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// An item is the whole file, or begins with a line that says which piece of it follows.
constexpr std::string_view kPieceMark =
    "\x1f"
    "piece ";

struct Piece {
  std::uint64_t offset = 0;
  bool last = true;
  std::string_view content;
};

std::string piece_item(const Piece& piece) {
  return fmt::format("{}{} {}\n{}", kPieceMark, piece.offset, piece.last ? 1 : 0, piece.content);
}

// Nothing where the item is the whole file.
std::optional<Piece> piece_of(std::string_view item) {
  const std::size_t line = item.starts_with(kPieceMark) ? item.find('\n') : std::string_view::npos;
  if (line == std::string_view::npos || line < kPieceMark.size() + 3) return std::nullopt;
  Piece piece{.last = item[line - 1] == '1', .content = item.substr(line + 1)};
  const auto [end, error] = std::from_chars(item.data() + kPieceMark.size(), item.data() + line - 2, piece.offset);
  return error == std::errc() && end == item.data() + line - 2 ? std::optional(piece) : std::nullopt;
}

}  // namespace

FileOutput::FileOutput(std::string_view name, std::filesystem::path path, Write write, WriteLive write_live)
    : name_(name),
      path_(std::move(path)),
      in_pieces_(!is_special_file(path_)),
      write_(std::move(write)),
      write_live_(std::move(write_live)) {}

void FileOutput::encode(const Run& run, const std::function<void(OutputItem)>& emit) const {
  std::string text;
  std::uint64_t offset = 0;
  write_(run, [&](std::string_view part) {
    if (in_pieces_ && text.size() >= kPieceBytes) {
      emit({piece_item({offset, false, text})});
      offset += text.size();
      text.clear();
    }
    text += part;
  });
  emit({offset == 0 ? std::move(text) : piece_item({offset, true, text}), run.samples_of(SampleKind::request)});
}

void FileOutput::encode_live(const Run& so_far, const LiveNews& news,
                             const std::function<void(OutputItem)>& emit) const {
  // To write a long timeline again and again would take all of the machine.
  constexpr std::int64_t kMostCells = 100'000;
  const auto [first, end] = so_far.slots();
  const auto endpoints = static_cast<std::int64_t>(so_far.series.size());
  if (!write_live_ && first < end && end - first > kMostCells / std::max<std::int64_t>(endpoints, 1)) return;
  if (!write_live_) return encode(so_far, emit);
  emit({write_live_(so_far, news), so_far.samples_of(SampleKind::request)});
}

SendReport FileOutput::send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) {
  for (const OutputItem& item : batch) {
    const auto piece = piece_of(item.bytes);
    const auto written = piece ? write_piece(path_, piece->offset, piece->content, piece->last)
                               : write_file_atomically(path_, item.bytes);
    if (!written) {
      return all_retryable(batch.size(), written.error().message, Retry::blocked);
    }
  }
  return {};
}

Result<void> FileOutput::remove(const Run& /*run*/) {
  drop_pieces(path_);
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path_, error);  // what was written to a device is gone
  if (is_file) std::filesystem::remove(std::filesystem::canonical(path_, error), error);
  if (is_file && error) return fail(ErrorCode::io, "cannot remove " + path_.string() + ": " + error.message());
  return {};
}

}  // namespace omniwriter
