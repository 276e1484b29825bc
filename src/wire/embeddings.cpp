#include "wire/embeddings.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

Error bad_embeddings(std::string why) {
  return Error(ErrorKind::protocol, "the answer " + std::move(why));
}

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> base64_digits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  std::uint8_t next = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    digits[static_cast<unsigned char>(c)] = next++;
  }
  return digits;
}();

std::optional<std::string> bytes_of_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto digit = base64_digits[static_cast<unsigned char>(c)];
    if (digit == no_digit) return std::nullopt;
    bits = bits << 6 | digit;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xff);
  }
  return bytes;
}

bool read_base64(std::string_view text, std::vector<float>& numbers) {
  static_assert(sizeof(float) == 4 && std::endian::native == std::endian::little);
  const auto bytes = bytes_of_base64(text);
  if (!bytes || bytes->size() % sizeof(float) != 0) return false;
  numbers.resize(bytes->size() / sizeof(float));
  std::memcpy(numbers.data(), bytes->data(), bytes->size());
  return std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); });
}

bool read_numbers(value v, std::vector<float>& numbers) {
  bool good = true;
  each_item(v, [&](value item) {
    double number = 0;
    good = good && type_of(item) == json_type::number && !item.get_double().get(number);
    numbers.push_back(static_cast<float>(number));
  });
  return good;
}

struct Item {
  std::optional<std::int64_t> index;
  std::vector<float> numbers;
  bool good = false;
};

Item item_of(value v) {
  Item item;
  each_field(v, [&](std::string_view name, value field) {
    if (name == "index") item.index = integer_of(field);
    if (name != "embedding") return;
    const bool is_text = type_of(field) == json_type::string;
    item.good = is_text ? read_base64(text_of(field), item.numbers) : read_numbers(field, item.numbers);
  });
  item.good = item.good && !item.numbers.empty();
  return item;
}

/// Puts each where its text was.
std::optional<Error> place(std::vector<Item> items, std::size_t asked, std::vector<std::vector<float>>& all) {
  if (items.size() != asked) return bad_embeddings(fmt::format("has {} embeddings for {} texts", items.size(), asked));
  all.assign(asked, {});
  for (auto& item : items) {
    if (asked == 1 && !item.index) item.index = 0;
    if (!item.index) return bad_embeddings(fmt::format("has {} embeddings, and one of them has no index", asked));
    if (*item.index < 0 || *item.index >= static_cast<std::int64_t>(asked)) {
      return bad_embeddings(fmt::format("has {} embeddings, and one of them has the index {}", asked, *item.index));
    }
    auto& there = all[static_cast<std::size_t>(*item.index)];
    if (!item.good)
      return bad_embeddings(fmt::format("has an embedding, of index {}, that is no list of numbers", *item.index));
    if (!there.empty()) return bad_embeddings(fmt::format("has two embeddings with the index {}", *item.index));
    there = std::move(item.numbers);
  }
  return std::nullopt;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words,
                             [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

std::optional<Error> read_embeddings(std::string& body, std::size_t asked, std::vector<std::vector<float>>& all) {
  std::vector<Item> items;
  items.reserve(asked);
  const auto code = read_fields(body, [&](std::string_view name, value v) {
    if (name == "data") each_item(v, [&](value item) { items.push_back(item_of(item)); });
  });
  if (code != simdjson::SUCCESS) return unreadable(body, code);
  return place(std::move(items), asked, all);
}

// OpenAI's codes; then what OpenAI, Azure, vLLM, TEI, Mistral, Voyage, DashScope and Gemini's compatible path say: something is
// too much, and that something is the number or the size of what was sent.
bool is_too_large(const ErrorInfo& refusal) {
  constexpr int payload_too_large = 413;
  if (refusal.kind != ErrorKind::bad_request) return false;
  if (refusal.status == payload_too_large) return true;
  for (const auto& name : {refusal.provider_code, refusal.provider_type}) {
    if (holds_any(name,
                  {"max_tokens_per_request", "array_above_max_length", "context_length_exceeded", "string_above_max"}))
      return true;
  }
  std::string said = refusal.provider_message;
  std::ranges::transform(said, said.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return holds_any(said, {"too many", "too large", "too long", "at most", "maximum", " max ", "exceed", "larger than",
                          "more than", "above"}) &&
         holds_any(said, {"token", "input", "batch", "array", "context", "texts", "payload"});
}

}  // namespace headway::wire
