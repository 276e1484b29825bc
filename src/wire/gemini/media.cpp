#include "wire/gemini/media.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/chat_question.hpp"
#include "wire/gemini/parts.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

// Of what Gemini reads; without one it looks for itself.
std::string_view type_by_ending(std::string_view url) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".png", "image/png"},   {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"},     {".webp", "image/webp"},
      {".heic", "image/heic"}, {".heif", "image/heif"}, {".gif", "image/gif"},       {".pdf", "application/pdf"},
      {".wav", "audio/wav"},   {".mp3", "audio/mp3"},   {".flac", "audio/flac"},     {".ogg", "audio/ogg"},
      {".mp4", "video/mp4"},   {".webm", "video/webm"}, {".mov", "video/quicktime"}, {".txt", "text/plain"}};
  url = url.substr(0, url.find_first_of("?#"));
  const auto dot = url.rfind('.');
  if (dot == std::string_view::npos) return {};
  const auto ending = url.substr(dot);
  const auto found = std::ranges::find_if(types, [ending](const auto& each) {
    return each.first.size() == ending.size() && starts_with_word(ending, each.first);
  });
  return found == std::end(types) ? std::string_view() : found->second;
}

void add_inlined(JsonBuilder& out, std::string_view type, std::string_view data) {
  out.open('{').key("inlineData").open('{').key("mimeType").text(type).key("data").text(data).close('}').close('}');
}

void add_url(JsonBuilder& out, std::string_view url, std::string_view format) {
  if (const auto inlined = data_url(url)) return add_inlined(out, inlined->type, inlined->data);
  if (!url.starts_with("https://") && !url.starts_with("gs://") && !url.starts_with("files/")) {
    cannot_say("a picture or file whose URL begins with neither data:, https: nor gs:");
  }
  const auto type = format.empty() ? type_by_ending(url) : format;
  out.open('{').key("fileData").open('{');
  if (!type.empty()) out.key("mimeType").text(type);
  out.key("fileUri").text(url).close('}').close('}');
}

void add_file(JsonBuilder& out, dom::object part) {
  const auto file = object_at(part, "file").value_or(part);
  const auto id = text_at(file, "file_id");
  add_url(out, id.empty() ? text_at(file, "file_data") : id, text_at(file, "format"));
}

void add_audio(JsonBuilder& out, dom::object part) {
  const auto audio = object_at(part, "input_audio").value_or(part);
  add_inlined(out, fmt::format("audio/{}", text_at(audio, "format")), text_at(audio, "data"));
}

void add_text(JsonBuilder& out, std::string_view text) {
  out.open('{').key("text").text(text).close('}');
}

}  // namespace

void add_part(JsonBuilder& out, dom::element part) {
  dom::object fields;
  dom::element type;
  std::string_view text;
  if (!part.get(text)) return add_text(out, text);
  if (part.get(fields)) cannot_say("a part of a message that is no object");
  if (fields["type"].get(type)) return static_cast<void>(out.raw(json_of(part)));
  const auto name = text_at(fields, "type");
  if (name == "text") return add_text(out, text_at(fields, "text"));
  if (name == "refusal") return add_text(out, text_at(fields, "refusal"));
  if (name == "image_url" || name == "video_url") return add_url(out, url_at(fields, name), "");
  if (name == "file") return add_file(out, fields);
  if (name == "input_audio") return add_audio(out, fields);
  cannot_say(fmt::format("a part of the type '{}'", name));
}

}  // namespace headway::wire::gemini
