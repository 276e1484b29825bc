#include "base/redact.hpp"

#include <ctime>

#include <gtest/gtest.h>

namespace headway {
namespace {

using Texts = std::vector<std::string>;

const std::string key = "sk-proj-0123456789abcdef";
const std::string prompt = "What is the capital of France, and why is it so?";

TEST(Redact, LeavesAMessageWithoutSecretsAsItIs) {
  EXPECT_EQ(redact("Rate limit reached for gpt-4o", key, {prompt}), "Rate limit reached for gpt-4o");
  EXPECT_EQ(redact("", key, {prompt}), "");
  EXPECT_EQ(redact("short", "", {}), "short");
}

TEST(Redact, BlacksOutTheKeyWhereverItStands) {
  EXPECT_EQ(redact(key + " and " + key, key, {}), "[key] and [key]");
  EXPECT_EQ(redact("Incorrect API key provided: " + key + ".", key, {}), "Incorrect API key provided: [key].");
}

TEST(Redact, BlacksOutPartsOfTheKeyOfEightBytes) {
  EXPECT_EQ(redact("key sk-proj-***cdef", key, {}), "key [key]***cdef");
  EXPECT_EQ(redact("..." + key.substr(5, 8) + "...", key, {}), "...[key]...");
  EXPECT_EQ(redact("..." + key.substr(5, 7) + "...", key, {}), "..." + key.substr(5, 7) + "...");
}

TEST(Redact, AShortKeyIsBlackedOutWholeAndAVeryShortOneIsNoSecret) {
  EXPECT_EQ(redact("Bearer EMPTY", "EMPTY", {}), "Bearer [key]");
  EXPECT_EQ(redact("no x here", "x", {}), "no x here");
}

TEST(Redact, BlacksOutTheWholePrompt) {
  EXPECT_EQ(redact("cannot do '" + prompt + "' now", key, {prompt}), "cannot do '[prompt]' now");
}

TEST(Redact, BlacksOutEveryPartOfAPromptOfTwentyFourBytes) {
  EXPECT_EQ(redact("near <" + prompt.substr(7, 24) + ">", key, {prompt}), "near <[prompt]>");
  EXPECT_EQ(redact("near <" + prompt.substr(7, 30) + ">", key, {prompt}), "near <[prompt]>");
  EXPECT_EQ(redact("near <" + prompt.substr(7, 23) + ">", key, {prompt}), "near <" + prompt.substr(7, 23) + ">");
}

TEST(Redact, BlacksOutAPartThatStandsTwice) {
  const auto part = prompt.substr(3, 26);
  EXPECT_EQ(redact(part + " | " + part, key, {prompt}), "[prompt] | [prompt]");
}

TEST(Redact, BlacksOutAShortTextWholeOnly) {
  EXPECT_EQ(redact("bad input: my secret", key, Texts{"my secret"}), "bad input: [prompt]");
  EXPECT_EQ(redact("bad input: my secre", key, Texts{"my secret"}), "bad input: my secre");
}

TEST(Redact, LeavesTextsOfLessThanEightBytes) {
  EXPECT_EQ(redact("stop at hello", key, Texts{"hello"}), "stop at hello");
}

TEST(Redact, TakesEachTextOfSeveral) {
  EXPECT_EQ(redact("<first text> <second text>", key, Texts{"first text", "x", "second text"}),
            "<[prompt]> <[prompt]>");
}

TEST(Redact, TheKeyInsideAPromptIsTheKey) {
  const auto text = "use the key " + key + " for all of it please";
  EXPECT_EQ(redact("got: " + text, key, {text}), "got: [prompt][key][prompt]");
}

TEST(Redact, KeepsCharactersWhole) {
  const std::string text = "日本の首都はどこですか。その理由も。";
  EXPECT_EQ(redact("a、" + text.substr(3, 30) + "（b", key, {text}), "a、[prompt]（b");
}

// あ is E3 81 82.
TEST(Redact, AHalfMatchedCharacterIsBlackedOutWhole) {
  const std::string text = "\x82" + std::string(30, 'x') + "\xE3\x81";
  EXPECT_EQ(redact("aあ" + std::string(30, 'x') + "あb", key, {text}), "a[prompt]b");
}

TEST(Redact, IsQuickWithMegabytesOfTexts) {
  const std::string repeated(2000, 'a');
  const Texts texts(4, std::string(1'000'000, 'a'));
  std::string other;
  while (other.size() < 1'000'000) other += std::to_string(other.size()) + " some words of a long text ";
  const auto start = std::clock();  // of the processor, which nobody else's work moves on
  EXPECT_EQ(redact(repeated, key, texts), "[prompt]");
  EXPECT_EQ(redact("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", key, texts), "[prompt]b");
  EXPECT_EQ(redact(other.substr(500'000, 2000), key, {other}), "[prompt]");
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 60);
}

}  // namespace
}  // namespace headway
