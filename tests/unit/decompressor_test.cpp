#include "net/decompressor.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "support/compressed.hpp"

namespace headway::net {
namespace {

using test::compressed;
using test::Format;

constexpr std::size_t megabyte = std::size_t{1} << 20;

/// What came out of one body, and how it ended.
struct Unpacked {
  std::string text;
  std::optional<Failure> failure;
  std::size_t taken = 0;  // bytes fed, the slice that failed included
};

Unpacked unpack(std::string_view encoding, std::string_view body, std::size_t slice = std::string::npos,
                const DecompressionLimits& limits = {}) {
  Unpacked unpacked;
  Decompressor decompressor(limits);
  unpacked.failure = decompressor.begin(encoding);
  while (!unpacked.failure && !body.empty()) {
    const auto next = body.substr(0, slice);
    body.remove_prefix(next.size());
    unpacked.taken += next.size();
    unpacked.failure = decompressor.feed(next, unpacked.text);
  }
  if (!unpacked.failure) unpacked.failure = decompressor.finish();
  return unpacked;
}

void expect_failure(const Unpacked& unpacked, ErrorKind kind, std::string_view words) {
  ASSERT_TRUE(unpacked.failure) << "it was taken as good";
  EXPECT_EQ(unpacked.failure->kind, kind) << unpacked.failure->detail;
  EXPECT_NE(unpacked.failure->detail.find(words), std::string::npos) << unpacked.failure->detail;
}

/// Neither all alike nor all different, with bytes of every value, and many times the decoder's buffer.
std::string sample(std::size_t bytes) {
  std::string text;
  unsigned state = 1;
  while (text.size() < bytes) {
    state = state * 1103515245 + 12345;
    text += state % 3 == 0 ? "the same words again " : std::string(1, static_cast<char>(state >> 16));
  }
  text.resize(bytes);
  return text;
}

struct Encoding {
  const char* name;
  Format format;
};

void PrintTo(const Encoding& encoding, std::ostream* out) {
  *out << encoding.name << (encoding.format == Format::bare_deflate ? ", bare" : "");
}

class PackedBody : public testing::TestWithParam<Encoding> {
 protected:
  std::string pack(std::string_view text) const { return compressed(GetParam().format, text); }
  const char* encoding() const { return GetParam().name; }
};

INSTANTIATE_TEST_SUITE_P(Encodings, PackedBody,
                         testing::Values(Encoding{"gzip", Format::gzip}, Encoding{"deflate", Format::zlib},
                                         Encoding{"deflate", Format::bare_deflate}, Encoding{"br", Format::brotli}));

TEST_P(PackedBody, ComesOutWholeInSlicesOfAnySize) {
  const auto text = sample(300'000);
  const auto packed = pack(text);
  ASSERT_LT(packed.size(), text.size());
  for (const std::size_t slice : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}, packed.size()}) {
    const auto unpacked = unpack(encoding(), packed, slice);
    EXPECT_FALSE(unpacked.failure) << unpacked.failure->detail;
    EXPECT_TRUE(unpacked.text == text) << "in slices of " << slice;
  }
}

TEST_P(PackedBody, FillsTheBufferToTheLastByte) {
  for (const std::size_t size : {16383u, 16384u, 16385u, 32768u}) {
    const auto first = sample(size);
    const auto packed = test::compressed_pieces(GetParam().format, {first, "end"});
    Decompressor decompressor({});
    std::string text;
    ASSERT_FALSE(decompressor.begin(encoding()));
    EXPECT_FALSE(decompressor.feed(packed[0], text));
    EXPECT_TRUE(text == first) << size;
    EXPECT_FALSE(decompressor.feed(packed[1], text));
    EXPECT_FALSE(decompressor.finish());
    EXPECT_TRUE(text == first + "end") << size;
  }
}

TEST_P(PackedBody, MayBeEmpty) {
  const auto packed_nothing = unpack(encoding(), pack(""));
  EXPECT_FALSE(packed_nothing.failure);
  EXPECT_EQ(packed_nothing.text, "");
  EXPECT_FALSE(unpack(encoding(), "").failure) << "no bytes at all, as of an error without a body";
}

TEST_P(PackedBody, MayComeWithEmptySlicesInIt) {
  const auto packed = pack("hello");
  Decompressor decompressor({});
  std::string text;
  ASSERT_FALSE(decompressor.begin(encoding()));
  EXPECT_FALSE(decompressor.feed("", text));
  for (const char byte : packed) {
    EXPECT_FALSE(decompressor.feed({&byte, 1}, text));
    EXPECT_FALSE(decompressor.feed("", text));
  }
  EXPECT_FALSE(decompressor.finish());
  EXPECT_EQ(text, "hello");
}

TEST_P(PackedBody, GivesWhatAFlushSentBeforeMoreComes) {
  const std::vector<std::string> events{"data: one\n\n", "data: two\n\n", "data: [DONE]\n\n"};
  const auto packed = test::compressed_pieces(GetParam().format, events);
  Decompressor decompressor({});
  ASSERT_FALSE(decompressor.begin(encoding()));
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::string text;
    EXPECT_FALSE(decompressor.feed(packed[i], text));
    EXPECT_EQ(text, events[i]);
  }
  EXPECT_FALSE(decompressor.finish());
}

