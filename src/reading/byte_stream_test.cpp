#include "reading/byte_stream.h"

#include <bzlib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

const std::string kTestdata = OMNIWRITER_SOURCE_DIR "/src/reading/testdata/";

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

std::string bzip2(std::string text) {
  std::string out(text.size() + text.size() / 100 + 700, '\0');
  auto size = static_cast<unsigned>(out.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(), static_cast<unsigned>(text.size()), 9, 0, 0),
            BZ_OK);
  out.resize(size);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// `window`: that of zlib; 31 for gzip, -15 for what is in a ZIP archive.
std::string deflated(const std::string& text, int window) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gzip(const std::string& text) { return deflated(text, 31); }

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

enum class Sizes { before, behind };

// One file of a ZIP archive, as Info-ZIP writes it to a file, or to a pipe.
std::string zipped(const std::string& name, const std::string& text, bool deflate, Sizes sizes = Sizes::before) {
  const std::string packed = deflate ? deflated(text, -15) : text;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  const std::string told = little_endian(crc, 4) + little_endian(packed.size(), 4) + little_endian(text.size(), 4);
  const bool before = sizes == Sizes::before;
  return "PK\x03\x04" + little_endian(20, 2) + little_endian(before ? 0 : 8, 2) + little_endian(deflate ? 8 : 0, 2) +
         little_endian(0, 4) + (before ? told : std::string(12, '\0')) + little_endian(name.size(), 2) +
         little_endian(0, 2) + name + packed + (before ? "" : "PK\x07\x08" + told);
}

const std::string kZipEnd = "PK\x01\x02" + std::string(42, '\0');

// One file of a tar archive.
std::string tarred(const std::string& name, const std::string& text, char type = '0') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  const auto octal = [](std::uint64_t value, int digits) {
    std::string out;
    for (int i = digits - 1; i >= 0; --i) out += static_cast<char>('0' + (value >> (3 * i) & 7));
    return out;
  };
  header.replace(124, 11, octal(text.size(), 11));
  header[156] = type;
  header.replace(148, 8, "        ");
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, octal(sum, 6) + '\0');
  return header + text + std::string((512 - text.size() % 512) % 512, '\0');
}

const std::string kTarEnd(1024, '\0');

std::string utf16(const std::u16string& text, bool little, bool mark = true) {
  std::string out;
  for (const char16_t unit : (mark ? u"\uFEFF" : u"") + text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    out += little ? low : high;
    out += little ? high : low;
  }
  return out;
}

class ByteStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("omniwriter-bytes-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& content) {
    const std::string path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  struct Content {
    std::string text;
    std::string cut_within;
    std::string error;
  };
  static Content read(const std::string& file, std::size_t block = 1000) {
    Content content;
    auto stream = open_byte_stream(file);
    std::string buffer(block, '\0');
    while (stream) {
      const auto n = (*stream)->read(buffer.data(), block);
      if (!n) {
        content.error = n.error().message;
        return content;
      }
      if (*n == 0) {
        content.cut_within = (*stream)->cut_within();
        return content;
      }
      content.text.append(buffer, 0, *n);
    }
    content.error = stream.error().message;
    return content;
  }
  Content read_content(const std::string& content, std::size_t block = 1000) { return read(write(content), block); }

  std::filesystem::path folder_;
};

