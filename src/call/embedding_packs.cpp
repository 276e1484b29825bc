#include "call/embedding_packs.hpp"

#include <algorithm>
#include <utility>

namespace headway::call {

EmbeddingPacks::EmbeddingPacks(const std::vector<std::string>& texts, std::vector<std::size_t> places,
                               std::size_t max_inputs, std::size_t max_tokens)
    : texts_(texts), order_(std::move(places)), max_inputs_(max_inputs), max_tokens_(max_tokens) {
  std::ranges::stable_partition(order_, [&](std::size_t place) { return !texts[place].empty(); });
}

EmbeddingPacks::Pack EmbeddingPacks::next() {
  const auto begin = next_;
  const bool empty = texts_[order_[begin]].empty();
  std::size_t tokens = 0;
  for (; next_ < order_.size() && next_ - begin < max_inputs_; ++next_) {
    const auto& text = texts_[order_[next_]];
    tokens += tokens_of(text);
    if (next_ > begin && (tokens > max_tokens_ || text.empty() != empty)) break;
  }
  return Pack(order_).subspan(begin, next_ - begin);
}

void EmbeddingPacks::taken(Pack half) {
  max_inputs_ = std::min(max_inputs_, half.size());
  max_tokens_ = std::min(max_tokens_, tokens_of(half));
}

std::size_t EmbeddingPacks::tokens_of(Pack pack) const {
  std::size_t tokens = 0;
  for (const auto place : pack) tokens += tokens_of(texts_[place]);
  return tokens;
}

}  // namespace headway::call
