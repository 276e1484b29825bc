#include "call/embedding_packs.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace headway::call {
namespace {

using Places = std::vector<std::size_t>;

Places places_of(const std::vector<std::string>& texts) {
  Places all;
  for (std::size_t i = 0; i < texts.size(); ++i) all.push_back(i);
  return all;
}

std::vector<Places> all_of(EmbeddingPacks& packs) {
  std::vector<Places> all;
  while (packs.more()) {
    const auto pack = packs.next();
    all.emplace_back(pack.begin(), pack.end());
  }
  return all;
}

TEST(EmbeddingPacks, HaveAsManyTextsAsTheCapAllows) {
  const std::vector<std::string> texts(5, "a");
  EmbeddingPacks packs(texts, places_of(texts), 2, 1000);
  EXPECT_EQ(all_of(packs), (std::vector<Places>{{0, 1}, {2, 3}, {4}}));
}

TEST(EmbeddingPacks, HaveAsManyTokensAsTheCapAllowsAndALongerTextGoesAlone) {
  const std::vector<std::string> texts{std::string(12, 'a'), std::string(12, 'b'), std::string(300, 'c'), "d", "e"};
  EmbeddingPacks packs(texts, places_of(texts), 100, 10);
  EXPECT_EQ(all_of(packs), (std::vector<Places>{{0, 1}, {2}, {3, 4}}));
}

TEST(EmbeddingPacks, KeepEmptyTextsTogetherAndApart) {
  const std::vector<std::string> texts{"a", "", "b", "", "c"};
  EmbeddingPacks packs(texts, places_of(texts), 2, 1000);
  EXPECT_EQ(all_of(packs), (std::vector<Places>{{0, 2}, {4}, {1, 3}}));
}

TEST(EmbeddingPacks, LeaveOutWhatIsNotToBeSent) {
  const std::vector<std::string> texts{"a", "b", "c"};
  EmbeddingPacks packs(texts, {0, 2}, 10, 1000);
  EXPECT_EQ(all_of(packs), (std::vector<Places>{{0, 2}}));
  EmbeddingPacks none(texts, {}, 10, 1000);
  EXPECT_FALSE(none.more());
}

TEST(EmbeddingPacks, AreNoLargerThanTheHalvesThatWereTaken) {
  const std::vector<std::string> texts(20, "abc");
  EmbeddingPacks packs(texts, places_of(texts), 8, 1000);
  const auto refused = packs.next();
  packs.taken(refused.first(4));
  EXPECT_EQ(packs.next().size(), 4U);
  packs.taken(refused.first(2));
  packs.taken(refused.first(4));
  EXPECT_EQ(packs.next().size(), 2U);
}

}  // namespace
}  // namespace headway::call