TEST_P(PackedBody, ThatIsCutAnywhereIsIncomplete) {
  const auto packed = pack(sample(2000));
  for (std::size_t size = 1; size < packed.size(); ++size) {
    SCOPED_TRACE(size);
    expect_failure(unpack(encoding(), packed.substr(0, size)), ErrorKind::incomplete, "ended before its end");
  }
}

TEST_P(PackedBody, HasNoBytesAfterIt) {
  const auto text = sample(2000);
  for (const auto& rest : {std::string("\n"), std::string("<html>"), std::string(2, '\0')}) {
    for (const std::size_t slice : {std::size_t{1}, std::string::npos}) {
      expect_failure(unpack(encoding(), pack(text) + rest, slice), ErrorKind::protocol, "after the end");
    }
  }
}

TEST_P(PackedBody, ThatIsSomethingElseIsRefused) {
  std::string page = "<!DOCTYPE html><html><body>secret</body></html>\n";
  while (page.size() < 1000) page += page;
  for (const std::size_t slice : {std::size_t{1}, std::string::npos}) {
    const auto unpacked = unpack(encoding(), page, slice);
    expect_failure(unpacked, ErrorKind::protocol, "not what its Content-Encoding says");
    EXPECT_EQ(unpacked.failure->detail.find("secret"), std::string::npos);
  }
}

