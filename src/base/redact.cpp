#include "base/redact.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace headway {
namespace {

constexpr std::size_t shortest_key = 4;
constexpr std::size_t key_window = 8;
constexpr std::size_t text_window = 24;

enum class Mark : char { none, key, prompt };

constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// A message whose bytes get marked. Every part of it of `window` bytes can be looked up; nearly all parts of
// a long text that it does not have are turned away by one look at a bit.
class Marked {
 public:
  explicit Marked(std::string_view message) : message_(message), marks_(message.size(), Mark::none) {
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= message.size(); ++at) seen_.set(bit(&message[at]));
  }

  void mark_whole(std::string_view text, Mark mark) {
    if (text.size() >= sizeof(std::uint64_t) && !seen_.test(bit(text.data()))) return;
    for (auto at = message_.find(text); at != std::string_view::npos; at = message_.find(text, at + 1)) {
      set(at, text.size(), mark);
    }
  }

  // Marks each part of `window` bytes that also stands in one of the texts.
  template <class Texts>
  void mark_parts(const Texts& texts, std::size_t window, Mark mark) {
    std::optional<Places> unmatched;  // made only if needed: most messages quote nothing
    for (const std::string_view text : texts) {
      for (std::size_t at = 0; at + window <= text.size(); ++at) {
        if (!seen_.test(bit(&text[at]))) continue;
        if (!unmatched) unmatched = places(window);
        if (const auto found = unmatched->extract(text.substr(at, window))) {
          for (const auto place : found.mapped()) set(place, window, mark);
        }
      }
    }
  }

  std::string written() {
    cover_whole_characters();
    std::string out;
    for (std::size_t at = 0; at < message_.size(); ++at) {
      if (marks_[at] == Mark::none) {
        out += message_[at];
      } else if (at == 0 || marks_[at] != marks_[at - 1]) {
        out += marks_[at] == Mark::key ? "[key]" : "[prompt]";
      }
    }
    return out;
  }

 private:
  using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;
  static constexpr std::size_t filter_bits = std::size_t{1} << 16;

  static std::size_t bit(const char* eight_bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, eight_bytes, sizeof word);
    return static_cast<std::size_t>((word * 0x9E3779B97F4A7C15) >> 48);
  }

  Places places(std::size_t window) const {
    Places all;
    for (std::size_t at = 0; at + window <= message_.size(); ++at) all[message_.substr(at, window)].push_back(at);
    return all;
  }

  void set(std::size_t at, std::size_t size, Mark mark) {
    for (auto i = at; i < at + size; ++i) {
      if (marks_[i] != Mark::key) marks_[i] = mark;
    }
  }

  // Half a character would make the message invalid UTF-8.
  void cover_whole_characters() {
    for (std::size_t at = 1; at < message_.size(); ++at) {
      if (marks_[at] == Mark::none && marks_[at - 1] != Mark::none && is_continuation(message_[at]))
        marks_[at] = marks_[at - 1];
    }
    for (std::size_t at = message_.size(); at-- > 1;) {
      if (marks_[at] != Mark::none && marks_[at - 1] == Mark::none && is_continuation(message_[at]))
        marks_[at - 1] = marks_[at];
    }
  }

  std::string_view message_;
  std::vector<Mark> marks_;
  std::bitset<filter_bits> seen_;
};

}  // namespace

std::string redact(std::string_view message, std::string_view api_key, const std::vector<std::string>& texts) {
  Marked marked(message);
  if (api_key.size() >= shortest_key) marked.mark_whole(api_key, Mark::key);
  marked.mark_parts(std::vector<std::string_view>{api_key}, key_window, Mark::key);
  for (const auto& text : texts) {
    if (text.size() >= key_window && text.size() < text_window) marked.mark_whole(text, Mark::prompt);
  }
  marked.mark_parts(texts, text_window, Mark::prompt);
  return marked.written();
}

}  // namespace headway
