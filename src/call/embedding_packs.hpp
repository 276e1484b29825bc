#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace headway::call {

/// Which texts go into one request together: as many as two caps allow, in their order. No I/O.
class EmbeddingPacks {
 public:
  /// Places of texts.
  using Pack = std::span<const std::size_t>;

  /// Caps of at least 1. Only the texts at `places` go; `texts` must outlive it.
  EmbeddingPacks(const std::vector<std::string>& texts, std::vector<std::size_t> places, std::size_t max_inputs,
                 std::size_t max_tokens);

  bool more() const { return next_ < order_.size(); }
  /// The next request's, while there are more. Valid as long as this object.
  Pack next();
  /// A pack that was refused as too large was taken as two halves of this size: further ones are no larger.
  void taken(Pack half);

 private:
  /// At least as many as almost any text has: three bytes are a Chinese character, and most of an English word.
  static std::size_t tokens_of(const std::string& text) { return text.size() / 3 + 1; }
  std::size_t tokens_of(Pack pack) const;

  const std::vector<std::string>& texts_;
  std::vector<std::size_t> order_;  // of places: the empty texts last
  std::size_t max_inputs_, max_tokens_;
  std::size_t next_ = 0;
};

}  // namespace headway::call