TEST_P(PackedBody, ThatUnpacksToFarMoreThanItsSizeIsStopped) {
  const auto bomb = pack(std::string(8 * megabyte, 'a'));
  const DecompressionLimits limits;
  for (const std::size_t slice : {std::size_t{50}, std::string::npos}) {
    const auto unpacked = unpack(encoding(), bomb, slice);
    expect_failure(unpacked, ErrorKind::protocol, "more than 200 times its size");
    EXPECT_LE(unpacked.text.size(), std::max(limits.ratio_from, limits.max_ratio * unpacked.taken) + 20'000);
  }
}

TEST_P(PackedBody, MayRepeatItselfWhileItIsSmall) {
  const std::string text(megabyte, 'a');
  const auto unpacked = unpack(encoding(), pack(text));
  EXPECT_FALSE(unpacked.failure) << unpacked.failure->detail;
  EXPECT_TRUE(unpacked.text == text);
}

TEST_P(PackedBody, HasNoRatioWhereNoneIsSet) {
  DecompressionLimits limits;
  limits.max_ratio = 0;
  const auto unpacked = unpack(encoding(), pack(std::string(4 * megabyte, 'a')), 50, limits);
  EXPECT_FALSE(unpacked.failure) << unpacked.failure->detail;
  EXPECT_EQ(unpacked.text.size(), 4 * megabyte);
}

TEST_P(PackedBody, IsStoppedAtTheLimitOfItsSize) {
  const auto packed = pack(sample(100'000));
  DecompressionLimits limits;
  limits.max_bytes = 100'000;
  EXPECT_FALSE(unpack(encoding(), packed, 1000, limits).failure);
  limits.max_bytes = 99'999;
  const auto unpacked = unpack(encoding(), packed, 1000, limits);
  expect_failure(unpacked, ErrorKind::protocol, "unpacks to more than 99999 bytes");
  EXPECT_LE(unpacked.text.size(), limits.max_bytes + 20'000);
}

TEST_P(PackedBody, FollowsAnotherOneThatFailed) {
  Decompressor decompressor({});
  std::string text;
  ASSERT_FALSE(decompressor.begin(encoding()));
  ASSERT_TRUE(decompressor.feed("<html>" + std::string(100, 'x'), text));
  text.clear();
  ASSERT_FALSE(decompressor.begin(encoding()));
  EXPECT_FALSE(decompressor.feed(pack("hello"), text));
  EXPECT_FALSE(decompressor.finish());
  EXPECT_EQ(text, "hello");
}

TEST_P(PackedBody, IsMeasuredForItself) {
  DecompressionLimits limits;
  limits.max_bytes = 5;
  Decompressor decompressor(limits);
  for (int body = 0; body < 3; ++body) {
    std::string text;
    ASSERT_FALSE(decompressor.begin(encoding()));
    EXPECT_FALSE(decompressor.feed(pack("hello"), text));
    EXPECT_FALSE(decompressor.finish());
    EXPECT_EQ(text, "hello");
  }
}

class CheckedBody : public PackedBody {};

INSTANTIATE_TEST_SUITE_P(Encodings, CheckedBody,
                         testing::Values(Encoding{"gzip", Format::gzip}, Encoding{"deflate", Format::zlib}));

TEST_P(CheckedBody, NeverComesOutChanged) {
  const auto text = sample(500);
  const auto packed = pack(text);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    auto damaged = packed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto unpacked = unpack(encoding(), damaged);
    EXPECT_TRUE(unpacked.failure || unpacked.text == text) << "bit " << bit;
    if (unpacked.failure) ++refused;
  }
  EXPECT_GT(refused, packed.size() * 7) << "all but some bits of the header count";
}

TEST(GzipBody, MayHaveManyMembers) {
  const auto text = sample(50'000);
  const auto body = compressed(Format::gzip, "one, ") + compressed(Format::gzip, "") +
                    compressed(Format::gzip, "two, ") + compressed(Format::gzip, text);
  for (const std::size_t slice : {std::size_t{1}, std::size_t{10}, std::string::npos}) {
    const auto unpacked = unpack("gzip", body, slice);
    EXPECT_FALSE(unpacked.failure) << unpacked.failure->detail;
    EXPECT_TRUE(unpacked.text == "one, two, " + text) << slice;
  }
}

TEST(GzipBody, IsIncompleteInItsSecondMember) {
  const auto first = compressed(Format::gzip, "one");
  const auto second = compressed(Format::gzip, "two");
  for (std::size_t size = 1; size < second.size(); ++size) {
    expect_failure(unpack("gzip", first + second.substr(0, size)), ErrorKind::incomplete, "ended before its end");
  }
}

TEST(GzipBody, IsNoZlibBody) {
  expect_failure(unpack("gzip", compressed(Format::zlib, "hello")), ErrorKind::protocol, "not what");
  expect_failure(unpack("deflate", compressed(Format::gzip, "hello")), ErrorKind::protocol, "not what");
}

TEST(PlainBody, PassesAsItIs) {
  const auto text = sample(50'000);
  for (const auto* none : {"", "identity", " Identity , ", ","}) {
    const auto unpacked = unpack(none, text, 1000);
    EXPECT_FALSE(unpacked.failure) << none;
    EXPECT_TRUE(unpacked.text == text) << none;
  }
}

TEST(PlainBody, MayRepeatItself) {
  EXPECT_FALSE(unpack("", std::string(4 * megabyte, 'a')).failure);
}

TEST(PlainBody, IsStoppedAtTheLimitOfItsSize) {
  DecompressionLimits limits;
  limits.max_bytes = 10;
  EXPECT_FALSE(unpack("", "0123456789", 1, limits).failure);
  expect_failure(unpack("", "0123456789x", 1, limits), ErrorKind::protocol, "has more than 10 bytes");
}

TEST(ContentEncoding, IsReadWhateverItsCase) {
  const auto body = compressed(Format::gzip, "hello");
  for (const auto* name : {"gzip", "GZip", "x-gzip", " gzip\t", "identity, gzip", "gzip,identity,"}) {
    const auto unpacked = unpack(name, body);
    EXPECT_FALSE(unpacked.failure) << name;
    EXPECT_EQ(unpacked.text, "hello") << name;
  }
}

TEST(ContentEncoding, OnTopOfAnotherOneIsRefused) {
  const auto twice = compressed(Format::gzip, compressed(Format::gzip, "hello"));
  for (const auto* stacked : {"gzip, gzip", "gzip,br", "deflate, identity, gzip"}) {
    expect_failure(unpack(stacked, twice), ErrorKind::protocol, "more than once");
  }
}

TEST(ContentEncoding, ThatNobodyAskedForIsRefused) {
  for (const auto* unknown : {"zstd", "compress", "X-Compress", "dcb", "utf-8, zstd"}) {
    expect_failure(unpack(unknown, "hello"), ErrorKind::protocol, "none of those asked for (gzip, deflate, br)");
  }
}

TEST(Decompressor, WordsThatNameNoCodingChangeNothing) {
  for (const auto* word : {"utf-8", "UTF-8", "none", "identity", "text", "", ",", "none, utf-8"}) {
    const auto unpacked = unpack(word, "hello");
    EXPECT_FALSE(unpacked.failure) << word;
    EXPECT_EQ(unpacked.text, "hello") << word;
  }
  const auto packed = compressed(Format::gzip, "hello");
  for (const auto* both : {"utf-8, gzip", "gzip;q=1", "GZIP , none"}) EXPECT_EQ(unpack(both, packed).text, "hello");
}

}  // namespace
}  // namespace headway::net
