#include "base/text_file.hpp"

#include <unistd.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include <headway/error.hpp>

#include "temporary_file.hpp"
#include "wire/inline_bytes.hpp"

namespace headway {
namespace {

std::string refusal_to_read(const std::filesystem::path& path) {
  try {
    read_text_file(path, "the prompt");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  return "read";
}

TEST(TextFile, HasNoByteOrderMark) {
  EXPECT_EQ(read_text_file(test::TemporaryFile("p.txt", "\xEF\xBB\xBFSay").path()), "Say");
  EXPECT_EQ(read_text_file(test::TemporaryFile("p.txt", "").path()), "");
}

TEST(TextFile, WhatMayNeverEndIsNotRead) {
  EXPECT_EQ(refusal_to_read("/dev/zero"),
            "the prompt /dev/zero cannot be read: it is no regular file, and may never end");
  EXPECT_EQ(refusal_to_read("/"), "the prompt / cannot be read: it is a folder");
  const test::TemporaryFile file("p.txt", "x");
  EXPECT_NE(refusal_to_read(file.directory() / "none").find("No such file"), std::string::npos);
}

TEST(TextFile, MayBeAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "Say", 3), 3);
  ::close(ends[1]);
  EXPECT_EQ(read_text_file("/dev/fd/" + std::to_string(ends[0])), "Say");
  ::close(ends[0]);
}

TEST(InlineBytes, AreThoseOfLongRunsOfBase64) {
  const std::string picture(5000, 'A');
  EXPECT_EQ(wire::inline_bytes(R"({"url":"data:image/png;base64,)" + picture + R"(=="} and words)"), 5002U);
  EXPECT_EQ(wire::inline_bytes(std::string(3000, ' ') + "words and words"), 0U);
  std::string prose;
  for (int i = 0; i < 2000; ++i) prose += "several words, ";
  EXPECT_EQ(wire::inline_bytes(prose), 0U);
  EXPECT_EQ(wire::inline_bytes(prose + '"' + picture + "\" " + prose + '"' + picture + '"'), 10'000U);
}

}  // namespace
}  // namespace headway
