#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "job/input/spool.hpp"
#include "job/input/text_window.hpp"
#include "job_input_tools.hpp"

namespace headway::job {
namespace {

using test::fault;
using test::Input;
using testing::Test;

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstandard(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

// Compresses a thousand times, so that one piece of input fills the output many times over.
std::string many_lines(char c) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::string(1000, c) + std::to_string(i) + '\n';
  return text;
}

std::string read_text(const Input& input) {
  auto window = open_text(input.settings);
  std::string text;
  do {
    text += window.text();
    window.take(window.text().size());
  } while (window.more());
  return text;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(InputSource, ReadsPackedFilesOfSeveralParts) {
  const auto a = many_lines('a'), b = many_lines('b');
  EXPECT_EQ(read_text(Input("x", gzipped(a) + gzipped("") + gzipped(b))), a + b);
  EXPECT_EQ(read_text(Input("x", zstandard(a) + zstandard("") + zstandard(b))), a + b);
  const std::string skippable("\x50\x2A\x4D\x18\x02\0\0\0xx", 10);
  EXPECT_EQ(read_text(Input("x", skippable + zstandard(b))), b);
  EXPECT_EQ(read_text(Input("x", a)), a);
  EXPECT_EQ(read_text(Input("x", "")), "");
}

TEST(InputSource, APackedFileThatIsCutAnywhereIsRefused) {
  std::string noise;  // that is not one block
  for (unsigned i = 0, x = 1; i < 500; ++i) noise += static_cast<char>('a' + (x = x * 1664525 + 1013904223) % 61 % 26);
  for (const auto& packed : {gzipped(noise), zstandard(noise)}) {
    for (std::size_t size = 4; size < packed.size(); ++size) {
      const Input cut("rows.packed", packed.substr(0, size));
      ASSERT_THROW(read_text(cut), Error) << size;
    }
    const Input cut("rows.txt", packed.substr(0, packed.size() / 2));
    EXPECT_EQ(fault(cut.settings), "rows.txt is cut: its compressed data ends too early");
    EXPECT_EQ(read_text(Input("x", packed)), noise);
  }
}

TEST(InputSource, ADamagedFileIsRefusedByName) {
  for (auto packed : {gzipped(many_lines('a')), zstandard(many_lines('a'))}) {
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
    EXPECT_NE(fault(Input("rows.txt.gz", packed).settings).find("rows.txt.gz is damaged"), std::string::npos);
  }
  EXPECT_NE(fault(Input("rows.txt.gz", gzipped("a\n") + "rubbish").settings).find("rows.txt.gz is damaged"),
            std::string::npos);
}

TEST(InputSource, MustBeAFileThatCanBeReadTwice) {
  Input input("a.txt", "x");
  input.settings.path = input.directory();
  EXPECT_NE(fault(input.settings).find("is no file"), std::string::npos);
  input.settings.path = input.directory() / "fifo";
  ASSERT_EQ(::mkfifo(input.settings.path.c_str(), 0600), 0);
  EXPECT_NE(fault(input.settings).find("as standard input"), std::string::npos);
  input.settings.path = input.directory() / "none.txt";
  EXPECT_EQ(fault(input.settings), "a.txt cannot be opened: No such file or directory");
}

TEST(InputSource, DropsAByteOrderMarkAndKnowsUtf16) {
  EXPECT_EQ(read_text(Input("x", "\xEF\xBB\xBFid\n")), "id\n");
  EXPECT_EQ(read_text(Input("x", "\xEF\xBB")), "\xEF\xBB");
  Input wide("x.csv", std::string("\xFF\xFE"
                                  "a\0\n\0",
                                  6));
  EXPECT_EQ(fault(wide.settings), "x.csv is UTF-16, not UTF-8: name its encoding (--encoding UTF-16)");
  wide.settings.encoding = "UTF-16";
  EXPECT_EQ(read_text(wide), "a\n");
}

TEST(InputSource, ConvertsEncodings) {
  Input japanese("x.txt", "\x93\xFA\x96\x7B\x8C\xEA\n");
  japanese.settings.encoding = "cp932";
  EXPECT_EQ(read_text(japanese), "日本語\n");

  std::string text, utf8;  // characters that lie across the converter's buffer
  for (int i = 0; i < 70'001; ++i) text += i % 2 ? "\x93\xFA" : "a", utf8 += i % 2 ? "日" : "a";
  Input large("x.txt", text);
  large.settings.encoding = "cp932";
  EXPECT_EQ(read_text(large), utf8);

  Input held_back("x.txt", "\xA4\xAB");  // might be followed by U+309A
  held_back.settings.encoding = "EUC-JISX0213";
  EXPECT_EQ(read_text(held_back), "か");
}

TEST(InputSource, SaysInWhichLineAnEncodingIsBroken) {
  Input input("x.txt", "a\nb\n\x93\xFA \x81\x01\n");
  input.settings.encoding = "cp932";
  EXPECT_EQ(fault(input.settings), "x.txt:3: not valid cp932; is it in another encoding?");
  std::string long_text;
  for (int i = 0; i < 100'000; ++i) long_text += "\x93\xFA\n";
  Input late("x.txt", long_text + "\x93");
  late.settings.encoding = "cp932";
  EXPECT_EQ(fault(late.settings), "x.txt:100001: not valid cp932; is it in another encoding?");
  input.settings.encoding = "klingon";
  EXPECT_EQ(fault(input.settings), "unknown encoding klingon; `iconv -l` lists those there are");
}

struct SpoolTest : Test {
  test::TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "run.input";

  Spooled spool_text(std::string_view text) const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    const auto spooled = spool(ends[0], path);
    ::close(ends[0]);
    return spooled;
  }
};

TEST_F(SpoolTest, KeepsWhatComesAndLeavesItIfNothingComes) {
  EXPECT_EQ(spool_text("a\nb\n").bytes, 4U);
  EXPECT_EQ(content(path), "a\nb\n");
  const auto again = spool_text("");
  EXPECT_TRUE(again.is_an_earlier);
  EXPECT_EQ(again.bytes, 4U);
  EXPECT_EQ(content(path), "a\nb\n");
  EXPECT_FALSE(spool_text("c").is_an_earlier);
  EXPECT_EQ(content(path), "c");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
}

TEST_F(SpoolTest, WithoutAnythingThereIsAnEmptyFile) {
  EXPECT_FALSE(spool_text("").is_an_earlier);
  EXPECT_EQ(content(path), "");
}

TEST_F(SpoolTest, AFullDiskIsAnError) {
  std::filesystem::create_symlink("/dev/full", path.string() + ".part");
  try {
    spool_text("text");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace headway::job