std::string long_text() {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

TEST_F(ByteStreamTest, WhateverItIsCompressedWith) {
  const std::string text = long_text();
  for (const auto& pack : {gzip, zstd, xz}) {
    EXPECT_EQ(read_content(pack(text)).text, text);
    EXPECT_EQ(read_content(pack(text), 1 << 20).text, text);
    EXPECT_EQ(read_content(pack("a\n") + pack("") + pack("b\n")).text, "a\nb\n");
    EXPECT_EQ(read_content(pack("a\n") + std::string(5000, '\0')).text, "a\n") << "zeros are padding";
    const Content cut = read_content(pack(text).substr(0, pack(text).size() / 2));
    EXPECT_EQ(cut.error, "");
    EXPECT_EQ(cut.cut_within, "its compressed data");
    EXPECT_TRUE(!cut.text.empty() && text.starts_with(cut.text));
  }
  EXPECT_EQ(read_content(bzip2(text)).text, text);
  EXPECT_EQ(read_content(bzip2("a\n") + bzip2("b\n")).text, "a\nb\n");
  EXPECT_EQ(read_content(bzip2(text).substr(0, bzip2(text).size() / 2)).cut_within, "its compressed data");
  EXPECT_EQ(read_content("BZhello\n").text, "BZhello\n");
}

// The second of two members of gzip has one wrong byte: its rows must not go in silence.
TEST_F(ByteStreamTest, DamageBehindAMemberIsAnError) {
  EXPECT_THAT(read(kTestdata + "gzip_second_member_damaged.jtl.gz").error, HasSubstr("cannot decompress"));
  const auto packers = {std::function(gzip), std::function(zstd), std::function(xz),
                        std::function([](const std::string& text) { return bzip2(text); })};
  for (const auto& pack : packers) {
    std::string second = pack("b\n");
    second[0] = 'x';
    EXPECT_THAT(read_content(pack("a\n") + second).error, HasSubstr("cannot decompress"));
    EXPECT_THAT(read_content(pack("a\n") + std::string(100, '\0') + "and text that is no member").error,
                HasSubstr("cannot decompress"));
  }
}

TEST_F(ByteStreamTest, XzThatWantsTooMuchMemoryIsRefused) {
  lzma_options_lzma options{};
  lzma_lzma_preset(&options, 9);
  options.dict_size = std::uint32_t{512} << 20;
  const std::array filters{lzma_filter{LZMA_FILTER_LZMA2, &options}, lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
  // The header tells the size of the dictionary; nothing has to be written with one.
  std::string text(100, 'x');
  std::string out(4096, '\0');
  std::size_t size = 0;
  const lzma_ret packed = lzma_stream_buffer_encode(const_cast<lzma_filter*>(filters.data()), LZMA_CHECK_CRC32, nullptr,
                                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                                    reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
  ASSERT_EQ(packed, LZMA_OK);
  EXPECT_THAT(read_content(out.substr(0, size)).error, HasSubstr("128 MiB"));
}

TEST_F(ByteStreamTest, AnArchiveStandsForTheOneFileInIt) {
  const std::string text = long_text();
  for (const std::string& archive :
       {tarred("run/", "", '5') + tarred("run/.hidden", "no") + tarred("run/a.csv", text) + kTarEnd,
        gzip(tarred("run/a.csv", text) + kTarEnd), zstd(tarred("run/a.csv", gzip(text)) + kTarEnd),
        xz(tarred("run/a.csv", text) + kTarEnd), zipped("run/a.csv", text, true) + kZipEnd,
        zipped("run/", "", false) + zipped("run/a.csv", text, false) + kZipEnd,
        zipped("run/a.csv", text, true, Sizes::behind) + zipped("__MACOSX/a", "no", true, Sizes::behind) + kZipEnd}) {
    const std::string file = write(archive);
    const Content only = read(file);
    EXPECT_EQ(only.error, "");
    EXPECT_EQ(only.cut_within, "");
    EXPECT_TRUE(only.text == text);
    EXPECT_TRUE(read(file + "/run/a.csv").text == text);
    EXPECT_THAT(read(file + "/run/b.csv").error, HasSubstr("holds no file run/b.csv"));
    EXPECT_EQ(file_on_disk(file + "/run/a.csv"), file);
  }
  EXPECT_THAT(read(write("text") + "/a").error, HasSubstr("no archive"));
  EXPECT_THAT(read(kTestdata + "kpi.tar.gz").text, HasSubstr("timeStamp,elapsed"));
}

TEST_F(ByteStreamTest, LongNamesOfTar) {
  const std::string name = std::string(150, 'd') + "/a.csv";
  const std::string pax = "166 path=" + name + "\n";
  for (const std::string& extension : {tarred("././@LongLink", name + '\0', 'L'), tarred("pax", pax, 'x')}) {
    const std::string file =
        write(tarred("pax_global", "52 comment=0\n", 'g') + extension + tarred("short", "1\n") + kTarEnd);
    EXPECT_EQ(read(file + "/" + name).text, "1\n");
  }
}

TEST_F(ByteStreamTest, OfSeveralFilesInAnArchiveOneHasToBeNamed) {
  for (const std::string& archive : {tarred("a.csv", "a\n") + tarred("b.csv", "b\n") + kTarEnd,
                                     zipped("a.csv", "a\n", true) + zipped("b.csv", "b\n", true) + kZipEnd}) {
    const std::string file = write(archive);
    EXPECT_THAT(read(file).error, HasSubstr("several files, also b.csv"));
    EXPECT_EQ(read(file + "/b.csv").text, "b\n");
    std::vector<std::string> names;
    const auto visited = visit_archive(file, [&](const std::string& name, const auto& content) -> Result<void> {
      EXPECT_TRUE(content.has_value());
      names.push_back(name);
      return {};
    });
    ASSERT_TRUE(visited && *visited);
    EXPECT_EQ(names, (std::vector{file + "/a.csv", file + "/b.csv"}));
  }
  EXPECT_THAT(read_content(kTarEnd).error, testing::IsEmpty());
  EXPECT_THAT(read_content(tarred("run/", "", '5') + kTarEnd).error, HasSubstr("without files"));
}

TEST_F(ByteStreamTest, DamagedAndCutArchives) {
  const std::string text = long_text();
  for (const std::string& archive :
       {tarred("a.csv", text) + kTarEnd, zipped("a.csv", text, true) + kZipEnd,
        zipped("a.csv", text, true, Sizes::behind) + kZipEnd, zipped("a.csv", text, false) + kZipEnd}) {
    const Content cut = read_content(archive.substr(0, archive.size() / 2));
    EXPECT_EQ(cut.error, "");
    EXPECT_EQ(cut.cut_within, "the archive");
    EXPECT_TRUE(!cut.text.empty() && text.starts_with(cut.text));
  }
  std::string damaged = zipped("a.csv", text, false) + kZipEnd;
  damaged[1000] = 'x';
  EXPECT_THAT(read_content(damaged).error, HasSubstr("damaged"));
  damaged = tarred("a.csv", "a\n") + tarred("b.csv", "b\n") + kTarEnd;
  damaged[1024 + 150] = 'x';
  EXPECT_THAT(read_content(damaged).error, HasSubstr("damaged"));
  std::string encrypted = zipped("a.csv", text, true) + kZipEnd;
  encrypted[6] = 1;
  EXPECT_THAT(read_content(encrypted).error, HasSubstr("encrypted"));
}

TEST_F(ByteStreamTest, TextBecomesUtf8) {
  const std::u16string text = u"timeStamp,elapsed,label\r\n1,2,\u00fc \u20ac \U0001F600\r\n";
  const std::string wanted = "timeStamp,elapsed,label\r\n1,2,ü € 😀\r\n";
  for (const std::size_t block : {1U, 3U, 1000U}) {
    for (const bool little : {true, false}) {
      EXPECT_EQ(read_content(utf16(text, little), block).text, wanted);
      EXPECT_EQ(read_content(utf16(text, little, false), block).text, wanted) << "its first characters show it";
      EXPECT_EQ(read_content(gzip(utf16(text, little)), block).text, wanted);
    }
  }
  // PowerShell's >> and `copy a+b`: a mark at the beginning of each.
  EXPECT_EQ(read_content(utf16(u"a\n", true) + utf16(u"b\n", true)).text, "a\nb\n");
  EXPECT_EQ(read_content("\xEF\xBB\xBF"
                         "a\n")
                .text,
            "a\n");
  std::u16string much;
  std::string much_wanted;
  for (int i = 0; i < 50'000; ++i) {
    much += u"line \u00fc\n";
    much_wanted += "line ü\n";
  }
  EXPECT_TRUE(read_content(utf16(much, true)).text == much_wanted);
}

TEST_F(ByteStreamTest, Utf16ThatIsCutIsTold) {
  const std::string whole = utf16(u"a\nb\U0001F600", true);
  EXPECT_EQ(read_content(whole).cut_within, "");
  const Content half = read_content(whole.substr(0, whole.size() - 1));
  EXPECT_EQ(half.cut_within, "a UTF-16 character");
  EXPECT_EQ(half.text, "a\nb\uFFFD");
  EXPECT_EQ(read_content(whole.substr(0, whole.size() - 2)).cut_within, "a UTF-16 character");
  EXPECT_EQ(read_content(utf16(std::u16string(u"a\xDC00"
                                              u"b\xD800"
                                              u"c"),
                               true))
                .text,
            "a\uFFFDb\uFFFDc");
}

TEST_F(ByteStreamTest, CarriageReturnsAloneEndLinesToo) {
  EXPECT_EQ(read_content("a,b\r1,2\r3,4\r").text, "a,b\n1,2\n3,4\n");
  EXPECT_EQ(read_content(utf16(u"a,b\r1,2\r", true)).text, "a,b\n1,2\n");
  EXPECT_EQ(read_content("a,b\r\n1,\r2\r\n").text, "a,b\r\n1,\r2\r\n");
  EXPECT_EQ(read_content("a\r").text, "a\r");
}

TEST_F(ByteStreamTest, WhatIsNoTextStaysAsItIs) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i == '\n' ? 0 : i);
  for (const std::string& content : {bytes,
                                     std::string("\0\0\0\0\x06"
                                                 "3.13.1",
                                                 11),
                                     std::string(), std::string("\0", 1), std::string("a\0b\0", 4),
                                     std::string("\xFF", 1), std::string("\xEF\xBB", 2)}) {
    EXPECT_EQ(read_content(content).text, content);
  }
}

}  // namespace
}  // namespace omniwriter
